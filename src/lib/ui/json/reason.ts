import type { Refusal } from '../../model/refusal.js';
import { describeRefusal, remediesOf } from '../sentences/refusal.js';

/** Why a roll ended or would end, as data and as a sentence; null where there is no reason. */
export function reasonJson(reason: Refusal | undefined) {
  if (reason === undefined) return null;
  return { ...reason, sentence: describeRefusal(reason), remedies: remediesOf(reason) };
}
