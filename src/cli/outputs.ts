import { randomUUID } from 'node:crypto';
import {
  accessSync,
  appendFileSync,
  constants,
  existsSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { ResolvedSettings } from '../lib/config/resolve-settings.js';
import { readSecret, readSecretUrl } from '../lib/config/secrets.js';
import { usageError } from '../lib/config/validation.js';
import { findErrorCode, messageOf } from '../lib/model/errors.js';
import { toOutputLine } from '../lib/model/printable.js';
import type { OUTPUT_FORMATS } from '../lib/model/setting.js';
import { createView, detectViewKind, supportsColour, type ViewKind } from '../lib/output/create-view.js';
import type { EventSink } from '../lib/output/events/event-recorder.js';
import { formatNdjson } from '../lib/output/events/read.js';
import type { EventDocument } from '../lib/output/events/schema.js';
import { formatAnnotation } from '../lib/output/github/github-view.js';
import { type ActionOutputs, buildOutputs, formatOutputFile } from '../lib/output/github/outputs.js';
import { formatJobSummary } from '../lib/output/github/summary.js';
import { buildTargets, Notifier } from '../lib/output/notify.js';
import type { Screen, View } from '../lib/output/view.js';
import { createDecisionTrace, isDebugging } from './debug.js';
import { assertAnswers, readStart } from './files.js';
import { isDirectory, isFile, systemClock } from './system.js';

/** What the events do not contain. */
type ViewOptions = Pick<Screen, 'watching' | 'conditions'>;

/** The output flags of a command. */
export interface OutputFlags {
  readonly output: (typeof OUTPUT_FORMATS)[number];
  readonly events?: string | undefined;
  readonly report?: string | undefined;
  readonly json: boolean;
}

/**
 * Opens the sinks that take the events of a run as documents: standard output, a file, the report, GitHub Actions.
 * With `--json`, standard output holds the result document only.
 *
 * @param warn prints a message to the operator
 * @throws RollError `bad-usage`
 */
export async function createEventSinks(
  { output, events, report, json }: OutputFlags,
  warn: (text: string) => void,
): Promise<readonly EventSink[]> {
  const { stdout, stderr, env } = process;
  const sinks = new Map<string, EventSink>();
  if (output === 'ndjson' && !json) {
    sinks.set('standard output', (document) => void stdout.write(formatNdjson(document)));
  }
  if (events !== undefined) sinks.set(events, await openEventsFile(events));
  if (report !== undefined) sinks.set(report, await createReportFileSink(report, events, warn));
  if (isGithubActions(env))
    sinks.set(
      'GitHub',
      createGithubSink(env, (line) => void stderr.write(line)),
    );
  return [...sinks].map(([name, sink]) => catchSinkErrors(name, sink, warn));
}

/** A sink that fails must not stop the roll: it gets no more events, and a warning is printed once. */
function catchSinkErrors(name: string, sink: EventSink, warn: (text: string) => void): EventSink {
  let broken = false;
  return (document) => {
    if (broken) return;
    try {
      sink(document);
    } catch (thrown) {
      broken = true;
      warn(`Events are no longer written to ${name}: ${messageOf(thrown)}`);
    }
  };
}

/** Whether to print the plan and the progress as text. */
export function isHumanOutput({ output }: Pick<OutputFlags, 'output'>): boolean {
  return output === 'auto' || output === 'plain';
}

/** The view of a roll, on standard error. */
export async function createOutputView(
  flags: OutputFlags,
  now: () => number,
  options: ViewOptions = {},
): Promise<View> {
  const { stderr: stream, env } = process;
  const screen = { stream, colour: supportsColour(stream, env), now, ...options };
  const view = await createView(chooseViewKind(flags), screen);
  return isDebugging() ? combineViews(createDecisionTrace(), view) : view;
}

function chooseViewKind({ output, json }: OutputFlags): ViewKind {
  if (output === 'quiet' || (output === 'ndjson' && !json)) return 'silent';
  if (output === 'auto' && isGithubActions(process.env)) return 'github';
  return output === 'plain' || json || isDebugging() ? 'plain' : detectViewKind(process.stderr, process.env);
}

/** Passes every event to several views. */
export function combineViews(...views: readonly View[]): View {
  return {
    handle: (event) => {
      for (const view of views) view.handle(event);
    },
    end: async (result) => {
      for (const view of views) await view.end(result);
    },
  };
}

/** True in a step of GitHub Actions. */
function isGithubActions(env: NodeJS.ProcessEnv): boolean {
  return env.GITHUB_ACTIONS === 'true';
}

/**
 * Writes annotations during a run; at its end the summary of the job and the outputs of the step. If a file cannot be
 * written, a warning is printed and the roll continues.
 *
 * @param write writes to a stream that the GitHub runner reads
 */
function createGithubSink(env: NodeJS.ProcessEnv, write: (line: string) => void): EventSink {
  const kept: EventDocument[] = [];
  const written = new Set<string>();
  return (document) => {
    const annotation = formatAnnotation(document);
    if (annotation !== undefined && !written.has(annotation)) write(annotation);
    if (annotation !== undefined) written.add(annotation);
    if (document.kind !== 'observed') kept.push(document);
    if (document.kind !== 'ended') return;
    const append = (path: string | undefined, text: string) => appendToFile(path, text, write);
    append(env.GITHUB_STEP_SUMMARY, formatJobSummary(kept, document));
    writeOutputs(env, buildOutputs(kept, document), write);
  };
}

/** Sets the outputs of a GitHub Actions step; does nothing elsewhere. */
export function writeOutputs(env: NodeJS.ProcessEnv, outputs: ActionOutputs, write: (line: string) => void): void {
  if (!isGithubActions(env)) return;
  appendToFile(env.GITHUB_OUTPUT, formatOutputFile(outputs, `consul-roll-${randomUUID()}`), write);
}

function appendToFile(path: string | undefined, text: string, write: (line: string) => void): void {
  if (path === undefined || path === '') return;
  try {
    appendFileSync(path, text);
  } catch (thrown) {
    write(`${toOutputLine(`${path} was not written: ${messageOf(thrown)}`)}\n`);
  }
}

/**
 * Appends every event to a file, one line each; only its owner can read a new one.
 *
 * @throws RollError `bad-usage` if the file cannot be written, or its first line is not an event
 */
async function openEventsFile(path: string): Promise<EventSink> {
  await assertAnswers(path, '--events');
  assertWritable(path, '--events');
  if (existsSync(path) && !isFile(path)) return openEventsPipe(path);
  await assertAppendableEventsFile(path);
  return (document) => appendFileSync(path, formatNdjson(document), { mode: 0o600 });
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
export async function createReportFileSink(
  path: string,
  events: string | undefined,
  warn: (text: string) => void,
): Promise<EventSink> {
  await assertReportFile(path, '--report');
  if (events !== undefined && resolve(events) === resolve(path)) {
    throw usageError(`--events and --report both name ${path}.`, 'name two different files');
  }
  const { buildRenderedReport } = await import('../lib/output/report/page.js');
  const documents: EventDocument[] = [];
  return (document) => {
    documents.push(document);
    if (document.kind !== 'ended') return;
    try {
      const earlier = readEarlierEvents(events);
      writeReport(path, buildRenderedReport(earlier, documents, document.rollId ?? undefined).page);
    } catch (thrown) {
      warn(`${path} was not written: ${messageOf(thrown)}`);
    }
  };
}

/**
 * Checks that a report can be written to this file later, without changing it now.
 *
 * @param flag the flag that names it, for the error
 * @throws RollError `bad-usage`, also for a file that is not a report
 */
export async function assertReportFile(path: string, flag: string): Promise<void> {
  await assertAnswers(path, flag);
  assertWritable(path, flag);
  const start = readStart(path, MARK_WITHIN_BYTES);
  const { REPORT_MARK } = await import('../lib/output/report/page.js');
  if (start === '' || start.includes(REPORT_MARK)) return;
  throw usageError(
    `${path} exists, and is not a report of consul-roll: it is not overwritten.`,
    `name another file with ${flag}`,
  );
}

const MARK_WITHIN_BYTES = 1_024;

/** Only its owner can read a report: it names servers and addresses. One that is there is replaced as a whole. */
export function writeReport(path: string, page: string): void {
  if (existsSync(path) && !isFile(path)) {
    writeFileSync(path, page);
    return;
  }
  const partial = `${path}.${process.pid}.partial`;
  try {
    writeFileSync(partial, page, { flag: 'wx', mode: 0o600 });
    renameSync(partial, path);
  } finally {
    rmSync(partial, { force: true });
  }
}

function assertWritable(path: string, flag: string): void {
  const folder = dirname(path);
  const next = `name a writable file with ${flag}`;
  if (!isDirectory(folder)) throw usageError(`The directory ${folder} for ${flag} does not exist.`, next);
  if (isDirectory(path)) throw usageError(`${path} is a directory.`, next);
  try {
    accessSync(existsSync(path) ? path : folder, constants.W_OK);
  } catch (thrown) {
    throw usageError(`The file for ${flag} cannot be written: ${messageOf(thrown)}.`, next);
  }
}

function readEarlierEvents(events: string | undefined) {
  if (events === undefined || !isFile(events)) return [];
  return [{ name: events, text: readFileSync(events, 'utf8') }];
}

/**
 * Sends the notifications of a roll to Slack and to a webhook, if they are set.
 *
 * @param warn is called with what could not be delivered
 * @throws RollError `bad-usage` for an invalid URL or an unreadable file
 */
export function createNotifier(settings: ResolvedSettings, warn: (message: string) => void): Notifier {
  const { env } = process;
  const readText = (path: string) => readFileSync(path, 'utf8');
  const targets = buildTargets({
    slackUrl: readSecretUrl('slack-webhook-url', settings, env, readText),
    webhookUrl: readSecretUrl('webhook-url', settings, env, readText),
    webhookSecret: readSecret('webhook-secret', settings, env, readText),
  });
  return new Notifier(targets, systemClock, warn);
}
