import * as z from 'zod/mini';
import { isPrintable } from '../../model/printable.js';

/** What the journal and the history share as values of keys that others may write too. */

export const MAX_TEXT_LENGTH = 300;
/** The year 2100. */
export const MAX_TIME_MS = 4_102_444_800_000;

export const storedTextSchema = z.string().check(z.maxLength(MAX_TEXT_LENGTH), z.refine(isPrintable));
export const storedTimeSchema = z.number().check(z.gte(0), z.lte(MAX_TIME_MS));

/** Undefined for what is not JSON. */
export function parseStoredJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
