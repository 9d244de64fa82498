import type { Refusal } from '../../model/refusal.js';
import { describeRefusal, remediesOf } from '../sentences/refusal.js';

/** Why a roll ended or would end, as data and as a sentence. */
export function reasonJson(reason: Refusal) {
  return { ...reason, sentence: describeRefusal(reason), remedies: remediesOf(reason) };
}
