import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readlinkSync,
  readSync,
  realpathSync,
  type Stats,
} from 'node:fs';
import { dirname, resolve } from 'node:path';
import { findErrorCode } from '../model/errors.js';

const WORLD_WRITE_BIT = 0o002;
const GROUP_WRITE_BIT = 0o020;
const STICKY_BIT = 0o1000;
/** As many as Linux follows. */
const MAX_LINKS = 40;

/** What puts a file into the hands of another user. */
interface Untrusted {
  /** The file itself, or a folder or a link on the way to it. */
  readonly path: string;
  /** Another user owns it, or may write it by its mode. */
  readonly why: 'owner' | 'mode';
  /** Whether it is what the path leads to. */
  readonly isItself: boolean;
}

/**
 * The first folder, link or file on the way to a path, itself included, that another user owns or may write: a folder
 * gives the right to replace what is in it. The superuser may do everything anyway. What does not exist is not looked at.
 *
 * @returns undefined also where the system has no users
 */
export function findUntrusted(path: string): Untrusted | undefined {
  if (process.getuid === undefined) return undefined;
  const owners = [process.getuid(), 0];
  const itself = findRealPath(path);
  for (const { path: step, stats } of walk(resolve(path))) {
    const isItself = step === itself;
    if (!owners.includes(stats.uid)) return { path: step, why: 'owner', isItself };
    if (isWritableByOthers(stats, isItself)) return { path: step, why: 'mode', isItself };
  }
  return undefined;
}

/** Where a path leads to, without links; the path itself for what does not exist, and for a pipe without a name. */
export function findRealPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return resolve(path);
  }
}

/**
 * A group is trusted where it has the number of the owner: most systems give every user such a group without another
 * member, and may let it write by default. In a folder with the sticky bit, as /tmp, only its owner may replace a file.
 */
function isWritableByOthers(stats: Stats, isItself: boolean): boolean {
  const { mode, uid, gid } = stats;
  if (stats.isSymbolicLink() || (!isItself && (mode & STICKY_BIT) !== 0)) return false;
  return (mode & WORLD_WRITE_BIT) !== 0 || ((mode & GROUP_WRITE_BIT) !== 0 && gid !== uid);
}

interface Step {
  readonly path: string;
  readonly stats: Stats;
}

/** Every folder and link that is passed from the root on, each as itself, then what the path leads to. */
function* walk(path: string, links = MAX_LINKS): Generator<Step> {
  const folder = dirname(path);
  if (folder !== path) yield* walk(folder, links);
  const stats = readStats(path);
  if (stats === undefined) return;
  yield { path, stats };
  if (stats.isSymbolicLink() && links > 0) yield* walk(resolve(findRealPath(folder), readlinkSync(path)), links - 1);
}

/** Of a link, its own; undefined for what does not exist, or cannot be seen. */
function readStats(path: string): Stats | undefined {
  try {
    return lstatSync(path);
  } catch {
    return undefined;
  }
}

/** Of settings, a token, certificates, a boot script: more than any of them has. */
const MAX_TEXT_BYTES = 4 * 1024 * 1024;
/** Of a Terraform state, or the events of many rolls. */
export const MAX_DATA_BYTES = 256 * 1024 * 1024;
/** A program behind a pipe (`<(vault read …)` in a shell) asks a server first. */
const LIMIT_MS = 10_000;
const PAUSE_MS = 10;
const CHUNK_BYTES = 64 * 1024;

/**
 * The text of a file, UTF-8. A pipe is read until its writers have closed it. Nothing else waits: not to open a pipe without
 * a writer, nor for a device.
 *
 * @throws an error with the code of the system, `EFBIG` above `maxBytes`, or `ETIMEDOUT` after `limitMs`
 */
export function readTextFile(path: string, { maxBytes = MAX_TEXT_BYTES, limitMs = LIMIT_MS } = {}): string {
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    return readToEnd(file, maxBytes, performance.now() + limitMs);
  } finally {
    closeSync(file);
  }
}

function readToEnd(file: number, maxBytes: number, endMs: number): string {
  const isPipe = fstatSync(file).isFIFO();
  const chunks: Buffer[] = [];
  let bytes = 0;
  for (;;) {
    const chunk = readAvailable(file);
    // Of a pipe, 0 bytes are the end only once a program has written: before that, none may have opened it yet.
    if (chunk?.length === 0 && !(isPipe && bytes === 0)) return Buffer.concat(chunks).toString('utf8');
    if (chunk !== undefined) chunks.push(chunk);
    bytes += chunk?.length ?? 0;
    if (bytes > maxBytes) throw fileError('EFBIG', `it is larger than ${maxBytes} bytes`);
    if (performance.now() > endMs) throw fileError('ETIMEDOUT', bytes === 0 ? NOTHING_WRITTEN : NOT_ENDED);
    if (!chunk?.length) pauseSync(PAUSE_MS);
  }
}

const NOTHING_WRITTEN = 'nothing was written to this pipe in time';
const NOT_ENDED = 'it did not end within the time limit';

/** What is there to read now; empty at the end, undefined where a writer has written nothing yet. */
function readAvailable(file: number): Buffer | undefined {
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  try {
    return chunk.subarray(0, readSync(file, chunk));
  } catch (thrown) {
    if (findErrorCode(thrown) !== 'EAGAIN') throw thrown;
    return undefined;
  }
}

function fileError(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}

/** Waits without letting anything else run. */
export function pauseSync(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
