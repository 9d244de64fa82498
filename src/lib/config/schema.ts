import * as z from 'zod';
import { DURATION_PATTERN, MAX_DURATION_MS, parseDurationMs } from './duration.js';

/** What a value must be, in words; error messages quote it: `expected a port, from 1 to 65535`. */
type ExpectedText = string;

export function textSchema(form: RegExp, expected: ExpectedText) {
  return z.string({ error: expected }).regex(form, { error: expected });
}

/** A whole number, both ends included. */
export function wholeNumberSchema(least: number, most: number, expected: ExpectedText) {
  const error = { error: expected };
  return z.number(error).int(error).min(least, error).max(most, error);
}

export function booleanSchema() {
  return z.boolean({ error: 'true or false' });
}

export function enumSchema<const Words extends readonly [string, ...string[]]>(words: Words) {
  return z.enum(words, { error: formatAlternatives(words) });
}

/** A list of `least` or more items, each once. */
export function listSchema<Item extends z.ZodType>(item: Item, least: number, expected: ExpectedText) {
  const error = { error: expected };
  return z
    .array(item, error)
    .min(least, error)
    .refine(
      (items) => new Set(items.map((each) => JSON.stringify(each))).size === items.length,
      `${expected}, each once`,
    );
}

export function mapSchema<Shape extends z.ZodRawShape>(shape: Shape) {
  return z.strictObject(shape, { error: ({ code }) => (code === 'invalid_type' ? 'keys and values' : undefined) });
}

function formatAlternatives(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}

/** Whole seconds, written `60s` or `1m30s`; both limits included. */
export function durationSchema(leastS: number, mostS: number) {
  const expected = `a time from ${leastS}s to ${mostS}s, with its unit: 30s, 5m`;
  return textSchema(/^(\d+(s|m|h))+$/, expected).refine((written) => {
    const seconds = parseSeconds(written);
    return seconds >= leastS && seconds <= mostS;
  }, expected);
}

/** A valid duration in seconds, the unit of AWS. */
export function parseSeconds(written: string): number {
  return (parseDurationMs(written) ?? Number.NaN) / 1000;
}

/** A duration as flags accept it; `least` and `most` are written like one, both included. */
export function durationRangeSchema(least: string, most: string) {
  const expected = `a time from ${least} to ${most}, with its unit: 90s, 15m, 1h30m`;
  const [leastMs = 0, mostMs = MAX_DURATION_MS] = [parseDurationMs(least), parseDurationMs(most)];
  return textSchema(DURATION_PATTERN, expected).refine((written) => {
    const ms = parseDurationMs(written) ?? Number.NaN;
    return ms >= leastMs && ms <= mostMs;
  }, expected);
}
