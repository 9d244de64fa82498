import parse from 'parse-duration';
import { usageError } from './validation.js';

/** How a duration is written. */
export const DURATION_PATTERN = /^(\d+(\.\d+)?(ms|s|m|h|d))+$/i;
const DAY_MS = 86_400_000;
/** Nobody waits longer than this for anything. */
export const MAX_DURATION_MS = 7 * DAY_MS;
const DURATION_EXAMPLES = 'write it with its unit, for instance 90s, 15m or 1h30m';

/** What a duration may be, both ends included. */
export interface DurationRange {
  readonly minMs?: number;
  readonly maxMs?: number;
}

/**
 * A duration as people write it, in milliseconds: `90s`, `15m`, `1h30m`.
 *
 * @param flag how the person knows it, for instance `--health-timeout`
 * @throws RollError `bad-usage` for a bare number, a negative one, nonsense, or one out of range
 */
export function parseDurationFlag(text: string, flag: string, range: DurationRange = {}): number {
  const { minMs = 0, maxMs = MAX_DURATION_MS } = range;
  const written = text.trim();
  if (/^[-+]?\d+(\.\d+)?$/.test(written)) throw usageError(`${flag} ${text} has no unit.`, DURATION_EXAMPLES);
  if (written.startsWith('-')) throw usageError(`${flag} ${text} is negative.`, DURATION_EXAMPLES);
  const ms = parseDurationMs(written);
  if (ms === undefined) throw usageError(`${flag} ${text} is no duration.`, DURATION_EXAMPLES);
  if (ms < minMs) throw usageError(`${flag} ${text} is less than ${minMs} ms.`, DURATION_EXAMPLES);
  if (ms > maxMs) throw usageError(`${flag} ${text} is too long.`, DURATION_EXAMPLES);
  return ms;
}

/** A duration in milliseconds; undefined for what is none. */
export function parseDurationMs(written: string): number | undefined {
  return (DURATION_PATTERN.test(written) ? parse(written) : undefined) ?? undefined;
}
