import { spawn } from 'node:child_process';
import { closeSync, constants, existsSync, openSync, readSync, statSync } from 'node:fs';
import { mkdir, open, rename, rm, statfs, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { belongsToAnotherUser, isReplaceableIn, isWritableByOthers } from '../lib/config/file-trust.js';
import { usageError } from '../lib/config/validation.js';
import { findErrorCode, messageOf, RollError } from '../lib/model/errors.js';
import type { FileProblem } from '../lib/model/observation.js';
import type { Files } from '../lib/ports.js';
import { isDirectory } from './system.js';

/** How long a file system may take for one request: a disk that wakes up needs seconds, one that is gone never answers. */
const LIMIT_MS = 30_000;
const OTHER_FOLDER = 'name another folder with --snapshot-dir';

/**
 * Saves files in one folder, readable by their owner only: a snapshot holds secrets. A file that is there is never
 * replaced.
 */
export function filesIn(folder: string, limitMs = LIMIT_MS): Files {
  return {
    async save(name, chunks) {
      const wanted = resolve(join(folder, name));
      const partial = `${wanted}.partial`;
      const wait = <Result>(pending: Promise<Result>, bytes?: number) =>
        orThrowFileError(wanted, withinLimit(pending, limitMs), bytes);
      try {
        await wait(createFolder(folder));
        const problem = findAccessProblem(resolve(folder));
        if (problem !== undefined) throw fileError(wanted, problem.why, problem.remedy);
        // One that an earlier process left is not written through: it may be a link.
        await wait(rm(partial, { force: true }));
        const bytes = await writeChunks(partial, chunks, wait);
        const path = findFreeName(wanted);
        await wait(rename(partial, path), bytes);
        return { path, bytes };
      } catch (thrown) {
        await withinLimit(rm(partial, { force: true }), limitMs).catch(() => undefined);
        throw thrown;
      }
    },
    async countFreeBytes() {
      const read = withinLimit(statfs(findExistingFolder(resolve(folder))), limitMs);
      const stats = await read.catch(() => undefined);
      return stats && stats.bavail * stats.bsize;
    },
    async findProblem() {
      const path = resolve(folder);
      const refused = await probe(WRITE_PROBE, [path, PROBE_NAME], limitMs);
      if (refused !== undefined) return { why: `${path} cannot be written: ${refused}`, remedy: OTHER_FOLDER };
      return findAccessProblem(path);
    },
  };
}

/** Git does not take up the snapshots of a folder inside of a repository. */
async function createFolder(folder: string): Promise<void> {
  const created = await mkdir(folder, { recursive: true, mode: 0o700 });
  if (created !== undefined) await writeFile(join(folder, '.gitignore'), '*\n', { flag: 'wx', mode: 0o600 });
}

/** Another user who may write the folder can replace a snapshot, or put a link in its way. */
function findAccessProblem(folder: string): FileProblem | undefined {
  if (process.getuid === undefined || !existsSync(folder)) return undefined;
  if (belongsToAnotherUser(folder)) return { why: `${folder} belongs to another user`, remedy: OTHER_FOLDER };
  const above = dirname(folder);
  if (isWritableByOthers(folder)) {
    return { why: `other users may write ${folder}`, remedy: `chmod go-w ${folder}, or ${OTHER_FOLDER}` };
  }
  return isReplaceableIn(above)
    ? { why: `other users may write ${above}, and replace the folder in it`, remedy: OTHER_FOLDER }
    : undefined;
}

/** The name itself, or one with a number where a file has that name. */
function findFreeName(path: string, number = 1): string {
  const name = number === 1 ? path : path.replace(/(\.[^./]*)?$/, `-${number}$1`);
  return existsSync(name) ? findFreeName(path, number + 1) : name;
}

/** The folder itself, or the nearest one above it. */
function findExistingFolder(path: string): string {
  const above = dirname(path);
  return isDirectory(path) || above === path ? path : findExistingFolder(above);
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
  ETIMEDOUT: 'the file system does not answer',
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
  const late = delay(limitMs, undefined, { signal: over.signal }).then(() => {
    endInSpiteOfHungThread();
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

let isEndForced = false;

/** A thread that waits for a file system keeps Node from ending, even by `process.exit`; only the system can end it. */
function endInSpiteOfHungThread(): void {
  if (isEndForced) return;
  isEndForced = true;
  process.once('exit', () => process.kill(process.pid, 'SIGKILL'));
}

const PROBE_NAME = '.consul-roll-probe';
/** Writes a file in the folder $1 and removes it; or, before the folder exists, asks whether it can be created. */
const WRITE_PROBE = `
if [ -d "$1" ]; then : > "$1/$2" && rm -f "$1/$2"; exit; fi
folder=$1
until [ -e "$folder" ]; do folder=$(dirname "$folder"); done
[ -d "$folder" ] || { echo "$folder is a file"; exit 1; }
[ -w "$folder" ] || { echo "this user may not write $folder, or it is read-only"; exit 1; }`;
const EXISTENCE_PROBE = '[ -e "$1" ]; exit 0';

/**
 * What a shell script says when it fails, in one line; undefined when it succeeds. A process of its own, because one that
 * hangs in a file system does not end, and can be left behind.
 */
function probe(script: string, words: readonly string[], limitMs: number): Promise<string | undefined> {
  const child = spawn('/bin/sh', ['-c', script, 'sh', ...words], { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  const listen = (chunk: Buffer) => {
    said = `${said}${chunk.toString()}`.slice(0, MAX_SAID_LENGTH);
  };
  child.stdout.on('data', listen);
  child.stderr.on('data', listen);
  return new Promise((done) => {
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      child.unref();
      child.stdout.destroy();
      child.stderr.destroy();
      done(FILE_FAILURES.ETIMEDOUT);
    }, limitMs);
    const end = (why: string | undefined) => {
      clearTimeout(timer);
      done(why);
    };
    child.on('error', (error) => end(error.message));
    child.on('close', (code) => end(code === 0 ? undefined : said.trim().split('\n').at(-1) || 'it cannot be read'));
  });
}

const MAX_SAID_LENGTH = 1_000;

/**
 * Asks for a path in a process of its own, before this one does: a request to a file system that is gone never returns.
 *
 * @param flag the flag that names the path, for the error
 * @throws RollError `bad-usage` when there is no answer in time
 */
export async function assertAnswers(path: string, flag: string, limitMs = LIMIT_MS): Promise<void> {
  const refused = await probe(EXISTENCE_PROBE, [path], limitMs);
  if (refused !== undefined) throw usageError(`${path} for ${flag} cannot be read: ${refused}.`, 'name another file');
}

/** The first bytes of a file as text; empty for a pipe, a device, or where nothing is. */
export function readStart(path: string, maxBytes: number): string {
  if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true) return '';
  const file = openSync(path, constants.O_RDONLY);
  try {
    const start = Buffer.alloc(maxBytes);
    return start.toString('utf8', 0, readSync(file, start, 0, maxBytes, 0));
  } finally {
    closeSync(file);
  }
}
