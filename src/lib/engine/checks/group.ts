import { formatFlag, formatRollFlags, formatScalingCommand } from '../../model/errors.js';
import type { Intent, Limits } from '../../model/intent.js';
import { findLeaveTimeoutMs } from '../../model/limits.js';
import type { Observation } from '../../model/observation.js';
import { isOnStandby, listServers } from '../../model/servers.js';
import { countByZone, isUnbalanced } from '../../model/zones.js';
import { strategyOf } from '../strategy/strategies.js';
import { type Check, defineDoctorCheck, definePreflightCheck, fail, pass, unknown, warn } from './check.js';
import { findNotices } from './notices.js';

const MINUTE_MS = 60_000;
const DAY_S = 86_400;
const DAY_MS = DAY_S * 1_000;

/** Checks of the Auto Scaling group, and of other changes to it that are in progress. */
export const groupChecks: readonly Check[] = [
  definePreflightCheck({
    id: 'group-at-desired-capacity',
    subject: 'group',
    about: 'As many servers are in service as the group wants: no roll starts while Auto Scaling replaces one.',
    run: ({ observation }) => {
      const { old } = observation;
      if (old === undefined) return fail('the group does not exist', 'missing');
      const servers = listServers(observation, 'old');
      const inService = servers.filter(({ lifecycle }) => lifecycle === 'InService');
      const onStandby = servers.filter(isOnStandby);
      const count = `${inService.length} in service of ${old.desired} desired`;
      // Those on standby have a check of their own.
      const isSettled = inService.length === old.desired && old.instanceIds.length - onStandby.length === old.desired;
      return isSettled ? pass(count) : fail(count, 'changing');
    },
    remedy: (cause, { observation: { cluster } }) =>
      cause === 'missing'
        ? 'check the name of the cluster'
        : `wait until Auto Scaling has replaced what is missing: consul-roll status ${formatFlag('cluster', cluster)} shows the progress`,
  }),
  definePreflightCheck({
    id: 'no-server-marked-unhealthy',
    subject: 'group',
    about:
      'Auto Scaling replaces a server that is marked Unhealthy, by itself: no roll starts meanwhile. A warning where its ReplaceUnhealthy is suspended, so that nothing acts on the mark.',
    run: ({ observation }) => {
      const marked = listServers(observation, 'old').filter(({ markedUnhealthy }) => markedUnhealthy);
      const ids = marked.map(({ instanceId }) => instanceId);
      if (ids.length === 0) return pass('none');
      const isIdle = observation.old?.suspendedProcesses.includes('ReplaceUnhealthy') === true;
      const found = `${ids.join(', ')} marked Unhealthy`;
      return isIdle ? warn(`${found}, and ReplaceUnhealthy is suspended`, ids) : fail(found, ids);
    },
    remedy: ([id = 'ID'], { observation: { old } }) =>
      `${old?.suspendedProcesses.includes('ReplaceUnhealthy') ? 'set it right' : 'wait until Auto Scaling has replaced it, or keep it'}: aws autoscaling set-instance-health --health-status Healthy ${formatFlag('instance-id', id)}`,
  }),
  definePreflightCheck({
    id: 'no-server-on-standby',
    subject: 'group',
    about:
      'A server on standby is a voter that its group does not count and takes no traffic: a roll would end with fewer or more servers than it began with.',
    run: ({ observation }) => {
      const ids = listServers(observation, 'old')
        .filter(isOnStandby)
        .map(({ instanceId }) => instanceId);
      return ids.length === 0 ? pass('none on standby') : fail(`${ids.join(', ')} on standby`, ids);
    },
    remedy: (ids, { observation: { old } }) => {
      const { name = '', desired = 0, maxSize = 0, suspendedProcesses = [] } = old ?? {};
      const size = desired + ids.length;
      const commands = [
        ...(suspendedProcesses.includes('Launch')
          ? [formatScalingCommand('resume-processes', name, { 'scaling-processes': 'Launch' })]
          : []),
        ...(size > maxSize ? [formatScalingCommand('update-auto-scaling-group', name, { 'max-size': size })] : []),
        formatScalingCommand('exit-standby', name, { 'instance-ids': ids }),
      ];
      return `put them back into service: ${commands.join('; ')}`;
    },
  }),
  definePreflightCheck({
    id: 'instance-lifetimes-last',
    subject: 'group',
    about:
      'With a maximum instance lifetime, Auto Scaling replaces servers by themselves once they are as old: none must get there while a roll may last.',
    run: ({ observation, intent, limits }) => {
      const { old } = observation;
      if (old?.maxLifetimeMs === undefined) return pass('no maximum instance lifetime');
      if (['Launch', 'Terminate'].some((process) => old.suspendedProcesses.includes(process)))
        return pass('Auto Scaling replaces none, as Launch or Terminate is suspended');
      const { maxLifetimeMs } = old;
      const ages = listServers(observation, 'old').filter(({ protectedFromScaleIn }) => !protectedFromScaleIn);
      const leftMs = Math.min(...ages.map(({ launchedAtMs }) => launchedAtMs + maxLifetimeMs - observation.atMs));
      const rollMs = computeLongestRollMs(observation, intent, limits);
      const left = `${Math.max(0, Math.floor(leftMs / MINUTE_MS))} minutes until Auto Scaling replaces the oldest`;
      if (leftMs > rollMs) return pass(Number.isFinite(leftMs) ? left : 'every server is protected');
      const lifetimeS = Math.ceil((maxLifetimeMs - leftMs + rollMs) / DAY_MS + 1) * DAY_S;
      return fail(`${left}, and a roll may take ${Math.ceil(rollMs / MINUTE_MS)}`, lifetimeS);
    },
    remedy: (lifetimeS, { observation: { old } }) =>
      `wait until it is replaced, or raise the maximum for the roll: ${formatScalingCommand('update-auto-scaling-group', old?.name ?? '', { 'max-instance-lifetime': lifetimeS })}`,
  }),
  definePreflightCheck({
    id: 'zones-balanced',
    subject: 'zones',
    about: 'Where one zone has two servers more than another, AZRebalance launches one and terminates one, by itself.',
    run: ({ observation }) => {
      const { old } = observation;
      if (old === undefined || old.suspendedProcesses.includes('AZRebalance')) return pass('AZRebalance is not active');
      const servers = listServers(observation, 'old');
      const counts = [...countByZone(old.zones, servers)].map(([zone, count]) => `${zone} ${count}`).join(', ');
      return isUnbalanced(old, servers) ? fail(counts) : pass(counts);
    },
    remedy: (_cause, { observation: { old } }) =>
      `wait until Auto Scaling has balanced them, or suspend that: aws autoscaling suspend-processes --scaling-processes AZRebalance ${formatFlag('auto-scaling-group-name', old?.name ?? '')}`,
  }),
  definePreflightCheck({
    id: 'group-deletable',
    subject: 'group',
    about: 'Deletion protection would keep the empty old group, or the new one in a rollback.',
    run: ({ observation: { old }, intent }) =>
      old?.deletionProtection === 'prevent-all-deletion' && strategyOf(intent).emptiedGroupOf(intent) !== undefined
        ? fail(`${old.name} is protected from deletion, and so would be the new group in a rollback`)
        : pass(`deletion protection ${old?.deletionProtection ?? 'none'}`),
    remedy: (_cause, { observation: { old } }) =>
      `allow it to be deleted when empty: aws autoscaling update-auto-scaling-group ${formatFlag('auto-scaling-group-name', old?.name ?? '')} --deletion-protection prevent-force-deletion`,
  }),
  definePreflightCheck({
    id: 'terminate-not-suspended',
    subject: 'group',
    about: 'With its Terminate process suspended the group keeps every server that has left.',
    run: ({ observation: { old } }) =>
      old?.suspendedProcesses.includes('Terminate')
        ? fail('its Terminate process is suspended')
        : pass('its Terminate process is active'),
    remedy: (_cause, { observation: { old } }) => formatResumeCommand(old?.name, 'Terminate'),
  }),
  definePreflightCheck({
    id: 'no-instance-refresh',
    subject: 'instance refresh',
    about: 'An instance refresh replaces servers too, and two rolls at once lose the quorum.',
    run: ({ observation: { preflightFacts: facts } }) =>
      facts?.refreshInProgress ? fail('one is in progress') : pass('none in progress'),
    remedy: (_cause, { observation: { old } }) =>
      `wait until it has ended, or cancel it: aws autoscaling cancel-instance-refresh ${formatFlag('auto-scaling-group-name', old?.name ?? '')}`,
  }),
  definePreflightCheck({
    id: 'surge-within-size',
    subject: 'surge',
    about: 'The surge, how many servers a roll adds at once, is between 1 and the size of the cluster.',
    run: ({ intent: { surge, size } }) =>
      surge >= 1 && surge <= size ? pass(`${surge} for ${size} servers`) : fail(`${surge} for ${size} servers`),
    remedy: (_cause, { intent: { size } }) => `choose a --surge from 1 to ${size}`,
  }),
  defineDoctorCheck({
    id: 'no-roll-in-progress',
    subject: 'roll',
    about: 'A recorded roll is resumed, with its own image and strategy; a new one cannot start.',
    run: ({ isRollInProgress, intent: { rollId, imageId, direction } }) =>
      isRollInProgress
        ? warn(`roll ${rollId} onto ${imageId} is recorded, direction ${direction}`)
        : pass('none recorded'),
    remedy: (_cause, { intent }) => `resume it: consul-roll resume ${formatRollFlags(intent)}`,
  }),
  defineDoctorCheck({
    id: 'lock-available',
    subject: 'lock',
    about: "One roll at a time: the lock is a key in the cluster's own KV store.",
    run: ({ lock }) => {
      if (lock === undefined) return pass('not held');
      if (lock === 'unknown') return unknown('it could not be read', 'make sure that a server leads');
      return fail(`${lock.holder} holds it since ${new Date(lock.sinceMs).toISOString()}`, lock);
    },
    remedy: ({ ttlMs }, { observation: { cluster } }) =>
      `see what that run does: consul-roll status ${formatFlag('cluster', cluster)}; upgrade takes the lock once it has not been renewed for ${Math.round(ttlMs / 1000)} s`,
  }),
  defineDoctorCheck({
    id: 'launch-not-suspended',
    subject: 'group',
    onlyBeforeRoll: true,
    about: 'A suspended Launch process is copied to the new group; in place no new server could be launched.',
    run: ({ observation: { old }, intent }) => {
      if (!old?.suspendedProcesses.includes('Launch')) return pass('its Launch process is active');
      return warn(
        strategyOf(intent).launchesInOldGroup
          ? 'its Launch process is suspended, and new servers can be launched only in this group'
          : 'its Launch process is suspended, and will be in the new group after the roll',
      );
    },
    remedy: (_cause, { observation: { old } }) =>
      `unless that is intended, ${formatResumeCommand(old?.name, 'Launch')}`,
  }),
  defineDoctorCheck({
    id: 'group-copied-completely',
    subject: 'group',
    onlyBeforeRoll: true,
    about: 'Some settings of a group cannot be copied and are lost with the old group; a warm pool is created again.',
    run: ({ observation, intent }) => {
      if (strategyOf(intent).emptiedGroupOf(intent) === undefined) return pass('no group is emptied');
      const lost = findNotices(observation, intent).flatMap((notice) => {
        if (notice.kind === 'not-copied') return notice.what;
        return notice.kind === 'warm-pool' ? 'the warm pool is created again' : [];
      });
      return lost.length === 0 ? pass('everything is copied') : warn(lost.join('; '));
    },
    remedy: 'create it again on the new group after the roll, or roll with --strategy in-place',
  }),
  defineDoctorCheck({
    id: 'lifecycle-hooks-completed',
    subject: 'lifecycle hooks',
    onlyBeforeRoll: true,
    about:
      'A lifecycle hook holds each launch or termination until it is completed or times out. EventBridge rules, SSM associations and Lambda functions that complete it for the old group may not know the new one.',
    run: ({ observation, intent }) => {
      const hooks = findNotices(observation, intent).flatMap((notice) =>
        notice.kind === 'lifecycle-hook'
          ? `${notice.name} holds each ${notice.holds === 'launches' ? 'launch' : 'termination'} for up to ${notice.timeoutMs / 1000} s, then ${notice.defaultResult}`
          : [],
      );
      return hooks.length === 0 ? pass('none') : warn(hooks.join('; '));
    },
    remedy: (_cause, { intent }) =>
      strategyOf(intent).createdGroupOf(intent) === undefined
        ? 'make sure that it is completed for every server'
        : `make sure that it is completed for group ${intent.newGroup} too, or lower its timeout: aws autoscaling put-lifecycle-hook --heartbeat-timeout`,
  }),
  defineDoctorCheck({
    id: 'group-launches-current-image',
    subject: 'group',
    onlyBeforeRoll: true,
    about: 'A group that launches the new image already would launch it in a rollback too.',
    run: ({ observation, intent }) =>
      findNotices(observation, intent).some(({ kind }) => kind === 'already-launches-image')
        ? warn(`${observation.old?.name} launches ${intent.imageId} already, its servers run another image`)
        : pass(`launches ${observation.old?.imageId ?? 'an image that is not known'}`),
    remedy: 'put the image of the servers back into its launch source first, or no rollback is possible',
  }),
];

/** If each of its waits takes as long as it may: for the canary, the others, and each server that leaves. */
function computeLongestRollMs(observation: Observation, { size }: Intent, limits: Limits): number {
  const drainingMs = Math.max(0, ...Object.values(observation.drainingMs));
  const hooksMs = (observation.preflightFacts?.lifecycleHooks ?? []).reduce((sum, hook) => sum + hook.timeoutMs, 0);
  const eachMs = drainingMs + limits.drainTimeoutMs + findLeaveTimeoutMs({ observation, limits });
  return 2 * limits.healthTimeoutMs + size * eachMs + limits.awsTimeoutMs + limits.bakeMs + hooksMs;
}

function formatResumeCommand(group: string | undefined, process: string): string {
  return `resume it: aws autoscaling resume-processes ${formatFlag('auto-scaling-group-name', group ?? '')} ${formatFlag('scaling-processes', process)}`;
}
