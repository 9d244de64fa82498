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
import type { Chosen } from '../lib/config/resolve-settings.js';
import { secretOf, secretUrlOf } from '../lib/config/secrets.js';
import { usageError } from '../lib/config/validation.js';
import { messageOf } from '../lib/model/errors.js';
import type { OUTPUTS } from '../lib/model/setting.js';
import { createView, type ViewKind, viewKindFor, wantsColour } from '../lib/output/create-view.js';
import type { Reader } from '../lib/output/events/event-recorder.js';
import { ndjsonLine } from '../lib/output/events/read.js';
import type { EventDocument } from '../lib/output/events/schema.js';
import { annotationOf } from '../lib/output/github/github-view.js';
import { type Outputs, outputFile, outputsOf } from '../lib/output/github/outputs.js';
import { summaryOf } from '../lib/output/github/summary.js';
import { Courier, targetsOf } from '../lib/output/notify.js';
import type { Screen, View } from '../lib/output/view.js';
import { systemClock } from './system.js';

/** What no event tells. */
type Outlook = Pick<Screen, 'watching' | 'conditions'>;

/** What somebody wants to be told of a roll, and where. */
export interface OutputFlags {
  readonly output: (typeof OUTPUTS)[number];
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
export async function readersFor(
  { output, events, report, json }: OutputFlags,
  tell: (text: string) => void,
): Promise<readonly Reader[]> {
  const { stdout, stderr, env } = process;
  const readers = new Map<string, Reader>();
  if (output === 'ndjson' && !json) {
    readers.set('standard output', (document) => void stdout.write(ndjsonLine(document)));
  }
  if (events !== undefined) readers.set(events, await eventsFile(events));
  if (report !== undefined) readers.set(report, await reportFile(report, events, tell));
  if (isGithub(env))
    readers.set(
      'GitHub',
      githubReader(env, (line) => void stderr.write(line)),
    );
  return [...readers].map(([name, reader]) => guarded(name, reader, tell));
}

/** What is told must not stop what it tells of: who cannot take it goes without the rest, and that is said, once. */
function guarded(name: string, reader: Reader, tell: (text: string) => void): Reader {
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
export function isForPeople({ output }: Pick<OutputFlags, 'output'>): boolean {
  return output === 'auto' || output === 'plain';
}

/** The view of a roll, on standard error. */
export function viewOf(flags: OutputFlags, now: () => number, outlook: Outlook = {}): Promise<View> {
  const { stderr: stream, env } = process;
  return createView(viewKindOf(flags), { stream, colour: wantsColour(stream, env), now, ...outlook });
}

function viewKindOf({ output, json }: OutputFlags): ViewKind {
  if (output === 'quiet' || (output === 'ndjson' && !json)) return 'silent';
  if (output === 'auto' && isGithub(process.env)) return 'github';
  return output === 'plain' || json ? 'plain' : viewKindFor(process.stderr, process.env);
}

/** What several views show, each its own way. */
export function together(...views: readonly View[]): View {
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
export function isGithub(env: NodeJS.ProcessEnv): boolean {
  return env.GITHUB_ACTIONS === 'true';
}

/**
 * Tells GitHub Actions of a run: annotations as it goes; at its end the summary of the job and the outputs of the step.
 * That a file cannot be written is said, and is no reason to stop a roll.
 *
 * @param write to a stream that the runner reads
 */
export function githubReader(env: NodeJS.ProcessEnv, write: (line: string) => void): Reader {
  const kept: EventDocument[] = [];
  const said = new Set<string>();
  return (document) => {
    const annotation = annotationOf(document);
    if (annotation !== undefined && !said.has(annotation)) write(annotation);
    if (annotation !== undefined) said.add(annotation);
    if (document.kind !== 'looked') kept.push(document);
    if (document.kind !== 'ended') return;
    const append = (path: string | undefined, text: string) => appendTo(path, text, write);
    append(env.GITHUB_STEP_SUMMARY, summaryOf(kept, document));
    writeOutputs(env, outputsOf(kept, document), write);
  };
}

/** Hands outputs of a step on to those after it; nothing where this is no step of GitHub Actions. */
export function writeOutputs(env: NodeJS.ProcessEnv, outputs: Outputs, write: (line: string) => void): void {
  if (!isGithub(env)) return;
  appendTo(env.GITHUB_OUTPUT, outputFile(outputs, `consul-roll-${randomUUID()}`), write);
}

function appendTo(path: string | undefined, text: string, write: (line: string) => void): void {
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
export async function eventsFile(path: string): Promise<Reader> {
  await assertEventsFile(path);
  return (document) => appendFileSync(path, ndjsonLine(document));
}

async function assertEventsFile(path: string): Promise<void> {
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
export async function reportFile(
  path: string,
  events: string | undefined,
  tell: (text: string) => void,
): Promise<Reader> {
  assertWritable(path, '--report');
  if (events !== undefined && resolve(events) === resolve(path)) {
    throw usageError(`--events and --report both name ${path}.`, 'give each a file of its own');
  }
  const { reportOf } = await import('../lib/output/report/page.js');
  const own: EventDocument[] = [];
  return (document) => {
    own.push(document);
    if (document.kind !== 'ended') return;
    try {
      const report = reportOf(earlierIn(events), own, document.rollId ?? undefined);
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

function earlierIn(events: string | undefined) {
  if (events === undefined || !existsSync(events) || !statSync(events).isFile()) return [];
  return [{ name: events, text: readFileSync(events, 'utf8') }];
}

/**
 * Who brings notices of a roll to where the operator wants them.
 *
 * @param warn is told what could not be delivered
 * @throws RollError `bad-usage` for an address that is none, or a file that cannot be read
 */
export function courierFor(chosen: Chosen, warn: (message: string) => void): Courier {
  const { env } = process;
  const readText = (path: string) => readFileSync(path, 'utf8');
  const targets = targetsOf({
    slackUrl: secretUrlOf('slack-webhook-url', chosen, env, readText),
    webhookUrl: secretUrlOf('webhook-url', chosen, env, readText),
    webhookSecret: secretOf('webhook-secret', chosen, env, readText),
  });
  return new Courier(targets, systemClock, warn);
}
