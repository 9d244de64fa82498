import { statSync } from 'node:fs';
import { mkdir, open, rename, rm, statfs } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { messageOf, RollError } from '../lib/model/errors.js';
import type { Clock, Files } from '../lib/ports.js';

/** The system clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  // An aborted sleep only ends early.
  sleep: (ms, signal) => delay(ms, undefined, { signal }).catch(() => undefined),
};

/** False also for a path that does not exist. */
export function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

/** False also for a path that does not exist. */
export function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

/** Saves files in one directory, readable by their owner only: a snapshot holds secrets. */
export function filesIn(folder: string): Files {
  return {
    async save(name, chunks) {
      const path = resolve(join(folder, name));
      const partial = `${path}.partial`;
      try {
        await orThrowFileError(path, mkdir(folder, { recursive: true, mode: 0o700 }));
        // One that an earlier process left is not written through: it may be a link.
        await orThrowFileError(path, rm(partial, { force: true }));
        const bytes = await writeChunks(path, partial, chunks);
        await orThrowFileError(path, rename(partial, path));
        return { path, bytes };
      } catch (thrown) {
        await rm(partial, { force: true }).catch(() => undefined);
        throw thrown;
      }
    },
    async countFreeBytes() {
      const stats = await statfs(findExistingFolder(resolve(folder))).catch(() => undefined);
      return stats && stats.bavail * stats.bsize;
    },
  };
}

/** The folder itself, or the nearest one above it. */
function findExistingFolder(path: string): string {
  const above = dirname(path);
  return isDirectory(path) || above === path ? path : findExistingFolder(above);
}

async function writeChunks(path: string, partial: string, chunks: AsyncIterable<Uint8Array>): Promise<number> {
  const file = await orThrowFileError(path, open(partial, 'wx', 0o600));
  let bytes = 0;
  try {
    for await (const chunk of chunks) {
      await orThrowFileError(path, file.writeFile(chunk), bytes);
      bytes += chunk.length;
    }
    await orThrowFileError(path, file.sync(), bytes);
  } finally {
    await file.close();
  }
  return bytes;
}

/** What an operator is told of the commonest failures; others by their code. */
const FILE_FAILURES: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EFBIG: 'the file is larger than this system allows',
  EACCES: 'this user may not write there',
  EPERM: 'this user may not write there',
  EROFS: 'the file system is read-only',
  ENOTDIR: 'a part of the path is a file',
};

/** Waits for a write; a failure becomes an error that the operator can act on. */
async function orThrowFileError<Result>(path: string, pending: Promise<Result>, written?: number): Promise<Result> {
  try {
    return await pending;
  } catch (thrown) {
    const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : '';
    const reason = FILE_FAILURES[code] ?? messageOf(thrown);
    const after = written === undefined ? '' : `, after ${written} bytes`;
    throw new RollError({
      code: 'file-not-written',
      message: `${path} cannot be written: ${reason}${after}.`,
      kind: 'refused',
      state: 'The incomplete file was removed; the cluster was not changed by this.',
      next: 'free space there, or name another folder with --snapshot-dir, then run the same command again',
      cause: thrown,
    });
  }
}
