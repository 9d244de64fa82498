import { findErrorCode, messageOf, RollError } from '../model/errors.js';

/** The error for an invalid flag or environment variable; nothing was changed. */
export function usageError(message: string, next: string): RollError {
  return new RollError({ code: 'bad-usage', message, kind: 'usage', next });
}

/** What `read` returns; where it throws, a usage error that begins with `problem`, which names the file. */
export function readOrRefuse<Value>(read: () => Value, problem: string, next: string): Value {
  try {
    return read();
  } catch (thrown) {
    // The limits of this program have a message of their own, with the number.
    const isOfSystem = thrown instanceof Error && 'syscall' in thrown;
    const reason = isOfSystem ? describeReadFailure(thrown) : undefined;
    throw usageError(`${problem}: ${reason ?? messageOf(thrown)}.`, next);
  }
}

/** Why a file could not be read, without its path; undefined for a cause without words of its own. */
function describeReadFailure(thrown: unknown): string | undefined {
  return READ_FAILURES[findErrorCode(thrown) ?? ''];
}

const READ_FAILURES: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'this user may not read it',
  EISDIR: 'it is a directory',
  ENOTDIR: 'a part of its path is a file',
  ENAMETOOLONG: 'its name is too long',
  EFBIG: 'it is too large',
  ETIMEDOUT: 'nothing was written to this pipe in time',
};

/**
 * What `read` returns; where it throws, a usage error that begins with `problem` and quotes nothing: a secret may stand
 * where the path of one should.
 */
export function readSecretFile(read: () => string, problem: string, next: string): string {
  try {
    return read();
  } catch (thrown) {
    const reason = describeReadFailure(thrown) ?? findErrorCode(thrown) ?? 'it cannot be read';
    throw usageError(`${problem}: ${reason}.`, next);
  }
}
