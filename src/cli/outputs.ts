import { randomUUID } from 'node:crypto';
import { closeSync, constants, openSync, writeFileSync } from 'node:fs';
import { readTextFile } from '../lib/config/file-access.js';
import type { ResolvedSettings } from '../lib/config/resolve-settings.js';
import { readSecret, readSecretUrl } from '../lib/config/secrets.js';
import { FILE_CHECKS } from '../lib/engine/checks/checks.js';
import type { CheckResult } from '../lib/model/check.js';
import { messageOf, RollError } from '../lib/model/errors.js';
import { formatNdjson, toOutputLine } from '../lib/model/printable.js';
import type { RollContext } from '../lib/model/roll-context.js';
import type { OUTPUT_FORMATS } from '../lib/model/setting.js';
import { createView, detectViewKind, supportsColour, type ViewKind } from '../lib/output/create-view.js';
import type { EventSink } from '../lib/output/events/event-recorder.js';
import type { EventDocument } from '../lib/output/events/schema.js';
import { formatAnnotation } from '../lib/output/github/github-view.js';
import { type ActionOutputs, buildOutputs, formatOutputFile } from '../lib/output/github/outputs.js';
import { formatJobSummary } from '../lib/output/github/summary.js';
import { buildTargets, Notifier } from '../lib/output/notify.js';
import type { Screen, View } from '../lib/output/view.js';
import { createDecisionTrace, isDebugging } from './debug.js';
import {
  assertAppendable,
  assertReportFile,
  type EventOutput,
  openEventsFile,
  openLogFile,
  openReportFile,
} from './output-files.js';
import { systemClock } from './system.js';

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
 * Opens what takes the events of a run as documents: standard output, a file, the report, GitHub Actions. With `--json`,
 * standard output holds the result document only.
 *
 * @param warn prints a message to the operator
 * @throws RollError `bad-usage`
 */
export async function openEventOutput(
  { output, events, report, json }: OutputFlags,
  warn: (text: string) => void,
): Promise<EventOutput> {
  const { stdout, stderr, env } = process;
  const outputs = new Map<string, EventOutput>();
  const add = (name: string, take: EventSink) => outputs.set(name, { take, end: async () => undefined });
  if (output === 'ndjson' && !json) add('standard output', (document) => void stdout.write(formatNdjson(document)));
  if (events !== undefined) outputs.set(events, await openEventsFile(events));
  if (report !== undefined) outputs.set(report, await openReportFile(report, events, warn));
  const writeLine = (line: string) => void stderr.write(line);
  if (isGithubActions(env)) add('GitHub', createGithubSink(env, writeLine));
  const caught = [...outputs].map(([name, one]) => catchOutputErrors(name, one, warn));
  return {
    take: (document) => {
      for (const { take } of caught) take(document);
    },
    end: async () => void (await Promise.all(caught.map(({ end }) => end()))),
  };
}

/** An output that fails must not stop the roll: it gets no more events, and a warning is printed once. */
function catchOutputErrors(name: string, { take, end }: EventOutput, warn: (text: string) => void): EventOutput {
  let broken = false;
  const fail = (thrown: unknown) => {
    if (!broken) warn(`Events are no longer written to ${name}: ${messageOf(thrown)}`);
    broken = true;
  };
  return {
    take: (document) => {
      if (broken) return;
      try {
        take(document);
      } catch (thrown) {
        fail(thrown);
      }
    },
    end: () => end().catch(fail),
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

/** A view that writes the plain log to a file; a file that fails gets no more, and a warning is printed once. */
export async function openLogView(
  path: string,
  { now, conditions }: { readonly now: () => number } & ViewOptions,
  warn: (text: string) => void,
): Promise<View> {
  const [{ PlainView }, file] = await Promise.all([import('../lib/output/plain/plain-view.js'), openLogFile(path)]);
  const write = (text: string) => file.write(text);
  let broken = false;
  const fail = (thrown: unknown) => {
    if (!broken) warn(`The log is no longer written to ${path}: ${messageOf(thrown)}`);
    broken = true;
  };
  const stream = {
    write(text: string) {
      if (broken) return;
      try {
        write(text);
      } catch (thrown) {
        fail(thrown);
      }
    },
  };
  const view = new PlainView({ stream, now, ...(conditions && { conditions }) });
  return {
    handle: (event) => view.handle(event),
    end: async () => {
      await view.end();
      await file.end().catch(fail);
    },
  };
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

/** A view that is told with the first event where the roll happens. */
export function withContext(view: View, context: RollContext): View {
  return {
    handle: (event) => view.handle(event.kind === 'started' ? { ...event, context } : event),
    end: (result) => view.end(result),
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
    // A pipe without a reader must not hold up the end of a roll.
    const { O_WRONLY, O_APPEND, O_CREAT, O_NONBLOCK } = constants;
    const file = openSync(path, O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK);
    try {
      writeFileSync(file, text);
    } finally {
      closeSync(file);
    }
  } catch (thrown) {
    write(`${toOutputLine(`${path} was not written: ${messageOf(thrown)}`)}\n`);
  }
}

/**
 * Sends the notifications of a roll to Slack and to a webhook, if they are set.
 *
 * @param warn is called with what could not be delivered
 * @throws RollError `bad-usage` for an invalid URL or an unreadable file
 */
export function createNotifier(settings: ResolvedSettings, warn: (message: string) => void): Notifier {
  const { env } = process;
  const targets = buildTargets({
    slackUrl: readSecretUrl('slack-webhook-url', settings, env, readTextFile),
    webhookUrl: readSecretUrl('webhook-url', settings, env, readTextFile),
    webhookSecret: readSecret('webhook-secret', settings, env, readTextFile),
  });
  return new Notifier(targets, systemClock, warn);
}

type FileFlags = { readonly [name in keyof typeof FILE_CHECKS]?: string | undefined };

const ASSERTIONS: { readonly [name in keyof typeof FILE_CHECKS]: (path: string) => Promise<void> } = {
  events: (path) => assertAppendable(path, '--events'),
  'log-file': (path) => assertAppendable(path, '--log-file'),
  report: (path) => assertReportFile(path, '--report'),
};

/** Whether a run could write the files that are named. Makes and changes none. */
export async function checkOutputFiles(flags: FileFlags): Promise<readonly CheckResult[]> {
  const names = Object.keys(FILE_CHECKS) as (keyof typeof FILE_CHECKS)[];
  const checking = names.map(async (name): Promise<readonly CheckResult[]> => {
    const path = flags[name];
    if (path === undefined) return [];
    const { id, subject } = FILE_CHECKS[name];
    try {
      await ASSERTIONS[name](path);
      return [{ id, subject, status: 'pass', observed: `${path} can be written`, remedy: undefined }];
    } catch (thrown) {
      if (!(thrown instanceof RollError)) throw thrown;
      return [{ id, subject, status: 'fail', observed: thrown.message.replace(/\.$/, ''), remedy: thrown.next }];
    }
  });
  return (await Promise.all(checking)).flat();
}
