import { findErrorCode, messageOf, RollError } from '../model/errors.js';

/** A typo changes at most this many letters, and this part of a word: more makes it another word. */
const MAX_EDITS = 3;
const MAX_EDITED_PART = 1 / 3;

/** The error for an invalid flag or environment variable; nothing was changed. */
export function usageError(message: string, next: string): RollError {
  return new RollError({ code: 'bad-usage', message, kind: 'usage', next });
}

/** What `read` returns; where it throws, a usage error that begins with `problem`. */
export function readOrRefuse<Value>(read: () => Value, problem: string, next: string): Value {
  try {
    return read();
  } catch (thrown) {
    throw usageError(`${problem}: ${messageOf(thrown)}`, next);
  }
}

/** Why a file could not be read, without its path: a secret may stand where the path of one should. */
const READ_FAILURES: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'this user may not read it',
  EISDIR: 'it is a directory',
  ENOTDIR: 'a part of its path is a file',
  ENAMETOOLONG: 'its name is too long',
  EFBIG: 'it is too large',
  ETIMEDOUT: 'nothing was written to this pipe in time',
};

/** What `read` returns; where it throws, a usage error that begins with `problem` and quotes nothing. */
export function readSecretFile(read: () => string, problem: string, next: string): string {
  try {
    return read();
  } catch (thrown) {
    const code = findErrorCode(thrown) ?? '';
    throw usageError(`${problem}: ${READ_FAILURES[code] ?? (code || 'it cannot be read')}.`, next);
  }
}

/** The known word most similar to `word`; undefined where none is close. */
export function findSimilar(word: string, known: readonly string[]): string | undefined {
  const scored = known.map((candidate) => ({
    candidate,
    edits: countEdits(normalizeWord(word), normalizeWord(candidate)),
  }));
  const [best] = scored.sort((one, other) => one.edits - other.edits);
  if (best === undefined) return undefined;
  const limit = Math.min(MAX_EDITS, Math.floor(normalizeWord(word).length * MAX_EDITED_PART));
  return best.edits <= limit ? best.candidate : undefined;
}

/** `instance_type`, `instance-type` and `InstanceType` are equal. */
function normalizeWord(word: string): string {
  return word.toLowerCase().replace(/[-_ ]/g, '');
}

/** The Levenshtein distance. */
function countEdits(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, column) => column);
  for (const [line, letter] of [...one].entries()) {
    const next = [line + 1];
    for (const [column, otherLetter] of [...other].entries()) {
      const replaced = (row[column] ?? 0) + (letter === otherLetter ? 0 : 1);
      next.push(Math.min(replaced, (row[column + 1] ?? 0) + 1, (next[column] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
