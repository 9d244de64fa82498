import { budgetKnown } from '../../engine/decide/servers.js';
import type { RollEvent } from '../../model/events.js';
import type { Survey } from '../../model/observation.js';
import { hostOf } from '../../model/server.js';
import { currentStage, type Progress } from '../progress.js';
import { stateWords } from '../server-list.js';
import { describeAction } from '../text/actions.js';
import {
  bytesOf,
  type Count,
  counted,
  countIn,
  dateAndTime,
  enumerated,
  onOneLine,
  spanOf,
  timeOfDay,
  uncapitalized,
  wholeSpanOf,
} from '../text/format.js';
import { sayingsOfHook } from '../text/hooks.js';
import { describeContest } from '../text/lock.js';
import { describeRefusal } from '../text/stop-reasons.js';
import { describeBudget, describeWaitFor } from '../text/waits.js';

const STAGE_WIDTH = 9;
const COUNT_WIDTH = 5;
const BUDGET_WIDTH = 29;

/**
 * One line of a log: time (UTC), stage, how far, the voters, what, and why:
 * `12:34:56Z  drain     3/5   voters 8 quorum 5 healthy 8   ask i-0a13 to leave: drained of traffic`.
 */
export function plainLine(progress: Progress, atMs: number, saying: Saying): string {
  const stage = currentStage(progress)?.name ?? '';
  return logLine({ atMs, stage, count: countIn(progress), survey: progress.survey }, saying);
}

/** Where things stand when a line is written. */
export interface Standing {
  readonly atMs: number;
  readonly stage: string;
  readonly count: Count | undefined;
  readonly survey: Survey | undefined;
}

/** The same of anything that goes on in stages. */
export function logLine({ atMs, stage, count, survey }: Standing, { what, why }: Saying): string {
  const counter = (count === undefined ? '' : `${count.done}/${count.of}`).padEnd(COUNT_WIDTH);
  const budget = describeBudget(survey && budgetKnown(survey)).padEnd(BUDGET_WIDTH);
  const said = onOneLine(why === undefined ? what : `${what}: ${why}`);
  return `${timeOfDay(atMs)}Z  ${stage.padEnd(STAGE_WIDTH)} ${counter} ${budget}  ${said}`.trimEnd();
}

type EventKind = RollEvent['kind'];
type EventOf = { readonly [K in EventKind]: Extract<RollEvent, { kind: K }> };

/** What happened, and the reason where there is one. */
export interface Saying {
  readonly what: string;
  readonly why?: string;
}

/**
 * What an event is worth saying in a log, one line each.
 *
 * @param before the survey of the look before, where there was one
 */
export function sayingsOf(event: RollEvent, before: Survey | undefined): readonly Saying[] {
  return say(event.kind, event, before);
}

function say<K extends EventKind>(kind: K, event: EventOf[K], before: Survey | undefined): readonly Saying[] {
  return SAYINGS[kind](event, before);
}

const SAYINGS: {
  readonly [K in EventKind]: (event: EventOf[K], before: Survey | undefined) => readonly Saying[];
} = {
  started: (event) => [
    { what: event.watched === undefined ? ownStart(event) : othersStart(event, event.watched.holder) },
    {
      what: `${counted(event.intent.size, 'server')} of ${event.intent.cluster} onto ${event.intent.imageId}`,
    },
  ],
  looked: ({ survey }, before) => [
    ...snapshotIn(survey, before),
    ...changesOf(survey, before),
    ...failuresIn(survey, before),
  ],
  'look-failed': ({ message, inARow }) => (inARow === 1 ? [{ what: `could not look: ${message}` }] : []),
  phase: () => [],
  waiting: ({ wait }) => [
    { what: `wait for ${describeWaitFor(wait.for)}, up to ${wholeSpanOf(wait.limitMs)}` },
  ],
  'step-started': ({ step }) => [{ what: uncapitalized(describeAction(step.action)), why: step.why }],
  'step-done': () => [],
  'step-refused': ({ step, reason }) => [
    { what: `refused: ${uncapitalized(describeAction(step.action))}`, why: describeRefusal(reason) },
  ],
  'step-failed': ({ step, message }) => [
    { what: `failed: ${uncapitalized(describeAction(step.action))}`, why: message },
  ],
  'leader-changed': ({ from, to }, before) => [
    { what: `leader changed from ${serverNamed(from, before)} to ${serverNamed(to, before)}` },
  ],
  'lock-held': ({ holder }) => [{ what: describeContest(holder) }],
  'pause-requested': ({ by }) => [
    { what: `${by === undefined ? 'will' : `asked by ${by}, will`} stop once the step in hand is done` },
  ],
  'stop-requested': () => [{ what: 'asked again, stops at once' }],
  hook: ({ hook, moment, news }) => sayingsOfHook(hook, moment, news),
  warning: ({ message }) => [{ what: `warning: ${message}` }],
  ended: ({ result: { outcome, reason, elapsedMs } }) => [
    {
      what: `ended, ${outcome}, after ${spanOf(elapsedMs)}`,
      ...(reason && { why: describeRefusal(reason) }),
    },
  ],
};

function ownStart({ intent, resumed, atMs }: EventOf['started']): string {
  return `roll ${intent.rollId} ${resumed ? 'carries on' : 'starts'}, ${dateAndTime(atMs)}`;
}

/** Who watches has not begun it, and carries nothing on. */
function othersStart({ intent, resumed, atMs }: EventOf['started'], holder: string | undefined): string {
  const by = holder === undefined ? '' : `, run by ${holder}`;
  const way = intent.direction === 'back' ? ' on its way back' : '';
  return resumed
    ? `watching roll ${intent.rollId}${way}, begun ${dateAndTime(intent.startedAtMs)}${by}`
    : `watching roll ${intent.rollId}, which starts${by}, ${dateAndTime(atMs)}`;
}

/** The server behind a Raft address, `ip:8300`. */
function serverNamed(address: string | undefined, survey: Survey | undefined): string {
  if (address === undefined) return 'nobody';
  const host = hostOf(address);
  return survey?.servers.find((server) => server.address === host)?.instanceId ?? host;
}

/** Where the snapshot is, at the first look that knows of it. */
function snapshotIn({ history: { snapshot } }: Survey, before: Survey | undefined): Saying[] {
  if (snapshot === undefined || before?.history.snapshot !== undefined) return [];
  return [{ what: `snapshot saved, ${bytesOf(snapshot.bytes)}: ${snapshot.path}` }];
}

/** Why a group cannot launch what it should, when that is new. */
export function failuresIn({ old, new: group }: Survey, before: Survey | undefined): Saying[] {
  return [old, group].flatMap((one) => {
    const known = [before?.old, before?.new].find((same) => same?.name === one?.name)?.launchFailure;
    if (one?.launchFailure === undefined || one.launchFailure === known) return [];
    return [{ what: `${one.name} could not launch a server`, why: one.launchFailure }];
  });
}

/** One line for the servers that are now in the same state, and were not at the look before; none at the first look. */
export function changesOf(survey: Survey, before: Survey | undefined): Saying[] {
  if (before === undefined) return [];
  const was = new Map(before.servers.map((server) => [server.instanceId, stateWords(server, before)]));
  const changed = new Map<string, string[]>();
  for (const server of survey.servers) {
    const words = stateWords(server, survey);
    if (was.get(server.instanceId) === words) continue;
    changed.set(words, [...(changed.get(words) ?? []), server.instanceId]);
  }
  const now = new Set(survey.servers.map((server) => server.instanceId));
  const gone = [...was.keys()].filter((id) => !now.has(id));
  if (gone.length > 0) changed.set('gone', gone);
  return [...changed].map(([words, ids]) => ({ what: `${enumerated(ids)}: ${words}` }));
}
