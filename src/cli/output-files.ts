import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  accessSync,
  appendFileSync,
  constants,
  existsSync,
  fchmodSync,
  openSync,
  readFileSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import type { Socket } from 'node:net';
import { dirname, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { readOrRefuse, usageError } from '../lib/config/validation.js';
import { findErrorCode, messageOf } from '../lib/model/errors.js';
import type { EventSink } from '../lib/output/events/event-recorder.js';
import { formatNdjson } from '../lib/output/events/read.js';
import type { EventDocument } from '../lib/output/events/schema.js';
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
  assertWritable(path, '--events', 'append');
  if (existsSync(path) && !isFile(path)) return { take: openEventsPipe(path), end: async () => undefined };
  await assertAppendableEventsFile(path);
  return openAppender(path, limitMs);
}

/**
 * A process of its own writes: a file system that no longer answers holds up that process, not the roll. What this process
 * has handed over is written even if this one is killed.
 */
function openAppender(path: string, limitMs: number): EventOutput {
  const file = openSync(path, constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT, 0o600);
  keepPrivate(file);
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
    take: (document) => {
      if (failure !== undefined) throw new Error(failure);
      if (stdin.writableLength === 0) takenAtMs = performance.now();
      if (performance.now() - takenAtMs > limitMs) throw new Error(SILENT_FILE_SYSTEM);
      stdin.write(formatNdjson(document));
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

/** Of a file that belongs to another user, who let this one write it, the mode is not ours to change. */
function keepPrivate(file: number): void {
  try {
    fchmodSync(file, 0o600);
  } catch (thrown) {
    if (findErrorCode(thrown) !== 'EPERM') throw thrown;
  }
}

/** A pipe or a device. It is kept open, because a reader takes the end of one writer for the end; and nothing waits for it. */
function openEventsPipe(path: string): EventSink {
  let file: number;
  try {
    file = openSync(path, constants.O_WRONLY | constants.O_APPEND | constants.O_NONBLOCK);
  } catch (thrown) {
    throw usageError(
      `${path} cannot be written: ${findErrorCode(thrown) === 'ENXIO' ? 'no program reads it' : messageOf(thrown)}.`,
      'start the program that reads it first, or name another file with --events',
    );
  }
  return (document) => writePatiently(file, Buffer.from(formatNdjson(document)));
}

/** A reader may be slow; one that reads nothing for this long gets no more events. */
const MAX_PIPE_WAIT_MS = 1_000;
const PIPE_PAUSE_MS = 20;

function writePatiently(file: number, bytes: Buffer): void {
  let waitedMs = 0;
  for (let at = 0; at < bytes.length; ) {
    try {
      at += writeSync(file, bytes, at);
    } catch (thrown) {
      if (findErrorCode(thrown) !== 'EAGAIN') throw thrown;
      if (waitedMs >= MAX_PIPE_WAIT_MS) throw new Error('the program that reads it is too slow');
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PIPE_PAUSE_MS);
      waitedMs += PIPE_PAUSE_MS;
    }
  }
}

async function assertAppendableEventsFile(path: string): Promise<void> {
  if (!isFile(path)) return;
  const text = readFileSync(path, 'utf8');
  const [first = ''] = text.split('\n');
  const { parseEvent } = await import('../lib/output/events/read.js');
  const read = parseEvent(first);
  if (read.kind === 'mistake') {
    throw usageError(
      `${path} is not an events file: its first line ${read.what}.`,
      'name a new file, or an events file, with --events',
    );
  }
  // A run that was killed may have left an incomplete line.
  if (text !== '' && !text.endsWith('\n')) appendFileSync(path, '\n');
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
  const earlier = events !== undefined && isFile(events) ? [{ name: events, text: readFileSync(events, 'utf8') }] : [];
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
  assertWritable(path, flag, 'replace');
  const next = `name another file with ${flag}`;
  const start = readOrRefuse(() => readStart(path, MARK_WITHIN_BYTES), `The file for ${flag} cannot be read`, next);
  if (start === '' || own.isOwn(start)) return;
  throw usageError(`${path} exists, and is not ${own.what} of consul-roll: it is not overwritten.`, next);
}

/** A new file takes the place of the old one as a whole, so that no link is written through, and others cannot read it. */
const REPLACE = 'umask 077; set -C; cat > "$2" && mv -f "$2" "$1" && exit; rm -f "$2"; exit 1';

/**
 * Replaces a file by one that only its owner can read. Into a pipe or a device, the text is written.
 *
 * @throws an error with the reason, also when the file system does not answer in time
 */
export async function replaceFile(path: string, text: string, limitMs = FILE_LIMIT_MS): Promise<void> {
  const silent = await findSilence(path, limitMs);
  if (silent !== undefined) throw new Error(silent);
  if (existsSync(path) && !isFile(path)) {
    writeFileSync(path, text);
    return;
  }
  const partial = `${path}.${randomBytes(8).toString('hex')}.partial`;
  const refused = await runShell(REPLACE, [path, partial], limitMs, text);
  if (refused !== undefined) throw new Error(refused);
}

function assertWritable(path: string, flag: string, how: 'append' | 'replace'): void {
  const folder = dirname(path);
  const next = `name a writable file with ${flag}`;
  if (!isDirectory(folder)) throw usageError(`The directory ${folder} for ${flag} does not exist.`, next);
  if (isDirectory(path)) throw usageError(`${path} is a directory.`, next);
  const keepsFile = existsSync(path) && (how === 'append' || !isFile(path));
  try {
    accessSync(keepsFile ? path : folder, constants.W_OK);
  } catch (thrown) {
    throw usageError(`The file for ${flag} cannot be written: ${messageOf(thrown)}.`, next);
  }
}
