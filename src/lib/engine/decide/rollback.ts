import semver from 'semver';
import type { Decision } from '../../model/decision.js';
import { SELF_ACTING_PROCESSES } from '../../model/group.js';
import { type Intent, isInPlace, type Limits } from '../../model/intent.js';
import type { Survey } from '../../model/observation.js';
import type { Refusal } from '../../model/stop-reason.js';
import { intentOf, isRecorded } from '../../model/tags.js';
import { removeNewTemplate } from '../launch-source/launch-source.js';
import { restoreAlias } from '../launch-source/version-alias.js';
import { retargetBack } from '../strategy/in-place.js';
import { act, stop } from './decisions.js';
import { awaitDrained, drain } from './drain.js';
import { deleteGroup, settle } from './finish.js';
import { awaitLastLeave, awaitLeave, awaitTerminated } from './leave.js';
import { awaitNoGhost, removeGhost } from './orphan-peers.js';
import { regrow } from './restore-old-group.js';
import { balancersListing, leaderOf, standingOf } from './servers.js';
import { missingSuspensions } from './suspended-processes.js';

/**
 * The way back: the same loop, the other side. The new group is frozen before anything else; the old one is made whole
 * again if servers of it have left; then the new servers are taken out of the load balancers and leave one at a time,
 * each re-checked, because they vote within seconds of joining and destroying them at once loses the quorum for good.
 */
export function back(survey: Survey, intent: Intent, limits: Limits): Decision {
  return (
    tooLate(survey) ??
    recordTurn(survey, intent, { kind: 'asked' }) ??
    (isInPlace(intent) ? retargetBack(survey, intent) : freeze(survey)) ??
    freezeStaying(survey) ??
    awaitLeave(survey, 'back', 'new', limits) ??
    awaitLastLeave(survey, 'back', 'old', limits) ??
    removeGhost(survey, intent, 'back', limits) ??
    regrow(survey, intent, limits) ??
    (survey.new === undefined ? undefined : dismantle(survey, intent, limits)) ??
    awaitNoGhost(survey, intent, 'back', limits) ??
    deleteNew(survey, intent, limits) ??
    removeNewTemplate(survey, intent, 'back') ??
    restoreAlias(survey, intent) ??
    (isRecorded(survey.old) ? settle(survey, 'back', survey.old, intent) : undefined) ?? {
      kind: 'done',
      outcome: 'rolled-back',
    }
  );
}

/**
 * The new servers are the whole cluster once the old group is deleted, given up or handed over; taking them out would
 * take the cluster out. Nothing is recorded then, so that the roll can still be finished.
 */
function tooLate({ old, new: group, cluster }: Survey): Decision | undefined {
  const standing = isRecorded(old) && !old.deleting;
  return standing || group === undefined ? undefined : stop('stopped', { kind: 'too-late', cluster });
}

/** What stays must not act on its own either while the new servers leave, whoever thawed it meanwhile. */
function freezeStaying({ old, ...survey }: Survey): Decision | undefined {
  if (old === undefined || survey.new === undefined) return undefined;
  const processes = SELF_ACTING_PROCESSES.filter((process) => !old.suspended.includes(process));
  if (processes.length === 0) return undefined;
  const freeze = { kind: 'freeze', group: old.name, processes } as const;
  return act({ old, ...survey }, 'back', freeze, 'nothing but this roll may change its servers');
}

function dismantle(survey: Survey, intent: Intent, limits: Limits): Decision | undefined {
  return (
    detach(survey, limits) ??
    drain(survey, intent, limits, 'new') ??
    awaitTerminated(survey, 'back', 'new', limits)
  );
}

/** Undefined in place, where nothing is left to delete but the template. */
function deleteNew(survey: Survey, intent: Intent, limits: Limits): Decision | undefined {
  const { new: group } = survey;
  return group === undefined || isInPlace(intent) ? undefined : deleteGroup(survey, 'back', group, limits);
}

function freeze(survey: Survey): Decision | undefined {
  const { new: group } = survey;
  if (group === undefined) return undefined;
  const processes = missingSuspensions(group, false);
  if (processes.length === 0) return undefined;
  return act(
    survey,
    'back',
    { kind: 'freeze', group: group.name, processes },
    'it must not launch another server',
  );
}

/** All new servers leave the load balancers at once: the old ones are in service there. */
function detach(survey: Survey, limits: Limits): Decision | undefined {
  const listed = standingOf(survey, 'new').find((server) => balancersListing(server).length > 0);
  if (listed === undefined) return undefined;
  const registered = standingOf(survey, 'new').find((server) =>
    Object.values(server.balancers).some(isRegistered),
  );
  if (registered !== undefined) {
    const balancers = balancersListing(registered).filter((name) => isRegistered(registered.balancers[name]));
    const deregister = { kind: 'deregister', instanceId: registered.instanceId, balancers } as const;
    return act(survey, 'back', deregister, 'no traffic to a server that is about to go');
  }
  return awaitDrained(survey, 'back', listed, limits);
}

function isRegistered(state: string | undefined): boolean {
  return state !== undefined && state !== 'absent' && state !== 'draining';
}

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
