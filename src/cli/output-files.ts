import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  fchmodSync,
  fstatSync,
  lstatSync,
  openSync,
  readSync,
  type Stats,
  statSync,
  writeSync,
} from 'node:fs';
import type { Socket } from 'node:net';
import { dirname, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { MAX_DATA_BYTES, pauseSync, readTextFile } from '../lib/config/file-access.js';
import { readOrRefuse, usageError } from '../lib/config/validation.js';
import { findErrorCode, messageOf, RollError } from '../lib/model/errors.js';
import { formatNdjson } from '../lib/model/printable.js';
import type { EventSink } from '../lib/output/events/event-recorder.js';
import type { EventDocument } from '../lib/output/events/schema.js';
import type { EventFile } from '../lib/output/report/runs.js';
import { assertAnswers, FILE_LIMIT_MS, readStart } from './files.js';
import { findSilence, runShell, SILENT_FILE_SYSTEM } from './shell.js';
import { isDirectory, isFile } from './system.js';

/** Takes the events of a run as documents. */
export interface EventOutput {
  readonly take: EventSink;
  /** After the last event: resolves when all are written. */
  readonly end: () => Promise<void>;
}

/**
 * Appends every event to a file, one line each, that only its owner can read.
 *
 * @throws RollError `bad-usage` if the file cannot be written, or its first line is not an event
 */
export async function openEventsFile(path: string, limitMs = FILE_LIMIT_MS): Promise<EventOutput> {
  await assertAnswers(path, '--events', limitMs);
  if (findInherited(path) !== undefined) return { take: openEventsPipe(path), end: async () => undefined };
  assertWritable(path, '--events', 'append');
  const kind = lstatSync(path, { throwIfNoEntry: false });
  if (kind !== undefined && !kind.isFile() && !kind.isSymbolicLink())
    return { take: openEventsPipe(path), end: async () => undefined };
  const file = openOwnFile(path, '--events');
  await assertEventsFile(file, path);
  const { write, end } = openAppender(file, limitMs);
  return { take: (document) => write(formatNdjson(document)), end };
}

const { O_RDWR, O_WRONLY, O_APPEND, O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK } = constants;
const OTHER_EVENTS_FILE = 'name a new file with --events';

/** Takes text that is appended to a file. */
interface TextOutput {
  readonly write: (text: string) => void;
  readonly end: () => Promise<void>;
}

/**
 * Opens a log that only its owner can read, and appends to it.
 *
 * @throws RollError `bad-usage` if it cannot be written, or is a link or a file of another user
 */
export async function openLogFile(path: string, limitMs = FILE_LIMIT_MS): Promise<TextOutput> {
  await assertAnswers(path, '--log-file', limitMs);
  assertWritable(path, '--log-file', 'append');
  return openAppender(openOwnFile(path, '--log-file'), limitMs);
}

/**
 * Checks that a run could append to this file, without making or changing it.
 *
 * @throws RollError `bad-usage`
 */
export async function assertAppendable(path: string, flag: '--events' | '--log-file'): Promise<void> {
  await assertAnswers(path, flag);
  const isEvents = flag === '--events';
  if (isEvents && findInherited(path) !== undefined) return;
  assertWritable(path, flag, 'append');
  const kind = lstatSync(path, { throwIfNoEntry: false });
  const next = `name a new file with ${flag}`;
  if (kind === undefined || (isEvents && !kind.isFile() && !kind.isSymbolicLink())) return;
  if (kind.isSymbolicLink()) throw usageError(`${path} is a link, which is not followed.`, next);
  const why = findForeign(kind);
  if (why !== undefined) throw usageError(`${path} ${why}: nothing is written to it.`, next);
  if (isEvents) await assertFirstEvent(readStart(path, MAX_LINE_BYTES), path);
}

/**
 * Opens the file once: what another user puts in its place later gets nothing. One that is there must be this user's, and no
 * link to another file of this user.
 */
function openOwnFile(path: string, flag: string): number {
  const refuse = (message: string) => usageError(message, `name a new file with ${flag}`);
  const open = (flags: number) => openSync(path, O_RDWR | O_APPEND | O_NOFOLLOW | O_NONBLOCK | flags, 0o600);
  try {
    return open(O_CREAT | O_EXCL);
  } catch (thrown) {
    if (findErrorCode(thrown) !== 'EEXIST') throw refuse(`${path} cannot be written: ${messageOf(thrown)}.`);
  }
  try {
    return keepPrivate(open(0), path, refuse);
  } catch (thrown) {
    if (findErrorCode(thrown) === 'ELOOP') throw refuse(`${path} is a link, which is not followed.`);
    throw thrown instanceof RollError ? thrown : refuse(`${path} cannot be written: ${messageOf(thrown)}.`);
  }
}

function keepPrivate(file: number, path: string, refuse: (message: string) => RollError): number {
  const why = findForeign(fstatSync(file));
  if (why === undefined) {
    fchmodSync(file, 0o600);
    return file;
  }
  closeSync(file);
  throw refuse(`${path} ${why}: nothing is written to it.`);
}

function findForeign(stats: Stats): string | undefined {
  if (!stats.isFile()) return 'is not a file';
  if (isOfAnother(stats.uid)) return 'belongs to another user';
  return stats.nlink > 1 ? 'has a second name (a hard link)' : undefined;
}

/** False where the system has no users. */
function isOfAnother(uid: number): boolean {
  return process.getuid !== undefined && process.getuid() !== uid;
}

/** What this process was started with, by its name: `>(…)` of a shell is /dev/fd/63. What is behind it is the operator's. */
function findInherited(path: string): number | undefined {
  const [, name = '', number] = /^\/(?:dev|proc\/self)\/(stdout|stderr|fd\/(\d+))$/.exec(resolve(path)) ?? [];
  return name === '' ? undefined : Number(number ?? (name === 'stdout' ? 1 : 2));
}

/**
 * A process of its own writes: a file system that no longer answers holds up that process, not the roll. What this process
 * has handed over is written even if this one is killed.
 */
function openAppender(file: number, limitMs: number): TextOutput {
  const { PATH } = process.env;
  const writer = spawn('cat', { stdio: ['pipe', file, 'pipe'], detached: true, env: { PATH, LC_ALL: 'C' } });
  const { stdin, stderr } = writer;
  if (stdin === null || stderr === null) throw new Error('a pipe has two ends');
  let said = '';
  let failure: string | undefined;
  stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  // Why it takes no more, it says itself.
  stdin.on('error', () => undefined);
  const ended = new Promise<undefined>((done) => {
    const fail = (why: string) => {
      failure = why;
      done(undefined);
    };
    writer.once('error', ({ message }) => fail(message));
    writer.once('close', (code) =>
      code === 0 ? done(undefined) : fail(said.trim() || 'the process that writes it was ended'),
    );
  });
  // It ends with its input; this process does not wait for it unless `end` does.
  for (const held of [writer, stdin as Socket, stderr as Socket]) held.unref();
  let takenAtMs = performance.now();
  return {
    write: (text) => {
      if (failure !== undefined) throw new Error(failure);
      if (stdin.writableLength === 0) takenAtMs = performance.now();
      if (performance.now() - takenAtMs > limitMs) throw new Error(SILENT_FILE_SYSTEM);
      stdin.write(text);
    },
    end: async () => {
      stdin.end();
      const over = new AbortController();
      const late = delay(limitMs, SILENT_FILE_SYSTEM, { signal: over.signal }).catch(() => undefined);
      const why = (await Promise.race([ended, late])) ?? failure;
      over.abort();
      stdin.destroy();
      if (why !== undefined) throw new Error(why);
    },
  };
}

/** It is kept open, because a reader takes the end of one writer for the end; and nothing waits for it. */
function openEventsPipe(path: string): EventSink {
  const file = openPipe(path, '--events');
  return (document) => writePatiently(file, Buffer.from(formatNdjson(document)), MAX_PIPE_WAIT_MS);
}

/**
 * Opens a pipe or a device to write to.
 *
 * @throws RollError `bad-usage` for a pipe without a reader, or of another user
 */
function openPipe(path: string, flag: string): number {
  const next = `start the program that reads it first, or name another file with ${flag}`;
  const inherited = findInherited(path);
  let file: number;
  try {
    // Opened again, a file would be written from its start by one and the other. A pipe is, so that it does not block.
    if (inherited !== undefined && fstatSync(inherited).isFile()) return inherited;
    file = openSync(path, O_WRONLY | O_APPEND | O_NONBLOCK | (inherited === undefined ? O_NOFOLLOW : 0));
  } catch (thrown) {
    const why = findErrorCode(thrown) === 'ENXIO' ? 'no program reads it' : messageOf(thrown);
    throw usageError(`${path} cannot be written: ${why}.`, next);
  }
  const stats = fstatSync(file);
  const isTheirs = stats.isFIFO() && isOfAnother(stats.uid);
  if (inherited !== undefined || stats.isCharacterDevice() || (stats.isFIFO() && !isTheirs)) return file;
  closeSync(file);
  const why = isTheirs ? 'belongs to another user' : 'is neither a file nor a pipe';
  throw usageError(`${path} ${why}.`, `name another file with ${flag}`);
}

function closePipe(file: number, path: string): void {
  if (file !== findInherited(path)) closeSync(file);
}

/** A reader may be slow; one that reads nothing for this long gets no more events. */
const MAX_PIPE_WAIT_MS = 1_000;
const PIPE_PAUSE_MS = 20;

function writePatiently(file: number, bytes: Buffer, maxWaitMs: number): void {
  let waitedMs = 0;
  for (let at = 0; at < bytes.length; ) {
    try {
      at += writeSync(file, bytes, at);
    } catch (thrown) {
      if (findErrorCode(thrown) !== 'EAGAIN') throw thrown;
      if (waitedMs >= maxWaitMs) throw new Error('the program that reads it is too slow');
      pauseSync(PIPE_PAUSE_MS);
      waitedMs += PIPE_PAUSE_MS;
    }
  }
}

/** Longer than any event. */
const MAX_LINE_BYTES = 1024 * 1024;

async function assertEventsFile(file: number, path: string): Promise<void> {
  const { size } = fstatSync(file);
  try {
    await assertFirstEvent(readBytes(file, 0, Math.min(size, MAX_LINE_BYTES)), path);
  } catch (thrown) {
    closeSync(file);
    throw thrown;
  }
  // A run that was killed may have left an incomplete line.
  if (size > 0 && readBytes(file, size - 1, 1) !== '\n') writeSync(file, '\n');
}

async function assertFirstEvent(start: string, path: string): Promise<void> {
  const [first = ''] = start.split('\n');
  const { parseEvent } = await import('../lib/output/events/read.js');
  const read = parseEvent(first);
  if (read.kind !== 'mistake') return;
  throw usageError(
    `${path} is not an events file: its first line ${read.what}.`,
    'name a new file, or an events file, with --events',
  );
}

function readBytes(file: number, at: number, length: number): string {
  const bytes = Buffer.alloc(length);
  return bytes.toString('utf8', 0, readSync(file, bytes, 0, length, at));
}

/**
 * Keeps the events of a run and writes the report when the run ends, in success or failure. A process that is killed
 * (also by a third Ctrl-C) writes no report. With an events file, the report includes the earlier runs in it.
 *
 * @param events the events file of the same run
 * @param warn prints a message to the operator
 * @throws RollError `bad-usage` if the file cannot be written
 */
export async function openReportFile(
  path: string,
  events: string | undefined,
  warn: (text: string) => void,
): Promise<EventOutput> {
  await assertReportFile(path, '--report');
  if (events !== undefined && resolve(events) === resolve(path)) {
    throw usageError(`--events and --report both name ${path}.`, 'name two different files');
  }
  // Now, while its file system answers.
  const earlier = events === undefined ? [] : readEarlierEvents(events);
  const { buildRenderedReport } = await import('../lib/output/report/page.js');
  const documents: EventDocument[] = [];
  return {
    take: (document) => void documents.push(document),
    end: async () => {
      const last = documents.at(-1);
      if (last?.kind !== 'ended') return;
      try {
        await replaceFile(path, buildRenderedReport(earlier, documents, last.rollId ?? undefined).page);
      } catch (thrown) {
        warn(`${path} was not written: ${messageOf(thrown)}`);
      }
    },
  };
}

function readEarlierEvents(path: string): readonly EventFile[] {
  if (findInherited(path) !== undefined || !isFile(path)) return [];
  const read = () => readTextFile(path, { maxBytes: MAX_DATA_BYTES });
  return [{ name: path, text: readOrRefuse(read, `${path} cannot be read for the report`, OTHER_EVENTS_FILE) }];
}

/**
 * Checks that a report can be written to this file later, without changing it now.
 *
 * @param flag the flag that names it, for the error
 * @throws RollError `bad-usage`, also for a file that is not a report
 */
export async function assertReportFile(path: string, flag: string): Promise<void> {
  const { REPORT_MARK } = await import('../lib/output/report/page.js');
  await assertReplaceable(path, flag, { what: 'a report', isOwn: (start) => start.includes(REPORT_MARK) });
}

const MARK_WITHIN_BYTES = 1_024;

/**
 * Checks that a file can be replaced later, without changing it now.
 *
 * @param flag the flag that names it, for the error
 * @param own how the start of a file looks that consul-roll wrote; another one is refused
 * @throws RollError `bad-usage`
 */
export async function assertReplaceable(
  path: string,
  flag: string,
  own: { readonly what: string; readonly isOwn: (start: string) => boolean },
  limitMs = FILE_LIMIT_MS,
): Promise<void> {
  await assertAnswers(path, flag, limitMs);
  if (!isReplaced(path)) return closePipe(openPipe(path, flag), path);
  assertWritable(path, flag, 'replace');
  const next = `name another file with ${flag}`;
  const start = readOrRefuse(() => readStart(path, MARK_WITHIN_BYTES), `${path} cannot be read for ${flag}`, next);
  if (start === '' || own.isOwn(start)) return;
  throw usageError(`${path} exists, and is not ${own.what} of consul-roll: it is not overwritten.`, next);
}

/** A new file takes the place of the old one as a whole, so that no link is written through, and others cannot read it. */
const REPLACE = 'umask 077; set -C; cat > "$2" && mv -f "$2" "$1" && exit; rm -f "$2"; exit 1';

/**
 * False for what is written to as it is: an inherited descriptor, or a device. A pipe by its name is refused: its reader may be
 * gone when a roll ends.
 */
function isReplaced(path: string): boolean {
  return findInherited(path) === undefined && statSync(path, { throwIfNoEntry: false })?.isCharacterDevice() !== true;
}

/** How long a program behind a pipe may take to read a report. */
const MAX_REPORT_WAIT_MS = 10_000;

/**
 * Replaces a file by one that only its owner can read. Into an inherited descriptor or a device, the text is written.
 *
 * @throws an error with the reason, also when the file system or a reader does not answer in time
 */
export async function replaceFile(path: string, text: string, limitMs = FILE_LIMIT_MS): Promise<void> {
  const silent = await findSilence(path, limitMs);
  if (silent !== undefined) throw new Error(silent);
  if (!isReplaced(path)) {
    const file = openPipe(path, 'the same flag');
    writePatiently(file, Buffer.from(text), MAX_REPORT_WAIT_MS);
    return closePipe(file, path);
  }
  const kind = lstatSync(path, { throwIfNoEntry: false });
  if (kind !== undefined && !kind.isFile() && !kind.isSymbolicLink()) throw new Error('it is not a file');
  const partial = `${path}.${randomBytes(8).toString('hex')}.partial`;
  const refused = await runShell(REPLACE, [path, partial], limitMs, text);
  if (refused !== undefined) throw new Error(refused);
}

function assertWritable(path: string, flag: string, how: 'append' | 'replace'): void {
  const folder = dirname(path);
  const next = `name a writable file with ${flag}`;
  if (!isDirectory(folder)) throw usageError(`The directory ${folder} for ${flag} does not exist.`, next);
  if (isDirectory(path)) throw usageError(`${path} is a directory.`, next);
  const keepsFile = how === 'append' && existsSync(path);
  if (how === 'replace' && existsSync(path) && !isFile(path))
    throw usageError(`${path} for ${flag} is a pipe, a socket or a disk, not a file.`, next);
  try {
    accessSync(keepsFile ? path : folder, constants.W_OK);
  } catch (thrown) {
    throw usageError(`The file for ${flag} cannot be written: ${messageOf(thrown)}.`, next);
  }
}
