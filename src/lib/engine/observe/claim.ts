import type { Group } from '../../model/group.js';
import type { Intent } from '../../model/intent.js';
import { ROLL_ID, type RollRecord } from '../../model/record.js';
import { ROLL_TAG, readIntent, readRecordedSide } from '../../model/tags.js';

/** What tags tell of a roll. Others than operators may write tags, so it is a claim until the store has the same. */
export interface Claim {
  readonly rollId: string;
  /** The groups that have the tags. */
  readonly groups: readonly Group[];
  /** What they say; undefined where that is incomplete, or differs from group to group. */
  readonly record: RollRecord | undefined;
}

/** The claim of these groups; undefined where there is none. */
export function readClaim(groups: readonly Group[]): Claim | undefined {
  const [first] = groups;
  if (first === undefined) return undefined;
  const [intent, ...others] = groups.map((group) => readIntent(group));
  const isAgreed = others.every((one) => one?.rollId === intent?.rollId && one?.imageId === intent?.imageId);
  const isUsable = intent !== undefined && isWhole(intent) && isAgreed;
  const record = isUsable ? { intent, side: readRecordedSide(first) ?? 'old' } : undefined;
  return { rollId: readRollId(first), groups, record };
}

function isWhole({ rollId, imageId }: Intent): boolean {
  return ROLL_ID.test(rollId) && IMAGE_ID.test(imageId);
}

const IMAGE_ID = /^ami-[\da-z]+$/;

/** The id of the roll that the tags of a group tell of. Others may write any text into a tag. */
export function readRollId({ tags }: Group): string {
  const text = tags[ROLL_TAG] ?? '';
  return ROLL_ID.test(text) ? text : 'without a valid id';
}
