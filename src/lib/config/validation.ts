import type { Document, LineCounter } from 'yaml';
import type { z } from 'zod';
import { RollError } from '../model/errors.js';
import { findSimilar } from './did-you-mean.js';
import { findPosition, type SourcePosition } from './yaml-file.js';

/** Something wrong in a file. Lines and columns count from 1. */
export interface ValidationError extends SourcePosition {
  /** As a path: `healthCheck.timeout`, `hooks[0].on`; empty for the file as a whole. */
  readonly key: string;
  /** What was expected, and what is there. */
  readonly problem: string;
}

type KeyPath = readonly PropertyKey[];

/** What there is to know of keys. */
export interface KnownKeys {
  /** Those a schema knows at a path. */
  readonly knownAt: (path: KeyPath) => readonly string[];
  /** What is said of one that no schema knows, in place of a guess. */
  readonly getAdvice: (key: string) => string | undefined;
}

/** What the schema has against a file, in the order of the file; one mistake a value. */
export function listValidationErrors(
  issues: readonly z.core.$ZodIssue[],
  document: Document,
  lines: LineCounter,
  keys: KnownKeys,
): readonly ValidationError[] {
  const found = issues.flatMap((issue): ValidationError[] => {
    if (issue.code !== 'unrecognized_keys') return [toValidationError(issue, document, lines)];
    return issue.keys.map((key) => unknownKeyError([...issue.path, key], document, lines, keys));
  });
  const eachOnce = found.filter((mistake, n) => n === found.findIndex(({ key }) => key === mistake.key));
  return eachOnce.sort((one, other) => one.line - other.line || one.column - other.column);
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

function unknownKeyError(
  path: KeyPath,
  document: Document,
  lines: LineCounter,
  keys: KnownKeys,
): ValidationError {
  const at = { ...findPosition(path, document, lines, 'key'), key: formatPath(path) };
  const advice = keys.getAdvice(String(path.at(-1)));
  if (advice !== undefined) return { ...at, problem: advice };
  const known = keys.knownAt(path.slice(0, -1));
  const meant = findSimilar(String(path.at(-1)), known);
  const hint = meant === undefined ? `expected ${known.join(', ')}` : `did you mean ${meant}?`;
  return { ...at, problem: `unknown key; ${hint}` };
}

/** `hooks[0].on`: a number is a place in a list. */
function formatPath(path: KeyPath): string {
  return path
    .map((key, n) => (typeof key === 'number' ? `[${key}]` : `${n === 0 ? '' : '.'}${String(key)}`))
    .join('');
}

/** A plain value, so that a mistake is seen at once; never a long one, which may be anything. */
function formatValue(value: unknown, issue: z.core.$ZodIssue): string {
  if (issue.code === 'custom' || issue.code === 'invalid_key') return '';
  if (value === null) return ', found nothing';
  if (typeof value === 'object') return '';
  const written = JSON.stringify(value);
  return written.length > MAX_SHOWN_LENGTH ? '' : `, found ${written}`;
}

const MAX_SHOWN_LENGTH = 80;

/** A flag or a variable of the environment that cannot be used: exit 2, nothing was changed. */
export function usageError(message: string, next: string): RollError {
  return new RollError({ code: 'bad-usage', message, kind: 'usage', next });
}
