import type { Decision } from '../model/decision.js';
import { SELF_ACTING_PROCESSES } from '../model/group.js';
import { type Intent, isInPlace, type Limits } from '../model/intent.js';
import type { Survey } from '../model/survey.js';
import { isRecorded } from '../model/tags.js';
import { restoreAlias } from './alias.js';
import { act, stop } from './choose.js';
import { awaitDrained, drain } from './drain.js';
import { deleteGroup, settle } from './finish.js';
import { missingSuspensions } from './freeze.js';
import { retargetBack } from './in-place.js';
import { awaitLastLeave, awaitLeave, awaitTerminated } from './leaving.js';
import { regrow } from './regrow.js';
import { balancersListing, standingOf } from './servers.js';
import { removeNewTemplate } from './template.js';
import { recordTurn } from './turn.js';
import { awaitNoGhost, removeGhost } from './unreachable.js';

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
