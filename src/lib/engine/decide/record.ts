import type { Decision, DecisionInput } from '../../model/decision.js';
import type { Group } from '../../model/group.js';
import { createsGroup } from '../../model/intent.js';
import type { Side } from '../../model/server.js';
import { isRecorded } from '../../model/tags.js';
import { decideAction } from './decisions.js';
import { restoreGroup } from './finish.js';
import { findCurrentPhase } from './phase.js';
import { listServers } from './servers.js';

/**
 * The record of a roll is on its groups from before the first change until after the last. Where it is missing in
 * between somebody took the tags away (Terraform, undoing what it calls drift), and it is written anew: without it a
 * group would pass for one that was finished or given up, and whoever carries on for a roll that never was.
 */
export function rewriteIntent(input: DecisionInput): Decision | undefined {
  const { observation, intent } = input;
  const side = findSideWithoutRecord(input);
  const group = side && observation[side];
  if (side === undefined || group === undefined) return undefined;
  const record = { kind: 'write-intent', group: group.name, side } as const;
  return decideAction(input, findCurrentPhase(observation, intent), record, { kind: 'record-missing' });
}

/** The side whose group has lost its record. */
function findSideWithoutRecord(input: DecisionInput): Side | undefined {
  const { observation, intent } = input;
  const { old, new: group } = observation;
  if (old !== undefined && hasLostRecord(old) && !isRecordRemovedOnPurpose(input, old)) return 'old';
  if (group === undefined || !hasLostRecord(group)) return undefined;
  if (isRecorded(old)) return createsGroup(intent) ? 'new' : undefined;
  return isRestored(input, group) ? undefined : 'new';
}

function hasLostRecord(group: Group): boolean {
  return !group.deleting && !isRecorded(group);
}

/** Without a record for a reason: the roll has gone back, or keeps the group (`--keep-old`), which is empty then. */
function isRecordRemovedOnPurpose(input: DecisionInput, old: Group): boolean {
  const { observation, intent } = input;
  if (createsGroup(intent) && observation.new !== undefined) {
    return intent.keepOld && old.desired === 0 && listServers(observation, 'old').length === 0;
  }
  // In place new servers pass for old ones once the group has its own template again and no record tells them apart.
  const mixed = !createsGroup(intent) && observation.servers.some(({ imageId }) => imageId === intent.imageId);
  return !mixed && isRestored(input, old);
}

/** The last thing that a roll does to a group is to forget it: then nothing is left to give back. */
function isRestored(input: DecisionInput, group: Group): boolean {
  return restoreGroup(input, 'finish', group) === undefined;
}
