import {
  type Document,
  isMap,
  isNode,
  isScalar,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
} from 'yaml';
import { z } from 'zod';
import { RollError } from '../model/errors.js';
import { DURATION_PATTERN, MAX_DURATION_MS, parseDurationMs } from './duration.js';
import { listValidationErrors, type ValidationError } from './validation.js';

/** What is said about a file that is wrong. */
export interface YamlFileInfo {
  /** The file as its reader knows it. */
  readonly name: string;
  /** Of the error, for scripts. */
  readonly code: string;
  /** The document that tells every key. */
  readonly doc: string;
  /** What is said of a key that the schema does not know, in place of a guess. */
  readonly getAdvice?: (key: string) => string | undefined;
}

/** What a file says, and where. */
export interface ParsedYaml<Schema extends z.ZodType> {
  readonly value: z.infer<Schema>;
  /** Where the key at a path stands. */
  findPosition(path: readonly PropertyKey[]): SourcePosition;
}

/**
 * A file in YAML or JSON by its schema.
 *
 * @throws RollError exit 2, with every mistake: its line, column and key, and what was expected
 */
export function parseYaml<Schema extends z.ZodType>(
  text: string,
  schema: Schema,
  facts: YamlFileInfo,
): ParsedYaml<Schema> {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const broken = listSyntaxErrors(document);
  if (broken.length > 0) throw invalidFileError(facts, broken);
  const parsed = schema.safeParse(document.toJS() ?? {});
  if (parsed.success)
    return { value: parsed.data, findPosition: (path) => findPosition(path, document, lines, 'key') };
  const keys = { knownAt: listKnownKeys(schema), getAdvice: facts.getAdvice ?? (() => undefined) };
  throw invalidFileError(facts, listValidationErrors(parsed.error.issues, document, lines, keys));
}

function listSyntaxErrors({ errors, warnings }: Document.Parsed): ValidationError[] {
  return [...errors, ...warnings].map(({ linePos, message }) => ({
    line: linePos?.[0].line ?? 1,
    column: linePos?.[0].col ?? 1,
    key: '',
    problem: message.replace(/ at line \d[\s\S]*$/, ''),
  }));
}

function invalidFileError(
  { name, code, doc }: YamlFileInfo,
  mistakes: readonly ValidationError[],
): RollError {
  const said = mistakes.map(({ line, column, key, problem }) =>
    [`${name}:${line}:${column}`, key === '' ? problem : `${key}: ${problem}`].join('  '),
  );
  const count = mistakes.length === 1 ? 'a mistake' : `${mistakes.length} mistakes`;
  return new RollError({
    code,
    message: [`There ${mistakes.length === 1 ? 'is' : 'are'} ${count} in ${name}.`, ...said].join('\n'),
    kind: 'usage',
    next: `mend the file; ${doc} tells every key`,
  });
}

/** The keys that a schema knows at a path; a number stands for any element of a list. */
function listKnownKeys(root: z.ZodType): (path: readonly PropertyKey[]) => readonly string[] {
  return (path) => {
    let schema: unknown = z.toJSONSchema(root, { io: 'input' });
    for (const key of path) schema = descendSchema(schema, key);
    const properties = findChildSchema(schema, 'properties');
    return typeof properties === 'object' && properties !== null ? Object.keys(properties) : [];
  };
}

/** Of a record any key leads to the same. */
function descendSchema(schema: unknown, key: PropertyKey): unknown {
  if (typeof key === 'number') return findChildSchema(schema, 'items');
  return (
    findChildSchema(findChildSchema(schema, 'properties'), key) ??
    findChildSchema(schema, 'additionalProperties')
  );
}

function findChildSchema(parent: unknown, key: PropertyKey): unknown {
  return typeof parent === 'object' && parent !== null ? Reflect.get(parent, key) : undefined;
}

/** Where something stands in a file; both count from 1. */
export interface SourcePosition {
  readonly line: number;
  readonly column: number;
}

/**
 * Where the value at a path stands, or its key; for what is not there, whatever it should be in.
 */
export function findPosition(
  path: readonly PropertyKey[],
  document: Document,
  lines: LineCounter,
  which: 'value' | 'key' = 'value',
): SourcePosition {
  const parent = document.getIn(path.slice(0, -1), true);
  const pair = isMap(parent) ? parent.items.find((item) => isPairKey(item, path.at(-1))) : undefined;
  const value = path.length === 0 ? document.contents : document.getIn(path, true);
  const node = which === 'key' ? pair?.key : (value ?? pair?.key);
  if (isNode(node)) return getStart(node, lines);
  if (path.length === 0) return { line: 1, column: 1 };
  return findPosition(path.slice(0, -1), document, lines);
}

function isPairKey({ key }: Pair, wanted: PropertyKey | undefined): boolean {
  return isScalar(key) && String(key.value) === String(wanted);
}

function getStart({ range }: Node, lines: LineCounter): SourcePosition {
  const { line, col } = lines.linePos(range?.[0] ?? 0);
  return { line: Math.max(1, line), column: Math.max(1, col) };
}

/** What a value should have been, in words; every piece of the schema says it, for `mistakes.ts` to quote. */
type ExpectedText = string;

/** Text of a certain form. */
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

/** One of some words. */
export function enumSchema<const Words extends readonly [string, ...string[]]>(words: Words) {
  return z.enum(words, { error: formatAlternatives(words) });
}

/** A list of things that are all different; `least` of them or more. */
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

/** Keys and values below one key. */
export function mapSchema<Shape extends z.ZodRawShape>(shape: Shape) {
  return z.strictObject(shape, {
    error: ({ code }) => (code === 'invalid_type' ? 'keys and values' : undefined),
  });
}

/** Whole seconds, as people write them: `60s`, `1m30s`; how many that may be, both ends included. */
export function durationSchema(leastS: number, mostS: number) {
  const expected = `a time from ${leastS}s to ${mostS}s, with its unit: 30s, 5m`;
  return textSchema(/^(\d+(s|m|h))+$/, expected).refine((written) => {
    const seconds = parseSeconds(written);
    return seconds >= leastS && seconds <= mostS;
  }, expected);
}

/** A duration of a file in seconds, which is what AWS counts in. */
export function parseSeconds(written: string): number {
  return (parseDurationMs(written) ?? Number.NaN) / 1000;
}

/** Any duration that a flag takes; `least` and `most` as people write them, both ends included. */
export function durationRangeSchema(least: string, most: string) {
  const expected = `a time from ${least} to ${most}, with its unit: 90s, 15m, 1h30m`;
  const [leastMs = 0, mostMs = MAX_DURATION_MS] = [parseDurationMs(least), parseDurationMs(most)];
  return textSchema(DURATION_PATTERN, expected).refine((written) => {
    const ms = parseDurationMs(written) ?? Number.NaN;
    return ms >= leastMs && ms <= mostMs;
  }, expected);
}

function formatAlternatives(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}
