import { randomUUID } from 'node:crypto';
import {
  accessSync,
  appendFileSync,
  constants,
  existsSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { ResolvedSettings } from '../lib/config/resolve-settings.js';
import { readSecret, readSecretUrl } from '../lib/config/secrets.js';
import { usageError } from '../lib/config/validation.js';
import { messageOf } from '../lib/model/errors.js';
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
import { decisionTrace, isDebugging } from './debug.js';
import { systemClock } from './system.js';

/** What no event tells. */
type ViewOptions = Pick<Screen, 'watching' | 'conditions'>;

/** What somebody wants to be told of a roll, and where. */
export interface OutputFlags {
  readonly output: (typeof OUTPUT_FORMATS)[number];
  readonly events?: string | undefined;
  readonly report?: string | undefined;
  readonly json: boolean;
}

/**
 * Everybody who takes the events of a run as documents: standard output, a file, the report, GitHub Actions.
 *
 * With `--json`, standard output is the result document alone.
 *
 * @param tell says something to the person
 * @throws RollError `bad-usage`
 */
export async function createEventSinks(
  { output, events, report, json }: OutputFlags,
  tell: (text: string) => void,
): Promise<readonly EventSink[]> {
  const { stdout, stderr, env } = process;
  const readers = new Map<string, EventSink>();
  if (output === 'ndjson' && !json) {
    readers.set('standard output', (document) => void stdout.write(formatNdjson(document)));
  }
  if (events !== undefined) readers.set(events, await openEventsFile(events));
  if (report !== undefined) readers.set(report, await createReportFileSink(report, events, tell));
  if (isGithubActions(env))
    readers.set(
      'GitHub',
      createGithubSink(env, (line) => void stderr.write(line)),
    );
  return [...readers].map(([name, reader]) => catchSinkErrors(name, reader, tell));
}

/** What is told must not stop what it tells of: who cannot take it goes without the rest, and that is said, once. */
function catchSinkErrors(name: string, reader: EventSink, tell: (text: string) => void): EventSink {
  let broken = false;
  return (document) => {
    if (broken) return;
    try {
      reader(document);
    } catch (thrown) {
      broken = true;
      tell(`${name} is told no more of this: ${messageOf(thrown)}`);
    }
  };
}

/** Whether a person is to see the plan and the progress. */
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
  return isDebugging() ? combineViews(decisionTrace, view) : view;
}

function chooseViewKind({ output, json }: OutputFlags): ViewKind {
  if (output === 'quiet' || (output === 'ndjson' && !json)) return 'silent';
  if (output === 'auto' && isGithubActions(process.env)) return 'github';
  return output === 'plain' || json || isDebugging() ? 'plain' : detectViewKind(process.stderr, process.env);
}

/** What several views show, each its own way. */
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

/** Whether this is a step of GitHub Actions. */
export function isGithubActions(env: NodeJS.ProcessEnv): boolean {
  return env.GITHUB_ACTIONS === 'true';
}

/**
 * Tells GitHub Actions of a run: annotations as it goes; at its end the summary of the job and the outputs of the step.
 * That a file cannot be written is said, and is no reason to stop a roll.
 *
 * @param write to a stream that the runner reads
 */
export function createGithubSink(env: NodeJS.ProcessEnv, write: (line: string) => void): EventSink {
  const kept: EventDocument[] = [];
  const said = new Set<string>();
  return (document) => {
    const annotation = formatAnnotation(document);
    if (annotation !== undefined && !said.has(annotation)) write(annotation);
    if (annotation !== undefined) said.add(annotation);
    if (document.kind !== 'observed') kept.push(document);
    if (document.kind !== 'ended') return;
    const append = (path: string | undefined, text: string) => appendToFile(path, text, write);
    append(env.GITHUB_STEP_SUMMARY, formatJobSummary(kept, document));
    writeOutputs(env, buildOutputs(kept, document), write);
  };
}

/** Hands outputs of a step on to those after it; nothing where this is no step of GitHub Actions. */
export function writeOutputs(
  env: NodeJS.ProcessEnv,
  outputs: ActionOutputs,
  write: (line: string) => void,
): void {
  if (!isGithubActions(env)) return;
  appendToFile(env.GITHUB_OUTPUT, formatOutputFile(outputs, `consul-roll-${randomUUID()}`), write);
}

function appendToFile(path: string | undefined, text: string, write: (line: string) => void): void {
  if (path === undefined || path === '') return;
  try {
    appendFileSync(path, text);
  } catch (thrown) {
    write(`${path} was not written: ${messageOf(thrown)}\n`);
  }
}

/**
 * Appends every event to a file, one line each.
 *
 * @throws RollError `bad-usage` where the file cannot be, or holds something else
 */
export async function openEventsFile(path: string): Promise<EventSink> {
  await assertAppendableEventsFile(path);
  return (document) => appendFileSync(path, formatNdjson(document));
}

async function assertAppendableEventsFile(path: string): Promise<void> {
  const folder = dirname(path);
  if (!existsSync(folder) || !statSync(folder).isDirectory()) {
    throw usageError(`There is no folder ${folder} for the events.`, 'name a file in a folder that is there');
  }
  if (!existsSync(path)) return;
  if (statSync(path).isDirectory()) throw usageError(`${path} is a folder.`, 'name a file with --events');
  // A pipe or a device has nothing to read first.
  if (!statSync(path).isFile()) return;
  const text = readFileSync(path, 'utf8');
  const [first = ''] = text.split('\n');
  const { parseEvent } = await import('../lib/output/events/read.js');
  const read = parseEvent(first);
  if (read.kind === 'mistake') {
    throw usageError(
      `${path} is no events file: its first line ${read.what}.`,
      'name another file with --events, or none that is there',
    );
  }
  // A run that was killed may have left half a line.
  if (text !== '' && !text.endsWith('\n')) appendFileSync(path, '\n');
}

/**
 * Keeps the events of a run and writes the report of its roll once it has ended, well or not; a process that is
 * killed, by a third Ctrl-C too, writes none. Where there is an events file too, the runs before this one are in the
 * report as well.
 *
 * @param events the events file of the same run
 * @param tell says something to the person
 * @throws RollError `bad-usage` where no file can be there
 */
export async function createReportFileSink(
  path: string,
  events: string | undefined,
  tell: (text: string) => void,
): Promise<EventSink> {
  assertWritable(path, '--report');
  if (events !== undefined && resolve(events) === resolve(path)) {
    throw usageError(`--events and --report both name ${path}.`, 'give each a file of its own');
  }
  const { buildRenderedReport: reportOf } = await import('../lib/output/report/page.js');
  const own: EventDocument[] = [];
  return (document) => {
    own.push(document);
    if (document.kind !== 'ended') return;
    try {
      const report = reportOf(readEarlierEvents(events), own, document.rollId ?? undefined);
      writeFileSync(path, report.page);
    } catch (thrown) {
      tell(`${path} was not written: ${messageOf(thrown)}`);
    }
  };
}

/**
 * Makes sure that a file can be written later, without touching it now.
 *
 * @param flag that names it, for the sentence
 * @throws RollError `bad-usage`
 */
export function assertWritable(path: string, flag: string): void {
  const folder = dirname(path);
  const next = `name a file that can be written with ${flag}`;
  if (!existsSync(folder) || !statSync(folder).isDirectory()) {
    throw usageError(`There is no folder ${folder} for the report.`, next);
  }
  const there = existsSync(path);
  if (there && statSync(path).isDirectory()) throw usageError(`${path} is a folder.`, next);
  try {
    accessSync(there ? path : folder, constants.W_OK);
  } catch (thrown) {
    throw usageError(`The report cannot be written to ${path}: ${messageOf(thrown)}.`, next);
  }
}

function readEarlierEvents(events: string | undefined) {
  if (events === undefined || !existsSync(events) || !statSync(events).isFile()) return [];
  return [{ name: events, text: readFileSync(events, 'utf8') }];
}

/**
 * Who brings notices of a roll to where the operator wants them.
 *
 * @param warn is told what could not be delivered
 * @throws RollError `bad-usage` for an address that is none, or a file that cannot be read
 */
export function createNotifier(chosen: ResolvedSettings, warn: (message: string) => void): Notifier {
  const { env } = process;
  const readText = (path: string) => readFileSync(path, 'utf8');
  const targets = buildTargets({
    slackUrl: readSecretUrl('slack-webhook-url', chosen, env, readText),
    webhookUrl: readSecretUrl('webhook-url', chosen, env, readText),
    webhookSecret: readSecret('webhook-secret', chosen, env, readText),
  });
  return new Notifier(targets, systemClock, warn);
}
