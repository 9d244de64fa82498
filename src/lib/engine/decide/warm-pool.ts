import type { Decision, DecisionInput, Phase } from '../../model/decision.js';
import type { Group } from '../../model/group.js';
import { buildWait, decideAction, waitOrElse } from './decisions.js';

/**
 * Hands a warm pool over once every server is proved. A pool fills itself with servers nobody asked for, so it is
 * made while the new group may not launch, and fills once the roll has ended.
 */
export function moveWarmPool(input: DecisionInput, old: Group): Decision | undefined {
  const { observation } = input;
  const { new: group } = observation;
  if (group === undefined || old.warmPool === 'none') return undefined;
  if (group.warmPool === 'none' && old.warmPool === 'there') {
    if (!group.suspendedProcesses.includes('Launch')) {
      const freeze = { kind: 'suspend-processes', group: group.name, processes: ['Launch'] } as const;
      return decideAction(input, 'finish', freeze, { kind: 'warm-pool-after-roll' });
    }
    const copy = { kind: 'copy-warm-pool', from: old.name, group: group.name } as const;
    return decideAction(input, 'finish', copy, { kind: 'same-as-old-group' });
  }
  return removeWarmPool(input, 'finish', old);
}

/** Deletes the warm pool of a group that is empty otherwise, and waits until AWS has. */
export function removeWarmPool(input: DecisionInput, phase: Phase, group: Group): Decision | undefined {
  const { limits } = input;
  const { name, warmPool } = group;
  if (warmPool === 'none') return undefined;
  if (warmPool === 'there') {
    const remove = { kind: 'delete-warm-pool', group: name } as const;
    return decideAction(input, phase, remove, { kind: 'warm-pool-not-empty' });
  }
  return waitOrElse(input, buildWait(input, phase, { kind: 'warm-pool-deleted', group: name }, limits.awsTimeoutMs));
}
