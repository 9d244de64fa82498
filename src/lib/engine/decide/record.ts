import type { Decision } from '../../model/decision.js';
import type { Group } from '../../model/group.js';
import { type Intent, isInPlace } from '../../model/intent.js';
import type { Survey } from '../../model/observation.js';
import type { Side } from '../../model/server.js';
import { isRecorded } from '../../model/tags.js';
import { act } from './decisions.js';
import { restore } from './finish.js';
import { phaseNow } from './phase.js';
import { serversOf } from './servers.js';

/**
 * The record of a roll is on its groups from before the first change until after the last. Where it is missing in
 * between somebody took the tags away (Terraform, undoing what it calls drift), and it is written anew: without it a
 * group would pass for one that was finished or given up, and whoever carries on for a roll that never was.
 */
export function recordAnew(survey: Survey, intent: Intent): Decision | undefined {
  const side = sideWithout(survey, intent);
  const group = side && survey[side];
  if (side === undefined || group === undefined) return undefined;
  const record = { kind: 'record-intent', group: group.name, side } as const;
  return act(
    survey,
    phaseNow(survey, intent),
    record,
    'somebody took its tags away in the middle of the roll',
  );
}

/** The side whose group has lost its record. */
function sideWithout(survey: Survey, intent: Intent): Side | undefined {
  const { old, new: group } = survey;
  if (old !== undefined && hasLost(old) && !isLeftAlone(survey, old, intent)) return 'old';
  if (group === undefined || !hasLost(group)) return undefined;
  if (isRecorded(old)) return isInPlace(intent) ? undefined : 'new';
  return isBackToItself(survey, group, intent) ? undefined : 'new';
}

function hasLost(group: Group): boolean {
  return !group.deleting && !isRecorded(group);
}

/** Without a record for a reason: the roll has gone back, or keeps the group (`--keep-old`), which is empty then. */
function isLeftAlone(survey: Survey, old: Group, intent: Intent): boolean {
  if (!isInPlace(intent) && survey.new !== undefined) {
    return intent.keepOld && old.desired === 0 && serversOf(survey, 'old').length === 0;
  }
  // In place new servers pass for old ones once the group has its own template again and no record tells them apart.
  const mixed = isInPlace(intent) && survey.servers.some(({ imageId }) => imageId === intent.imageId);
  return !mixed && isBackToItself(survey, old, intent);
}

/** The last thing that a roll does to a group is to forget it: then nothing is left to give back. */
function isBackToItself(survey: Survey, group: Group, intent: Intent): boolean {
  return restore(survey, 'finish', group, intent) === undefined;
}

/** The value a roll writes before its first new server, read back from every server as a gate. */
export function sentinelOf(intent: Intent): string {
  return intent.rollId;
}

/** The value written once only new servers are left: proof that the new cluster takes and replicates a write. */
export function lastSentinelOf(intent: Intent): string {
  return `${intent.rollId} done`;
}

/** The leader has what this roll wrote, first or last. */
export function showsSentinel({ raft }: Survey, intent: Intent): boolean {
  return raft?.sentinel === sentinelOf(intent) || raft?.sentinel === lastSentinelOf(intent);
}
