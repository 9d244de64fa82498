import parse from 'parse-duration';
import { usageError } from './validation.js';

export const DURATION_PATTERN = /^(\d+(\.\d+)?(ms|s|m|h|d))+$/i;
const DAY_MS = 86_400_000;
export const MAX_DURATION_MS = 7 * DAY_MS;
const DURATION_EXAMPLES = 'write it with its unit, for instance 90s, 15m or 1h30m';

/** Both ends included. */
interface DurationRange {
  readonly minMs?: number;
  readonly maxMs?: number;
}

/**
 * A duration, written `90s`, `15m` or `1h30m`, in milliseconds.
 *
 * @param flag for the error message, for instance `--health-timeout`
 * @throws RollError `bad-usage` for a number without a unit, a negative one, an invalid one, or one out of range
 */
export function parseDurationFlag(text: string, flag: string, range: DurationRange = {}): number {
  const { minMs = 0, maxMs = MAX_DURATION_MS } = range;
  const written = text.trim();
  if (written === '') throw usageError(`${flag} is empty.`, DURATION_EXAMPLES);
  if (/^[-+]?\d+(\.\d+)?$/.test(written)) throw usageError(`${flag} ${text} has no unit.`, DURATION_EXAMPLES);
  if (written.startsWith('-')) throw usageError(`${flag} ${text} is negative.`, DURATION_EXAMPLES);
  const ms = parseDurationMs(written);
  if (ms === undefined) throw usageError(`${flag} ${text} is not a duration.`, DURATION_EXAMPLES);
  if (ms < minMs) throw usageError(`${flag} ${text} is less than ${minMs} ms.`, DURATION_EXAMPLES);
  if (ms > maxMs) throw usageError(`${flag} ${text} is too long.`, DURATION_EXAMPLES);
  return ms;
}

/** In milliseconds; undefined for an invalid duration. */
export function parseDurationMs(written: string): number | undefined {
  return (DURATION_PATTERN.test(written) ? parse(written) : undefined) ?? undefined;
}
