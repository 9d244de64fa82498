import type { Action } from '../../model/action.js';
import type { Decision, Phase } from '../../model/decision.js';
import type { Group } from '../../model/group.js';
import { type Intent, isInPlace, type Limits } from '../../model/intent.js';
import { listBalancers } from '../../model/load-balancer.js';
import type { Observation } from '../../model/observation.js';
import { isRecorded } from '../../model/tags.js';
import { removeLaunchConfiguration } from '../launch-source/launch-source.js';
import { restoreAlias } from '../launch-source/version-alias.js';
import { completeInPlace } from '../strategy/in-place.js';
import { buildWait, decideAction, decideTimeout, waitOrElse } from './decisions.js';
import { isReady } from './gates.js';
import { awaitTerminated } from './leave.js';
import { awaitNoOrphanPeer, replaceDeadServer } from './orphan-peers.js';
import { buildFinalSentinel } from './record.js';
import { listActiveServers } from './servers.js';
import { findProcessesToResume, findProcessesToSuspendAgain } from './suspended-processes.js';
import { moveWarmPool, removeWarmPool } from './warm-pool.js';

/** Only new servers are left: prove the cluster once more, hand everything over, tidy up, forget the roll. */
export function decideFinish(observation: Observation, intent: Intent, limits: Limits): Decision {
  const { old } = observation;
  return (
    awaitTerminated(observation, 'finish', 'old', limits) ??
    awaitNoOrphanPeer(observation, intent, 'finish', limits) ??
    (isRecorded(old) ? retireOldGroup(observation, old, intent, limits) : undefined) ??
    (old === undefined ? undefined : attachNewGroup(observation, old)) ??
    resumeKeptGroup(observation, intent) ??
    deleteOldLaunchConfiguration(observation, intent) ??
    restoreAlias(observation, intent) ??
    (isRecorded(observation.new)
      ? restoreAndClear(observation, 'finish', observation.new, intent)
      : undefined) ?? {
      kind: 'done',
      outcome: 'rolled',
    }
  );
}

/** Gives the last group of a roll back to itself: its sizes, its processes; and forgets the roll. */
export function restoreAndClear(
  observation: Observation,
  phase: Phase,
  group: Group,
  intent: Intent,
): Decision {
  const forget = { kind: 'clear-record', group: group.name } as const;
  return (
    restoreGroup(observation, phase, group, intent) ??
    decideAction(observation, phase, forget, 'nothing of the roll is left to do')
  );
}

/** What is to be given back before the roll is forgotten; undefined when the group is as it is to be. */
export function restoreGroup(
  observation: Observation,
  phase: Phase,
  group: Group,
  intent: Intent,
): Decision | undefined {
  const { minSize, maxSize, desired } = intent.original;
  if (group.minSize !== minSize || group.maxSize !== maxSize || group.desired !== desired) {
    const sizes = { minSize, maxSize, desired };
    return decideAction(
      observation,
      phase,
      { kind: 'restore-size', group: group.name, sizes },
      'the sizes the cluster had',
    );
  }
  const processes = findProcessesToResume(group, intent.original.suspended);
  if (processes.length > 0) {
    return decideAction(
      observation,
      phase,
      { kind: 'resume-processes', group: group.name, processes },
      'the group may heal itself again',
    );
  }
  const again = findProcessesToSuspendAgain(group, intent.original.suspended);
  if (again.length > 0) {
    return decideAction(
      observation,
      phase,
      { kind: 'suspend-processes', group: group.name, processes: again },
      'as it was before',
    );
  }
  if (observation.raft?.sentinel === undefined) return undefined;
  return decideAction(observation, phase, { kind: 'delete-sentinel' }, 'it has served');
}

/** Deletes an empty group, and waits until AWS has. */
export function decideDeleteGroup(
  observation: Observation,
  phase: Phase,
  group: Group,
  limits: Limits,
): Decision {
  const pool = removeWarmPool(observation, phase, group, limits);
  if (pool !== undefined) return pool;
  if (!group.deleting) {
    return decideAction(
      observation,
      phase,
      { kind: 'delete-group', group: group.name },
      'it is empty and out of Raft',
    );
  }
  return waitOrElse(
    observation,
    buildWait(observation, phase, { kind: 'deleted', group: group.name }, limits.awsTimeoutMs),
  );
}

/** A launch configuration is of no use without its group; a version of a launch template is part of a history. */
function deleteOldLaunchConfiguration(
  observation: Observation,
  { previousLaunchSource, keepOld }: Intent,
): Decision | undefined {
  if (keepOld || previousLaunchSource.kind !== 'launch-configuration') return undefined;
  return removeLaunchConfiguration(observation, 'finish', previousLaunchSource.name);
}

function retireOldGroup(observation: Observation, old: Group, intent: Intent, limits: Limits): Decision {
  return (
    verifyWrite(observation, intent, limits) ??
    awaitBake(observation, limits) ??
    attachNewGroup(observation, old) ??
    moveWarmPool(observation, old, limits) ??
    releaseOldGroup(observation, old, intent, limits)
  );
}

/** The old group goes, or is kept; where it is the new one too, it is that from now on. */
function releaseOldGroup(observation: Observation, old: Group, intent: Intent, limits: Limits): Decision {
  if (isInPlace(intent)) return completeInPlace(observation, old);
  return intent.keepOld
    ? keepOldGroup(observation, old)
    : decideDeleteGroup(observation, 'finish', old, limits);
}

function awaitBake(observation: Observation, limits: Limits): Decision | undefined {
  const unready = listActiveServers(observation, 'new').filter((server) => !isReady(observation, server));
  if (unready.length > 0) {
    const instanceIds = unready.map((server) => server.instanceId);
    const what = { kind: 'ready', side: 'new', instanceIds, expected: unready.length } as const;
    const wait = buildWait(observation, 'finish', what, limits.healthTimeoutMs);
    return waitOrElse(
      observation,
      wait,
      () => replaceDeadServer(observation, 'finish', limits) ?? decideTimeout(wait),
    );
  }
  const sinceMs = observation.memory.onlyNewSinceMs ?? observation.atMs;
  if (observation.atMs - sinceMs >= limits.bakeMs) return undefined;
  return { kind: 'wait', wait: { phase: 'finish', for: { kind: 'bake' }, limitMs: limits.bakeMs, sinceMs } };
}

function verifyWrite(observation: Observation, intent: Intent, limits: Limits): Decision | undefined {
  const value = buildFinalSentinel(intent);
  if (observation.raft?.sentinel !== value) {
    return decideAction(
      observation,
      'finish',
      { kind: 'write-sentinel', value },
      'the new servers must take a write',
    );
  }
  const behind = listActiveServers(observation, 'new').some(
    ({ agent }) => agent.kind !== 'up' || agent.sentinel !== value,
  );
  if (!behind) return undefined;
  const wait = buildWait(observation, 'finish', { kind: 'sentinel' }, limits.leaderTimeoutMs);
  return waitOrElse(
    observation,
    wait,
    () => replaceDeadServer(observation, 'finish', limits) ?? decideTimeout(wait),
  );
}

function attachNewGroup(observation: Observation, old: Group): Decision | undefined {
  const group = observation.new;
  if (group === undefined) return undefined;
  const attached = listBalancers(group);
  const missing = listBalancers(old).filter((name) => !attached.includes(name));
  if (missing.length === 0) return undefined;
  const action: Action = { kind: 'attach-load-balancers', group: group.name, balancers: missing };
  return decideAction(observation, 'finish', action, 'what the group launches from now on is in service too');
}

/**
 * `--keep-old`: the old group stays, empty and no longer frozen. It is forgotten first, so that a roll that is
 * carried on in between does not freeze it again.
 */
function keepOldGroup(observation: Observation, old: Group): Decision {
  if (old.desired > 0) {
    const trim = { kind: 'lower-desired', group: old.name, to: 0 } as const;
    return decideAction(
      observation,
      'finish',
      trim,
      'it is kept empty, and would launch what somebody wants of it',
    );
  }
  return decideAction(
    observation,
    'finish',
    { kind: 'clear-record', group: old.name },
    'it is kept, and no longer part of the roll',
  );
}

function resumeKeptGroup(observation: Observation, intent: Intent): Decision | undefined {
  const { old } = observation;
  if (old === undefined || !intent.keepOld || !isRecorded(observation.new)) return undefined;
  const processes = findProcessesToResume(old, intent.original.suspended);
  if (processes.length === 0) return undefined;
  return decideAction(
    observation,
    'finish',
    { kind: 'resume-processes', group: old.name, processes },
    'it is kept, empty, and no longer frozen',
  );
}
