import { randomBytes } from 'node:crypto';
import { closeSync, constants, openSync, readSync, type StatsFs, statSync } from 'node:fs';
import { mkdir, open, readdir, rename, rm, statfs, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { findUntrusted } from '../lib/config/file-access.js';
import { usageError } from '../lib/config/validation.js';
import { findErrorCode, messageOf, RollError } from '../lib/model/errors.js';
import type { FileProblem } from '../lib/model/observation.js';
import type { Files } from '../lib/ports.js';
import { findSilence, runShell, SILENT_FILE_SYSTEM } from './shell.js';

/** How long a file system may take for one request: a disk that wakes up needs seconds, one that is gone never answers. */
export const FILE_LIMIT_MS = 30_000;
const OTHER_FOLDER = 'name another folder with --snapshot-dir';

/**
 * Saves files in one folder, readable by their owner only: a snapshot holds secrets. A file that is there is never
 * replaced.
 */
export function filesIn(folder: string, limitMs = FILE_LIMIT_MS): Files {
  return {
    async save(name, chunks) {
      const wanted = resolve(join(folder, name));
      const partial = `${wanted}.partial`;
      const incomplete = [partial];
      const wait = <Result>(pending: Promise<Result>, bytes?: number) =>
        orThrowFileError(wanted, withinLimit(pending, limitMs), bytes);
      try {
        await wait(mkdir(folder, { recursive: true, mode: 0o700 }));
        const problem = findAccessProblem(resolve(folder));
        if (problem !== undefined) throw fileError(wanted, problem.why, problem.remedy);
        await wait(keepFromGit(folder));
        // One that an earlier process left is not written through: it may be a link.
        await wait(rm(partial, { force: true }));
        const bytes = await writeChunks(partial, chunks, wait);
        const path = await wait(reserveName(wanted));
        incomplete.push(path);
        await wait(rename(partial, path), bytes);
        return { path, bytes };
      } catch (thrown) {
        for (const path of incomplete) await withinLimit(rm(path, { force: true }), limitMs).catch(() => undefined);
        throw thrown;
      }
    },
    async countFreeBytes() {
      const stats = await withinLimit(readFileSystem(resolve(folder)), limitMs).catch(() => undefined);
      return stats && stats.bavail * stats.bsize;
    },
    async findProblem() {
      const path = resolve(folder);
      const refuse = (why: string) => ({ why: `${path} cannot be written: ${why}`, remedy: OTHER_FOLDER });
      // In this order: nothing is asked of a file system before it has answered, nothing written where others may write.
      const silent = await findSilence(path, limitMs);
      if (silent !== undefined) return refuse(silent);
      const problem = findAccessProblem(path);
      if (problem !== undefined) return problem;
      const refused = await runShell(WRITE_PROBE, [path, `.consul-roll-${randomBytes(8).toString('hex')}`], limitMs);
      return refused === undefined ? undefined : refuse(refused);
    },
  };
}

const SNAPSHOT_FILE = /\.snap(\.partial)?$/;

/** Git does not take up a folder that has nothing but snapshots. */
async function keepFromGit(folder: string): Promise<void> {
  const names = await readdir(folder);
  if (names.every((name) => SNAPSHOT_FILE.test(name)))
    await writeFile(join(folder, '.gitignore'), '*\n', { flag: 'wx', mode: 0o600 });
}

/** Another user who may write the folder can replace a snapshot, or put a link in its way. */
function findAccessProblem(folder: string): FileProblem | undefined {
  const untrusted = findUntrusted(folder);
  if (untrusted === undefined) return undefined;
  const { path, why, isItself } = untrusted;
  const writers = why === 'owner' ? `${path} belongs to another user` : `other users may write ${path}`;
  return {
    why: isItself ? writers : `${writers}, who may replace the folder in it`,
    remedy: isItself && why === 'mode' ? `chmod go-w ${path}, or ${OTHER_FOLDER}` : OTHER_FOLDER,
  };
}

/**
 * The name itself, or one with a number where a file has that name. It is taken by creating the file, so that no two
 * processes take the same.
 */
async function reserveName(path: string, number = 1): Promise<string> {
  const name = number === 1 ? path : path.replace(/(\.[^./]*)?$/, `-${number}$1`);
  try {
    await writeFile(name, '', { flag: 'wx', mode: 0o600 });
    return name;
  } catch (thrown) {
    if (findErrorCode(thrown) !== 'EEXIST') throw thrown;
    return reserveName(path, number + 1);
  }
}

/** Of the folder itself, or of the nearest one above it. */
async function readFileSystem(path: string): Promise<StatsFs> {
  try {
    return await statfs(path);
  } catch (thrown) {
    if (dirname(path) === path) throw thrown;
    return readFileSystem(dirname(path));
  }
}

type Wait = <Result>(pending: Promise<Result>, bytes?: number) => Promise<Result>;

async function writeChunks(partial: string, chunks: AsyncIterable<Uint8Array>, wait: Wait): Promise<number> {
  const file = await wait(open(partial, 'wx', 0o600));
  let bytes = 0;
  try {
    for await (const chunk of chunks) {
      await wait(file.writeFile(chunk), bytes);
      bytes += chunk.length;
    }
    await wait(file.sync(), bytes);
  } finally {
    await wait(file.close(), bytes);
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
  ETIMEDOUT: SILENT_FILE_SYSTEM,
};

/** Waits for a write; a failure becomes an error that the operator can act on. */
async function orThrowFileError<Result>(path: string, pending: Promise<Result>, written?: number): Promise<Result> {
  try {
    return await pending;
  } catch (thrown) {
    const reason = FILE_FAILURES[findErrorCode(thrown) ?? ''] ?? messageOf(thrown);
    const after = written === undefined ? '' : `, after ${written} bytes`;
    throw fileError(path, `${reason}${after}`, `free space there, or ${OTHER_FOLDER}`, thrown);
  }
}

function fileError(path: string, why: string, remedy: string, cause?: unknown): RollError {
  return new RollError({
    code: 'file-not-written',
    message: `${path} cannot be written: ${why}.`,
    kind: 'refused',
    state: 'The incomplete file was removed; the cluster was not changed by this.',
    next: `${remedy}; then run the same command again`,
    cause,
  });
}

/** @throws an error with the code ETIMEDOUT after `limitMs` */
async function withinLimit<Result>(pending: Promise<Result>, limitMs: number): Promise<Result> {
  const over = new AbortController();
  unanswered.set(pending, performance.now());
  const forget = () => unanswered.delete(pending);
  pending.then(forget, forget);
  const late = delay(limitMs, undefined, { signal: over.signal }).then(() => {
    throw Object.assign(new Error('no answer in time'), { code: 'ETIMEDOUT' });
  });
  try {
    return await Promise.race([pending, late]);
  } finally {
    over.abort();
    late.catch(() => undefined);
    pending.catch(() => undefined);
  }
}

/** Requests that have not been answered, and when they were made. */
const unanswered = new Map<Promise<unknown>, number>();
/** One that takes longer at the end is not waited for. */
const HUNG_MS = 1_000;
process.once('exit', endInSpiteOfHungThread);

/**
 * A thread that waits for a file system keeps Node from ending, even by `process.exit`; only the system can end it. Whatever
 * else is to be done at the end is done first, such as the word that an interrupt ends with.
 */
function endInSpiteOfHungThread(code: number): void {
  const hungSinceMs = performance.now() - HUNG_MS;
  if (![...unanswered.values()].some((sinceMs) => sinceMs < hungSinceMs)) return;
  process.emit('exit', code);
  process.kill(process.pid, 'SIGKILL');
}

/** Creates a file in the folder $1 that was not there, and removes it; or, without the folder, asks whether it can be made. */
const WRITE_PROBE = `
if [ -d "$1" ]; then set -C; : > "$1/$2" && rm -f "$1/$2"; exit; fi
folder=$1
until [ -e "$folder" ]; do folder=$(dirname "$folder"); done
[ -d "$folder" ] || { echo "$folder is a file"; exit 1; }
[ -w "$folder" ] || { echo "this user may not write $folder, or it is read-only"; exit 1; }`;

/**
 * Asks for a path in a process of its own, before this one does: a request to a file system that is gone never returns.
 *
 * @param flag the flag that names the path, for the error
 * @throws RollError `bad-usage` when there is no answer in time
 */
export async function assertAnswers(path: string, flag: string, limitMs = FILE_LIMIT_MS): Promise<void> {
  const refused = await findSilence(path, limitMs);
  if (refused !== undefined) throw usageError(`${path} for ${flag} cannot be read: ${refused}.`, 'name another file');
}

/** The first bytes of a file as text; empty for a pipe, a device, or where nothing is. */
export function readStart(path: string, maxBytes: number): string {
  if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true) return '';
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const start = Buffer.alloc(maxBytes);
    return start.toString('utf8', 0, readSync(file, start, 0, maxBytes, 0));
  } finally {
    closeSync(file);
  }
}
