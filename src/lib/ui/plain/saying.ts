import type { RollEvent } from '../../model/event.js';
import { hostOf } from '../../model/server.js';
import type { Survey } from '../../model/survey.js';
import { describeAction } from '../sentences/action.js';
import { sayingsOfHook } from '../sentences/hook.js';
import { describeContest } from '../sentences/lock.js';
import { describeRefusal } from '../sentences/refusal.js';
import { describeWaitFor } from '../sentences/wait.js';
import { stateWords } from '../server-state.js';
import { bytesOf, counted, enumerated, uncapitalized } from '../text.js';
import { dateAndTime, spanOf, wholeSpanOf } from '../time.js';

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
