import { type Intent, PAUSE_POINTS } from './intent.js';
import type { Side } from './server.js';
import { buildRecordFields, readIntent, readRecordedSide, toRecordTags } from './tags.js';

/**
 * The record of a roll in the cluster's own store, beside the lock. Many may write a tag who may not touch the cluster, so
 * a roll is what this says of it, whatever the tags of its groups say.
 */
export interface RollRecord {
  readonly intent: Intent;
  /** In place, what the group is: the new one once it has only new servers. */
  readonly side: Side;
}

/** The nonce of a roll: 128 random bits in hexadecimal. */
export const NONCE = /^[\da-f]{32}$/;

/** The id of a roll in hexadecimal. Builds differ in its length, and must resume the rolls of each other. */
export const ROLL_ID = /^[\da-f]{1,32}$/;

/** The value of a key that should contain a record, and does not. */
export type StoredRecord = RollRecord | 'damaged';

/** Keys of a roll, read with the state of the cluster. */
export interface RollKeys {
  readonly sentinel: string;
  readonly record: string;
}

/** A right to write tags must not be enough to go past a stop, so the field is in no tag. */
const PAUSE_FIELD = 'pause-after';

/** The record as the value of its key: the fields that the tags have, and the nonce. */
export function formatRecord({ intent, side }: RollRecord): string {
  const { nonce, pauseAfter } = intent;
  return JSON.stringify({
    ...(nonce === undefined ? {} : { nonce }),
    ...(pauseAfter === undefined ? {} : { [PAUSE_FIELD]: pauseAfter }),
    ...buildRecordFields(intent, side),
  });
}

/** The record in the value of its key; `damaged` for a value that no roll writes. */
export function parseRecord(value: string): StoredRecord {
  const fields = parseTexts(value);
  if (fields === undefined) return 'damaged';
  const { nonce, [PAUSE_FIELD]: pause, ...rest } = fields;
  const pauseAfter = PAUSE_POINTS.find((point) => point === pause);
  const tags = toRecordTags(rest);
  const intent = readIntent({ tags });
  const side = readRecordedSide({ tags });
  const isWhole =
    intent !== undefined && side !== undefined && (nonce === undefined || NONCE.test(nonce)) && pauseAfter === pause;
  if (!isWhole || !ROLL_ID.test(intent.rollId)) return 'damaged';
  const more = { ...(nonce === undefined ? {} : { nonce }), ...(pauseAfter === undefined ? {} : { pauseAfter }) };
  return { intent: { ...intent, ...more }, side };
}

function parseTexts(value: string): Readonly<Record<string, string>> | undefined {
  try {
    const parsed: unknown = JSON.parse(value);
    const isTexts =
      typeof parsed === 'object' && parsed !== null && Object.values(parsed).every((one) => typeof one === 'string');
    return isTexts ? (parsed as Record<string, string>) : undefined;
  } catch {
    return undefined;
  }
}

/** True where both are records of the same roll. */
export function isSameRoll(one: Pick<Intent, 'rollId' | 'nonce'>, other: Pick<Intent, 'rollId' | 'nonce'>): boolean {
  return one.rollId === other.rollId && one.nonce === other.nonce;
}
