import type { BootstrapSetting } from '../../model/boot-script.js';
import type { Intent } from '../../model/intent.js';
import type { Observation } from '../../model/observation.js';
import { listActiveServers } from '../../model/servers.js';
import { strategyOf } from '../strategy/strategies.js';
import { type Check, type CheckOutcome, definePreflightCheck, fail, pass, unknown, warn } from './check.js';

/**
 * The most new servers at a time that have not joined: the canary alone, then at most `surge`, and it has joined. Without a
 * canary the voters allow no more either (`countLaunchable`).
 */
export function countUnjoined({ size, surge }: Intent): number {
  return Math.max(1, Math.min(size - 1, surge));
}

/** Checks of what the user data of new servers says. */
export const bootScriptChecks: readonly Check[] = [
  definePreflightCheck({
    id: 'boot-script-cannot-found',
    subject: 'boot script',
    about:
      'New servers cannot bootstrap a cluster of their own. One that leads itself and then joins loses keys or takes the cluster over. Reads the user data, also inside gzip, MIME messages and cloud-config.',
    run: ({ observation, intent }): CheckOutcome<'constant' | 'computed' | 'unclear' | 'image' | 'canary'> => {
      const found: BootstrapSetting = observation.preflightFacts?.bootstrap ?? { kind: 'none' };
      const [unread] = found.unread ?? [];
      if (intent.skipCanary && unread !== undefined && found.kind !== 'computed')
        return fail(`the user data runs or writes what cannot be read from here (${unread})`, 'canary');
      switch (found.kind) {
        case 'unreadable':
          if (intent.skipCanary) return fail(`the user data cannot be read: ${found.why}`, 'canary');
          return unknown(`the user data cannot be read: ${found.why}`, 'check that it does not set bootstrap_expect');
        case 'guarded':
          return pass('made by consul-roll user-data, bootstraps only where no cluster is');
        case 'constant':
          return judgeConstant(countUnjoined(intent), found, findImageExpect(observation), intent);
        case 'computed':
          return judgeComputed(intent, found);
        case 'none':
          return judgeImage(findImageExpect(observation), intent.skipCanary === true);
      }
    },
    remedy: (cause, { intent: { size, surge } }) => {
      const constant = size > 1 ? `set bootstrap_expect to ${size}, or ` : '';
      switch (cause) {
        case 'constant':
          return `${constant}remove it: new servers only join${surge > 1 ? '; or give a smaller --surge' : ''}`;
        case 'computed':
          return `roll with --strategy in-place; or ${constant}remove it: new servers only join`;
        case 'unclear':
          return `${constant}remove it: new servers only join; consul-roll user-data makes a script that decides at boot`;
        case 'canary':
          return 'roll without --skip-canary: only a canary shows that a new server joins and bootstraps no cluster';
        case 'image':
          return 'check that it is a constant there: where the image computes it from the group, roll with --strategy in-place';
      }
    },
  }),
];

/**
 * The bootstrap_expect that the old servers report and their user data does not set; 0 if there is none. Where it sets one,
 * only a smaller one shows that something else does too.
 */
export function findImageExpect(observation: Observation): number {
  const { kind = 'none', ...bootstrap } = observation.preflightFacts?.bootstrap ?? {};
  const agents = listActiveServers(observation, 'old').map(({ agent }) => agent);
  const reported = Math.max(0, ...agents.map((agent) => (agent.kind === 'up' ? (agent.bootstrapExpect ?? 0) : 0)));
  if (kind === 'none') return reported;
  const least = 'least' in bootstrap ? bootstrap.least : 0;
  return kind === 'constant' && (least === 0 || reported < least) ? reported : 0;
}

/** Servers bootstrap once as many as expected have found each other, and no server in a cluster. */
function judgeConstant(
  most: number,
  { least, where }: { readonly least: number; readonly where: string },
  imageExpect: number,
  { skipCanary }: Intent,
): CheckOutcome<'constant' | 'image' | 'canary'> {
  const isJoining = least === 0 || least > most;
  if (isJoining && imageExpect > 0) return judgeImage(imageExpect, skipCanary === true);
  if (least === 0) return pass('new servers only join, bootstrap_expect is 0');
  const count = most === 1 ? 'a new server' : `${most} new servers`;
  if (least > most) return pass(`bootstrap_expect is ${least}, and at most ${count} will not have joined at a time`);
  return fail(`${where} sets bootstrap_expect to ${least}, so ${count} could bootstrap a cluster`, 'constant');
}

/** In place the group is never smaller than the cluster; a new group has one server first. */
function judgeComputed(
  intent: Intent,
  { where, fromGroup }: { readonly where: string; readonly fromGroup: boolean },
): CheckOutcome<'computed' | 'unclear'> {
  if (!fromGroup) return fail(`${where} computes bootstrap_expect, which may be 1 on a new server`, 'unclear');
  if (strategyOf(intent).launchesInOldGroup)
    return pass(`bootstrap_expect is the size of the group, in place ${intent.size + 1} or more`);
  return fail(`${where} computes bootstrap_expect, which may be 1 on the first server of a new group`, 'computed');
}

/** Several that are launched together could bootstrap a cluster together; a canary is seen to join, or terminated alone. */
function judgeImage(expect: number, skipsCanary: boolean): CheckOutcome<'image' | 'canary'> {
  if (expect === 0) return pass('its user data does not set bootstrap_expect, nor do the servers have it');
  const observed = `the servers run with bootstrap_expect ${expect}, which is not in their user data`;
  return skipsCanary ? fail(observed, 'canary') : warn(observed, 'image');
}
