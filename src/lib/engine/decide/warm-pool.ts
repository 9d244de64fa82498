import type { Decision, Phase } from '../../model/decision.js';
import type { Group } from '../../model/group.js';
import type { Limits } from '../../model/intent.js';
import type { Observation } from '../../model/observation.js';
import { buildWait, decideAction, waitOrElse } from './decisions.js';

/**
 * Hands a warm pool over once every server is proved. A pool fills itself with servers nobody asked for, so it is
 * made while the new group may not launch, and fills once the roll has ended.
 */
export function moveWarmPool(observation: Observation, old: Group, limits: Limits): Decision | undefined {
  const { new: group } = observation;
  if (group === undefined || old.warmPool === 'none') return undefined;
  if (group.warmPool === 'none' && old.warmPool === 'there') {
    if (!group.suspendedProcesses.includes('Launch')) {
      const freeze = { kind: 'suspend-processes', group: group.name, processes: ['Launch'] } as const;
      return decideAction(
        observation,
        'finish',
        freeze,
        'its warm pool must not fill before the roll has ended',
      );
    }
    const copy = { kind: 'copy-warm-pool', from: old.name, group: group.name } as const;
    return decideAction(observation, 'finish', copy, 'as the old group has one');
  }
  return removeWarmPool(observation, 'finish', old, limits);
}

/** Deletes the warm pool of a group that is empty otherwise, and waits until AWS has. */
export function removeWarmPool(
  observation: Observation,
  phase: Phase,
  group: Group,
  limits: Limits,
): Decision | undefined {
  const { name, warmPool } = group;
  if (warmPool === 'none') return undefined;
  if (warmPool === 'there') {
    const remove = { kind: 'delete-warm-pool', group: name } as const;
    return decideAction(observation, phase, remove, 'a group with a warm pool is never empty');
  }
  return waitOrElse(
    observation,
    buildWait(observation, phase, { kind: 'warm-pool-deleted', group: name }, limits.awsTimeoutMs),
  );
}
