import {
  type Alias,
  type Document,
  isMap,
  isNode,
  isScalar,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  visit,
} from 'yaml';
import * as z from 'zod';
import { RollError } from '../model/errors.js';
import { limitLength, replaceUnprintable } from '../model/printable.js';
import { maskText } from '../model/server-failure.js';
import { findSimilar } from '../model/similar.js';

/** For error messages about a file. */
interface YamlFileInfo {
  readonly name: string;
  /** Of the error. */
  readonly code: string;
  /** The document that lists every key. */
  readonly doc: string;
  /** The message for a key that the schema does not know, instead of a suggestion. */
  readonly getAdvice?: (key: string) => string | undefined;
}

export interface ParsedYaml<Schema extends z.ZodType> {
  readonly value: z.infer<Schema>;
  /** The position of the key at a path. */
  findPosition(path: readonly PropertyKey[]): SourcePosition;
}

/**
 * Parses YAML or JSON by a schema.
 *
 * @throws RollError with the line, column and key of every mistake, and what was expected
 */
export function parseYaml<Schema extends z.ZodType>(
  text: string,
  schema: Schema,
  info: YamlFileInfo,
): ParsedYaml<Schema> {
  const lines = new LineCounter();
  // Any key but a text would be quoted in a warning of Node.
  const document = parseDocument(text, { lineCounter: lines, stringKeys: true });
  const broken = listSyntaxErrors(document);
  if (broken.length > 0) throw invalidFileError(info, broken);
  const parsed = schema.safeParse(readValue(document, lines, info));
  if (parsed.success) return { value: parsed.data, findPosition: (path) => findPosition(path, document, lines, 'key') };
  const keys = { knownAt: listKnownKeys(schema), getAdvice: info.getAdvice ?? (() => undefined) };
  throw invalidFileError(info, listValidationErrors(parsed.error.issues, document, lines, keys));
}

/** What a parser says with a part of the file, or for programmers. */
const SYNTAX_PROBLEMS: Readonly<Record<string, string>> = {
  BAD_ALIAS: 'An anchor or an alias has an invalid name',
  BAD_DIRECTIVE: 'After a % at the start of a line stands no directive that is known',
  BAD_DQ_ESCAPE: 'Invalid escape sequence in double quotes',
  MULTIPLE_DOCS: 'The file must be one document',
  NON_STRING_KEY: 'A key must be text',
  TAG_RESOLVE_FAILED: 'Unresolved tag',
};

function listSyntaxErrors({ errors, warnings }: Document.Parsed): ValidationError[] {
  return [...errors, ...warnings].map(({ code, linePos, message }) => ({
    line: linePos?.[0].line ?? 1,
    column: linePos?.[0].col ?? 1,
    key: '',
    // What follows a colon is a part of the file.
    problem: SYNTAX_PROBLEMS[code] ?? message.replace(/(?: at line \d|: )[\s\S]*$/, ''),
  }));
}

/** @throws RollError where an alias names nothing before it, what it is in itself, or too much */
function readValue(document: Document.Parsed, lines: LineCounter, info: YamlFileInfo): unknown {
  try {
    const value: unknown = document.toJS() ?? {};
    // A value in itself has no end.
    JSON.stringify(value);
    return value;
  } catch {
    // The message of the parser quotes the file.
    const problem = 'An alias has no anchor before it, is inside of it, or is used too often';
    throw invalidFileError(info, [{ ...findAlias(document, lines), key: '', problem }]);
  }
}

/** The position of the first alias that has no anchor, or of the first one. */
function findAlias(document: Document.Parsed, lines: LineCounter): SourcePosition {
  const aliases: Alias[] = [];
  visit(document, { Alias: (_, alias) => void aliases.push(alias) });
  const alias = aliases.find((one) => one.resolve(document) === undefined) ?? aliases[0];
  return alias === undefined ? { line: 1, column: 1 } : getStart(alias, lines);
}

function invalidFileError({ name, code, doc }: YamlFileInfo, mistakes: readonly ValidationError[]): RollError {
  const list = mistakes.map(({ line, column, key, problem }) =>
    [`${name}:${line}:${column}`, key === '' ? problem : `${key}: ${problem}`].join('  '),
  );
  const count = mistakes.length === 1 ? 'a mistake' : `${mistakes.length} mistakes`;
  return new RollError({
    code,
    message: [`There ${mistakes.length === 1 ? 'is' : 'are'} ${count} in ${name}.`, ...list],
    kind: 'usage',
    next: `correct the file; ${doc} lists every key`,
  });
}

/** The keys that a schema knows at a path; a number means any element of a list. */
function listKnownKeys(root: z.ZodType): (path: readonly PropertyKey[]) => readonly string[] {
  return (path) => {
    let schema: unknown = z.toJSONSchema(root, { io: 'input' });
    for (const key of path) schema = descendSchema(schema, key);
    const properties = findChildSchema(schema, 'properties');
    return typeof properties === 'object' && properties !== null ? Object.keys(properties) : [];
  };
}

/** In a record, every key leads to the same schema. */
function descendSchema(schema: unknown, key: PropertyKey): unknown {
  if (typeof key === 'number') return findChildSchema(schema, 'items');
  return findChildSchema(findChildSchema(schema, 'properties'), key) ?? findChildSchema(schema, 'additionalProperties');
}

function findChildSchema(parent: unknown, key: PropertyKey): unknown {
  return typeof parent === 'object' && parent !== null ? Reflect.get(parent, key) : undefined;
}

/** Both count from 1. */
interface SourcePosition {
  readonly line: number;
  readonly column: number;
}

/** The position of the value at a path, or of its key; for a missing one, that of the nearest parent. */
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

interface ValidationError extends SourcePosition {
  /** A path: `healthCheck.timeout`, `hooks[0].on`; empty for the whole file. */
  readonly key: string;
  /** What was expected, and what was found. */
  readonly problem: string;
}

type KeyPath = readonly PropertyKey[];

interface KnownKeys {
  /** The keys that the schema knows at a path. */
  readonly knownAt: (path: KeyPath) => readonly string[];
  readonly getAdvice: (key: string) => string | undefined;
}

/** The mistakes in the order of the file, at most one for each value. */
function listValidationErrors(
  issues: readonly z.core.$ZodIssue[],
  document: Document,
  lines: LineCounter,
  keys: KnownKeys,
): readonly ValidationError[] {
  const found = issues.flatMap((issue): ValidationError[] => {
    if (issue.code !== 'unrecognized_keys') return [toValidationError(issue, document, lines)];
    return issue.keys.map((key) => unknownKeyError([...issue.path, key], document, lines, keys));
  });
  const unique = found.filter(
    (error, n) => n === found.findIndex(({ key, line }) => key === error.key && line === error.line),
  );
  return unique.sort((one, other) => one.line - other.line || one.column - other.column);
}

function toValidationError(issue: z.core.$ZodIssue, document: Document, lines: LineCounter): ValidationError {
  const { path } = issue;
  const value = document.getIn(path);
  const expected = issue.code === 'invalid_key' ? (issue.issues[0]?.message ?? '') : issue.message;
  const problem =
    value === undefined || (value === null && issue.code !== 'invalid_type')
      ? `is missing; expected ${expected}`
      : `expected ${expected}${formatValue(value, issue)}`;
  const at = findPosition(path, document, lines, issue.code === 'invalid_key' ? 'key' : 'value');
  return { ...at, key: formatPath(path), problem };
}

function unknownKeyError(path: KeyPath, document: Document, lines: LineCounter, keys: KnownKeys): ValidationError {
  const at = { ...findPosition(path, document, lines, 'key'), key: formatPath(path) };
  const advice = keys.getAdvice(String(path.at(-1)));
  if (advice !== undefined) return { ...at, problem: advice };
  const known = keys.knownAt(path.slice(0, -1));
  const similar = findSimilar(String(path.at(-1)), known);
  const hint = similar === undefined ? `expected ${known.join(', ')}` : `did you mean ${similar}?`;
  return { ...at, problem: `unknown key; ${hint}` };
}

/** `hooks[0].on` for `['hooks', 0, 'on']`. */
function formatPath(path: KeyPath): string {
  return path
    .map((key, n) => (typeof key === 'number' ? `[${key}]` : `${n === 0 ? '' : '.'}${formatKey(String(key))}`))
    .join('');
}

const MAX_KEY_LENGTH = 40;

/** A key may be of the file's own making, or a secret at the wrong place. */
function formatKey(key: string): string {
  return limitLength(replaceUnprintable(maskText(key)), MAX_KEY_LENGTH);
}

/** What was found. A text is not quoted: it may be a secret at the wrong place. */
function formatValue(value: unknown, issue: z.core.$ZodIssue): string {
  if (issue.code === 'custom' || issue.code === 'invalid_key') return '';
  if (value === null) return ', found nothing';
  // A file that holds something else is one text, and may be a secret.
  if (typeof value === 'object' || issue.path.length === 0) return '';
  return typeof value === 'string' ? ', found another text' : `, found ${String(value)}`;
}
