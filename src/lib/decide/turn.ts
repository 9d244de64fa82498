import semver from 'semver';
import type { Decision } from '../model/decision.js';
import type { Intent } from '../model/intent.js';
import type { Refusal } from '../model/refusal.js';
import type { Survey } from '../model/survey.js';
import { intentOf } from '../model/tags.js';
import { act, stop } from './choose.js';
import { leaderOf } from './voters.js';

/**
 * Records on both groups that the roll goes back, before anything of it is done, so that whoever carries on does
 * too. Undefined where that is recorded already. Refused where going back would be a downgrade nobody allowed.
 */
export function recordTurn(survey: Survey, intent: Intent, reason: Refusal): Decision | undefined {
  const recorded = [survey.old, survey.new].flatMap((group) => (group && intentOf(group)) ?? []);
  if (recorded.every(({ direction }) => direction === 'back')) return undefined;
  const downgrade = downgradeOnTheWayBack(survey, intent);
  if (downgrade !== undefined && !intent.allowDowngrade) return stop('stopped', downgrade);
  const groups = [intent.oldGroup, intent.newGroup];
  return act(survey, 'back', { kind: 'turn-back', groups, reason }, whyTurned(reason));
}

/** The reason as a clause; whoever tells how the roll ended has all of it. */
function whyTurned(reason: Refusal): string {
  switch (reason.kind) {
    case 'asked':
      return 'an operator asked for it';
    case 'unseen':
      return 'only who runs it knows why';
    case 'downgrade':
      return `${reason.instanceId} runs Consul ${reason.version}, older than the cluster's ${reason.running}`;
    case 'template-refused':
      return 'AWS does not let this account make the template it needs';
    case 'timed-out':
      return 'the new servers did not get there in time';
    default:
      return 'the new servers cannot take over';
  }
}

/**
 * Once a server of a newer Consul has led, an older one may not be able to read what it has logged: it stops at an
 * unknown log entry, and cannot restore a newer snapshot.
 */
function downgradeOnTheWayBack(survey: Survey, intent: Intent): Refusal | undefined {
  const leader = leaderOf(survey);
  if (leader?.side !== 'new' || leader.agent.kind !== 'up' || intent.fromVersion === undefined)
    return undefined;
  const [from, to] = [semver.coerce(leader.agent.version), semver.coerce(intent.fromVersion)];
  if (from === null || to === null || from.compare(to) <= 0) return undefined;
  return { kind: 'downgrade-back', cluster: survey.cluster, from: from.version, to: to.version };
}
