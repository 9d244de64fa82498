import type { Action } from '../../model/action.js';
import type { Decision, Phase } from '../../model/decision.js';
import type { Group } from '../../model/group.js';
import { type Intent, isInPlace, type Limits } from '../../model/intent.js';
import { balancersOf } from '../../model/load-balancer.js';
import type { Survey } from '../../model/observation.js';
import { isRecorded } from '../../model/tags.js';
import { removeConfiguration } from '../launch-source/launch-source.js';
import { handBack } from '../launch-source/version-alias.js';
import { handOverGroup } from '../strategy/in-place.js';
import { act, timedOut, waitFor, waitOr } from './decisions.js';
import { isReady } from './gates.js';
import { awaitTerminated } from './leave.js';
import { awaitNoGhost, replaceDead } from './orphan-peers.js';
import { lastSentinelOf } from './record.js';
import { standingOf } from './servers.js';
import { processesToFreezeAgain, processesToThaw } from './suspended-processes.js';
import { handOverWarmPool, removeWarmPool } from './warm-pool.js';

/** Only new servers are left: prove the cluster once more, hand everything over, tidy up, forget the roll. */
export function finish(survey: Survey, intent: Intent, limits: Limits): Decision {
  const { old } = survey;
  return (
    awaitTerminated(survey, 'finish', 'old', limits) ??
    awaitNoGhost(survey, intent, 'finish', limits) ??
    (isRecorded(old) ? retire(survey, old, intent, limits) : undefined) ??
    (old === undefined ? undefined : attach(survey, old)) ??
    thawKept(survey, intent) ??
    removeOldTemplate(survey, intent) ??
    handBack(survey, intent) ??
    (isRecorded(survey.new) ? settle(survey, 'finish', survey.new, intent) : undefined) ?? {
      kind: 'done',
      outcome: 'rolled',
    }
  );
}

/** Gives the last group of a roll back to itself: its sizes, its processes; and forgets the roll. */
export function settle(survey: Survey, phase: Phase, group: Group, intent: Intent): Decision {
  const forget = { kind: 'forget', group: group.name } as const;
  return (
    restore(survey, phase, group, intent) ?? act(survey, phase, forget, 'nothing of the roll is left to do')
  );
}

/** What is to be given back before the roll is forgotten; undefined when the group is as it is to be. */
export function restore(survey: Survey, phase: Phase, group: Group, intent: Intent): Decision | undefined {
  const { minSize, maxSize, desired } = intent.was;
  if (group.minSize !== minSize || group.maxSize !== maxSize || group.desired !== desired) {
    const sizes = { minSize, maxSize, desired };
    return act(
      survey,
      phase,
      { kind: 'restore-size', group: group.name, sizes },
      'the sizes the cluster had',
    );
  }
  const processes = processesToThaw(group, intent.was.suspended);
  if (processes.length > 0) {
    return act(
      survey,
      phase,
      { kind: 'thaw', group: group.name, processes },
      'the group may heal itself again',
    );
  }
  const again = processesToFreezeAgain(group, intent.was.suspended);
  if (again.length > 0) {
    return act(survey, phase, { kind: 'freeze', group: group.name, processes: again }, 'as it was before');
  }
  if (survey.raft?.sentinel === undefined) return undefined;
  return act(survey, phase, { kind: 'delete-sentinel' }, 'it has served');
}

/** Deletes an empty group, and waits until AWS has. */
export function deleteGroup(survey: Survey, phase: Phase, group: Group, limits: Limits): Decision {
  const pool = removeWarmPool(survey, phase, group, limits);
  if (pool !== undefined) return pool;
  if (!group.deleting) {
    return act(survey, phase, { kind: 'delete-group', group: group.name }, 'it is empty and out of Raft');
  }
  return waitOr(survey, waitFor(survey, phase, { kind: 'deleted', group: group.name }, limits.awsTimeoutMs));
}

/** A launch configuration is of no use without its group; a version of a launch template is part of a history. */
function removeOldTemplate(survey: Survey, { oldTemplate, keepOld }: Intent): Decision | undefined {
  if (keepOld || oldTemplate.kind !== 'launch-configuration') return undefined;
  return removeConfiguration(survey, 'finish', oldTemplate.name);
}

function retire(survey: Survey, old: Group, intent: Intent, limits: Limits): Decision {
  return (
    proveWritable(survey, intent, limits) ??
    bake(survey, limits) ??
    attach(survey, old) ??
    handOverWarmPool(survey, old, limits) ??
    giveUp(survey, old, intent, limits)
  );
}

/** The old group goes, or is kept; where it is the new one too, it is that from now on. */
function giveUp(survey: Survey, old: Group, intent: Intent, limits: Limits): Decision {
  if (isInPlace(intent)) return handOverGroup(survey, old);
  return intent.keepOld ? keep(survey, old) : deleteGroup(survey, 'finish', old, limits);
}

function bake(survey: Survey, limits: Limits): Decision | undefined {
  const unready = standingOf(survey, 'new').filter((server) => !isReady(survey, server));
  if (unready.length > 0) {
    const instanceIds = unready.map((server) => server.instanceId);
    const what = { kind: 'ready', side: 'new', instanceIds, expected: unready.length } as const;
    const wait = waitFor(survey, 'finish', what, limits.healthTimeoutMs);
    return waitOr(survey, wait, () => replaceDead(survey, 'finish', limits) ?? timedOut(wait));
  }
  const sinceMs = survey.history.allNewSinceMs ?? survey.atMs;
  if (survey.atMs - sinceMs >= limits.bakeMs) return undefined;
  return { kind: 'wait', wait: { phase: 'finish', for: { kind: 'bake' }, limitMs: limits.bakeMs, sinceMs } };
}

function proveWritable(survey: Survey, intent: Intent, limits: Limits): Decision | undefined {
  const value = lastSentinelOf(intent);
  if (survey.raft?.sentinel !== value) {
    return act(survey, 'finish', { kind: 'write-sentinel', value }, 'the new servers must take a write');
  }
  const behind = standingOf(survey, 'new').some(
    ({ agent }) => agent.kind !== 'up' || agent.sentinel !== value,
  );
  if (!behind) return undefined;
  const wait = waitFor(survey, 'finish', { kind: 'sentinel' }, limits.leaderTimeoutMs);
  return waitOr(survey, wait, () => replaceDead(survey, 'finish', limits) ?? timedOut(wait));
}

function attach(survey: Survey, old: Group): Decision | undefined {
  const group = survey.new;
  if (group === undefined) return undefined;
  const attached = balancersOf(group);
  const missing = balancersOf(old).filter((name) => !attached.includes(name));
  if (missing.length === 0) return undefined;
  const action: Action = { kind: 'attach', group: group.name, balancers: missing };
  return act(survey, 'finish', action, 'what the group launches from now on is in service too');
}

/**
 * `--keep-old`: the old group stays, empty and no longer frozen. It is forgotten first, so that a roll that is
 * carried on in between does not freeze it again.
 */
function keep(survey: Survey, old: Group): Decision {
  if (old.desired > 0) {
    const trim = { kind: 'trim', group: old.name, to: 0 } as const;
    return act(survey, 'finish', trim, 'it is kept empty, and would launch what somebody wants of it');
  }
  return act(
    survey,
    'finish',
    { kind: 'forget', group: old.name },
    'it is kept, and no longer part of the roll',
  );
}

function thawKept(survey: Survey, intent: Intent): Decision | undefined {
  const { old } = survey;
  if (old === undefined || !intent.keepOld || !isRecorded(survey.new)) return undefined;
  const processes = processesToThaw(old, intent.was.suspended);
  if (processes.length === 0) return undefined;
  return act(
    survey,
    'finish',
    { kind: 'thaw', group: old.name, processes },
    'it is kept, empty, and no longer frozen',
  );
}
