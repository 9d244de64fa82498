import { z } from 'zod';
import { DURATION, LONGEST_MS, millisecondsOf } from '../settings/duration.js';

/** What a value should have been, in words; every piece of the schema says it, for `mistakes.ts` to quote. */
type Expected = string;

/** Text of a certain form. */
export function text(form: RegExp, expected: Expected) {
  return z.string({ error: expected }).regex(form, { error: expected });
}

/** A whole number, both ends included. */
export function whole(least: number, most: number, expected: Expected) {
  const error = { error: expected };
  return z.number(error).int(error).min(least, error).max(most, error);
}

export function flag() {
  return z.boolean({ error: 'true or false' });
}

/** One of some words. */
export function word<const Words extends readonly [string, ...string[]]>(words: Words) {
  return z.enum(words, { error: orList(words) });
}

/** A list of things that are all different; `least` of them or more. */
export function listOf<Item extends z.ZodType>(item: Item, least: number, expected: Expected) {
  const error = { error: expected };
  return z
    .array(item, error)
    .min(least, error)
    .refine(
      (items) => new Set(items.map((each) => JSON.stringify(each))).size === items.length,
      `${expected}, each once`,
    );
}

/** Keys and values below one key. */
export function mapOf<Shape extends z.ZodRawShape>(shape: Shape) {
  return z.strictObject(shape, {
    error: ({ code }) => (code === 'invalid_type' ? 'keys and values' : undefined),
  });
}

/** Whole seconds, as people write them: `60s`, `1m30s`; how many that may be, both ends included. */
export function duration(leastS: number, mostS: number) {
  const expected = `a time from ${leastS}s to ${mostS}s, with its unit: 30s, 5m`;
  return text(/^(\d+(s|m|h))+$/, expected).refine((written) => {
    const seconds = secondsOf(written);
    return seconds >= leastS && seconds <= mostS;
  }, expected);
}

/** A duration of a file in seconds, which is what AWS counts in. */
export function secondsOf(written: string): number {
  return (millisecondsOf(written) ?? Number.NaN) / 1000;
}

/** Any duration that a flag takes; `least` and `most` as people write them, both ends included. */
export function span(least: string, most: string) {
  const expected = `a time from ${least} to ${most}, with its unit: 90s, 15m, 1h30m`;
  const [leastMs = 0, mostMs = LONGEST_MS] = [millisecondsOf(least), millisecondsOf(most)];
  return text(DURATION, expected).refine((written) => {
    const ms = millisecondsOf(written) ?? Number.NaN;
    return ms >= leastMs && ms <= mostMs;
  }, expected);
}

function orList(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}
