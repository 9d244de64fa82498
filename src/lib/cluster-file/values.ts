import { z } from 'zod';

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

/** Seconds, minutes or hours as people write them, `60s`; how many seconds that may be, both ends included. */
export function duration(leastS: number, mostS: number) {
  const expected = `a time from ${leastS}s to ${mostS}s, with its unit: 30s, 5m`;
  return text(/^\d+(s|m|h)$/, expected).refine((written) => {
    const seconds = secondsOf(written);
    return seconds >= leastS && seconds <= mostS;
  }, expected);
}

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600 };

/** A duration of the file in seconds, which is what AWS counts in. */
export function secondsOf(written: string): number {
  return Number(written.slice(0, -1)) * (UNITS[written.slice(-1)] ?? Number.NaN);
}

function orList(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}
