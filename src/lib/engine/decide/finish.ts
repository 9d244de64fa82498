import type { Action } from '../../model/action.js';
import type { Decision, DecisionInput, Phase } from '../../model/decision.js';
import type { Group } from '../../model/group.js';
import { buildFinalSentinel } from '../../model/intent.js';
import { listBalancers } from '../../model/load-balancer.js';
import { isRecorded } from '../../model/tags.js';
import { removeOldLaunchConfiguration } from '../launch-source/launch-configuration.js';
import { restoreAlias } from '../launch-source/version-alias.js';
import { strategyOf } from '../strategy/strategies.js';
import { buildWait, decideAction, decideTimeout, waitOrElse } from './decisions.js';
import { isReady } from './gates.js';
import { awaitTerminated } from './leave.js';
import { awaitNoOrphanPeer, replaceDeadServer } from './orphan-peers.js';
import { listActiveServers } from './servers.js';
import { findProcessesToResume, findProcessesToSuspendAgain } from './suspended-processes.js';
import { moveWarmPool, removeWarmPool } from './warm-pool.js';

/** Only new servers are left: prove the cluster once more, hand everything over, tidy up, forget the roll. */
export function decideFinish(input: DecisionInput): Decision {
  const { observation } = input;
  const { old } = observation;
  return (
    awaitTerminated(input, 'finish', 'old') ??
    awaitNoOrphanPeer(input, 'finish') ??
    (isRecorded(old) ? retireOldGroup(input, old) : undefined) ??
    (old === undefined ? undefined : attachNewGroup(input, old)) ??
    resumeKeptGroup(input) ??
    removeOldLaunchConfiguration(input) ??
    restoreAlias(input) ??
    (isRecorded(observation.new) ? restoreAndClear(input, 'finish', observation.new) : undefined) ?? {
      kind: 'done',
      outcome: 'rolled',
    }
  );
}

/** Gives the last group of a roll back to itself: its sizes, its processes; and forgets the roll. */
export function restoreAndClear(input: DecisionInput, phase: Phase, group: Group): Decision {
  const forget = { kind: 'clear-record', group: group.name } as const;
  return restoreGroup(input, phase, group) ?? decideAction(input, phase, forget, { kind: 'roll-complete' });
}

/** What is to be given back before the roll is forgotten; undefined when the group is as it is to be. */
export function restoreGroup(input: DecisionInput, phase: Phase, group: Group): Decision | undefined {
  const { observation, intent } = input;
  const { minSize, maxSize, desired } = intent.original;
  if (group.minSize !== minSize || group.maxSize !== maxSize || group.desired !== desired) {
    const sizes = { minSize, maxSize, desired };
    return decideAction(input, phase, { kind: 'restore-size', group: group.name, sizes }, { kind: 'original-size' });
  }
  const processes = findProcessesToResume(group, intent.original.suspended);
  if (processes.length > 0) {
    return decideAction(
      input,
      phase,
      { kind: 'resume-processes', group: group.name, processes },
      { kind: 'self-healing' },
    );
  }
  const again = findProcessesToSuspendAgain(group, intent.original.suspended);
  if (again.length > 0) {
    return decideAction(
      input,
      phase,
      { kind: 'suspend-processes', group: group.name, processes: again },
      { kind: 'as-before' },
    );
  }
  if (observation.raft?.sentinel === undefined) return undefined;
  return decideAction(input, phase, { kind: 'delete-sentinel' }, { kind: 'sentinel-unneeded' });
}

/** Deletes an empty group, and waits until AWS has. */
export function decideDeleteGroup(input: DecisionInput, phase: Phase, group: Group): Decision {
  const { limits } = input;
  const pool = removeWarmPool(input, phase, group);
  if (pool !== undefined) return pool;
  if (!group.deleting) {
    return decideAction(input, phase, { kind: 'delete-group', group: group.name }, { kind: 'group-empty' });
  }
  return waitOrElse(input, buildWait(input, phase, { kind: 'deleted', group: group.name }, limits.awsTimeoutMs));
}

function retireOldGroup(input: DecisionInput, old: Group): Decision {
  return (
    verifyWrite(input) ??
    awaitBake(input) ??
    attachNewGroup(input, old) ??
    moveWarmPool(input, old) ??
    releaseOldGroup(input, old)
  );
}

/** The old group goes, or is kept; where it is the new one too, it is that from now on. */
function releaseOldGroup(input: DecisionInput, old: Group): Decision {
  const { intent } = input;
  return (
    strategyOf(intent).completeGroup(input, old) ??
    (intent.keepOld ? keepOldGroup(input, old) : decideDeleteGroup(input, 'finish', old))
  );
}

function awaitBake(input: DecisionInput): Decision | undefined {
  const { observation, limits, memory } = input;
  const unready = listActiveServers(observation, 'new').filter((server) => !isReady(input, server));
  if (unready.length > 0) {
    const instanceIds = unready.map((server) => server.instanceId);
    const what = { kind: 'ready', side: 'new', instanceIds, expected: unready.length } as const;
    const wait = buildWait(input, 'finish', what, limits.healthTimeoutMs);
    return waitOrElse(input, wait, () => replaceDeadServer(input, 'finish') ?? decideTimeout(wait));
  }
  const sinceMs = memory.onlyNewSinceMs ?? observation.atMs;
  if (observation.atMs - sinceMs >= limits.bakeMs) return undefined;
  return { kind: 'wait', wait: { phase: 'finish', for: { kind: 'bake' }, limitMs: limits.bakeMs, sinceMs } };
}

function verifyWrite(input: DecisionInput): Decision | undefined {
  const { observation, intent, limits } = input;
  const value = buildFinalSentinel(intent);
  if (observation.raft?.sentinel !== value) {
    return decideAction(input, 'finish', { kind: 'write-sentinel', value }, { kind: 'final-write' });
  }
  const behind = listActiveServers(observation, 'new').some(
    ({ agent }) => agent.kind !== 'up' || agent.sentinel !== value,
  );
  if (!behind) return undefined;
  const wait = buildWait(input, 'finish', { kind: 'sentinel' }, limits.leaderTimeoutMs);
  return waitOrElse(input, wait, () => replaceDeadServer(input, 'finish') ?? decideTimeout(wait));
}

function attachNewGroup(input: DecisionInput, old: Group): Decision | undefined {
  const { observation } = input;
  const group = observation.new;
  if (group === undefined) return undefined;
  const attached = listBalancers(group);
  const missing = listBalancers(old).filter((name) => !attached.includes(name));
  if (missing.length === 0) return undefined;
  const action: Action = { kind: 'attach-load-balancers', group: group.name, balancers: missing };
  return decideAction(input, 'finish', action, { kind: 'later-servers-in-service' });
}

/**
 * `--keep-old`: the old group stays, empty and no longer frozen. It is forgotten first, so that a roll that is
 * carried on in between does not freeze it again.
 */
function keepOldGroup(input: DecisionInput, old: Group): Decision {
  if (old.desired > 0) {
    const trim = { kind: 'lower-desired', group: old.name, to: 0 } as const;
    return decideAction(input, 'finish', trim, { kind: 'kept-empty' });
  }
  return decideAction(input, 'finish', { kind: 'clear-record', group: old.name }, { kind: 'kept-empty' });
}

function resumeKeptGroup(input: DecisionInput): Decision | undefined {
  const { observation, intent } = input;
  const { old } = observation;
  if (old === undefined || !intent.keepOld || !isRecorded(observation.new)) return undefined;
  const processes = findProcessesToResume(old, intent.original.suspended);
  if (processes.length === 0) return undefined;
  return decideAction(
    input,
    'finish',
    { kind: 'resume-processes', group: old.name, processes },
    { kind: 'kept-empty' },
  );
}
