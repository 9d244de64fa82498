import { type Decision, type DecisionInput, decideAction, type Phase } from '../../model/decision.js';
import type { Group } from '../../model/group.js';
import type { Side } from '../../model/server.js';
import { isConfirmed, listServers } from '../../model/servers.js';
import { isRecorded } from '../../model/tags.js';
import { strategyOf } from '../strategy/strategies.js';
import { findCurrentPhase } from './decisions.js';
import { restoreGroup } from './finish.js';

/**
 * Writes the record in the store again, where it is missing during the roll: without it no other step is allowed. The
 * record is there from before the first change until after the last; without it a resumed roll would take a group for one
 * that is finished.
 */
export function rewriteRecord(input: DecisionInput): Decision | undefined {
  const { observation, intent } = input;
  const isTagged = isRecorded(observation.old) || isRecorded(observation.new);
  const isMissing = !isConfirmed(observation, intent) && (isTagged || findSideWithoutRecord(input) !== undefined);
  return isMissing ? confirm(input, findCurrentPhase(observation, intent)) : undefined;
}

/** The same of tags that were removed or altered, for example by Terraform, which finds them to be drift. */
export function rewriteTags(input: DecisionInput): Decision | undefined {
  const { observation, intent } = input;
  const side = findSideWithoutRecord(input);
  const group = side && observation[side];
  if (side === undefined || group === undefined) return undefined;
  const record = { kind: 'write-intent', group: group.name, side } as const;
  return decideAction(input, findCurrentPhase(observation, intent), record, 'record-missing');
}

/** The side whose group has lost its record. */
function findSideWithoutRecord(input: DecisionInput): Side | undefined {
  const { old, new: group } = input.observation;
  if (old !== undefined && hasLostRecord(old) && !isRecordRemovedOnPurpose(input, old)) return 'old';
  if (group === undefined || !hasLostRecord(group)) return undefined;
  return !isRecorded(old) && isRestored(input, group) ? undefined : 'new';
}

function hasLostRecord(group: Group): boolean {
  return !group.deleting && (!isRecorded(group) || group.hasOtherTags === true);
}

/** True if the roll removed the record itself: after a rollback, or for an empty group that it keeps (`--keep-old`). */
function isRecordRemovedOnPurpose(input: DecisionInput, old: Group): boolean {
  const { observation, intent } = input;
  if (old.hasOtherTags === true) return false;
  return strategyOf(intent).hasNewSide(observation, intent)
    ? intent.keepOld && old.desired === 0 && listServers(observation, 'old').length === 0
    : isRestored(input, old);
}

/** True if nothing is left to restore: a roll removes the record of a group last. */
function isRestored(input: DecisionInput, group: Group): boolean {
  return group.hasOtherTags !== true && restoreGroup(input, 'finish', group) === undefined;
}

/** The store learns of a roll that an earlier build began, and that an operator named: so it begins like a new one. */
function confirm(input: DecisionInput, phase: Phase): Decision {
  const { observation, intent, memory } = input;
  const isWhole = listServers(observation, 'old').length >= intent.original.desired;
  if (memory.snapshot === undefined && intent.direction === 'forward' && isWhole) {
    return decideAction(input, 'snapshot', { kind: 'save-snapshot' }, 'disaster-recovery');
  }
  return decideAction(input, phase, { kind: 'write-record' }, 'record-missing');
}
