import type { Decision, DecisionInput, Phase } from '../../model/decision.js';
import type { Group } from '../../model/group.js';
import { buildWait, decideAction, waitOrElse } from './decisions.js';

/**
 * Copies a warm pool to the new group once every server has passed its gates. A pool launches servers by itself, so it
 * is created while `Launch` is suspended there, and fills after the roll.
 */
export function moveWarmPool(input: DecisionInput, old: Group): Decision | undefined {
  const { observation } = input;
  const { new: group } = observation;
  if (group === undefined || old.warmPool === 'none') return undefined;
  if (group.warmPool === 'none' && old.warmPool === 'there') {
    if (!group.suspendedProcesses.includes('Launch')) {
      const suspend = { kind: 'suspend-processes', group: group.name, processes: ['Launch'] } as const;
      return decideAction(input, 'finish', suspend, 'warm-pool-after-roll');
    }
    const copy = { kind: 'copy-warm-pool', from: old.name, group: group.name } as const;
    return decideAction(input, 'finish', copy, 'same-as-old-group');
  }
  return removeWarmPool(input, 'finish', old);
}

/** Deletes the warm pool of an empty group, and waits until AWS has deleted it. */
export function removeWarmPool(input: DecisionInput, phase: Phase, group: Group): Decision | undefined {
  const { limits } = input;
  const { name, warmPool } = group;
  if (warmPool === 'none') return undefined;
  if (warmPool === 'there') {
    return decideAction(input, phase, { kind: 'delete-warm-pool', group: name }, 'warm-pool-not-empty');
  }
  return waitOrElse(input, buildWait(input, phase, { kind: 'warm-pool-deleted', group: name }, limits.awsTimeoutMs));
}
