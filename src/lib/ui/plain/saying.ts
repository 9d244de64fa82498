import type { RollEvent } from '../../model/event.js';
import type { Survey } from '../../model/survey.js';
import { describeAction } from '../sentences/action.js';
import { describeRefusal } from '../sentences/refusal.js';
import { describeWaitFor } from '../sentences/wait.js';
import { stateWords } from '../server-state.js';
import { counted, uncapitalized } from '../text.js';
import { dateAndTime, spanOf, wholeSpanOf } from '../time.js';

type EventKind = RollEvent['kind'];
type EventOf = { readonly [K in EventKind]: Extract<RollEvent, { kind: K }> };

/**
 * What an event is worth saying in a log, one line each.
 *
 * @param before the survey of the look before, where there was one
 */
export function sayingsOf(event: RollEvent, before: Survey | undefined): readonly string[] {
  return say(event.kind, event, before);
}

function say<K extends EventKind>(kind: K, event: EventOf[K], before: Survey | undefined): readonly string[] {
  return SAYINGS[kind](event, before);
}

const SAYINGS: {
  readonly [K in EventKind]: (event: EventOf[K], before: Survey | undefined) => readonly string[];
} = {
  started: ({ intent, resumed, atMs }) => [
    `roll ${intent.rollId} ${resumed ? 'carries on' : 'starts'}, ${dateAndTime(atMs)}`,
    `${counted(intent.size, 'server')} of ${intent.cluster} onto ${intent.imageId}, ${intent.surge} at a time`,
  ],
  looked: ({ survey }, before) => changesOf(survey, before),
  'look-failed': ({ message, inARow }) => (inARow === 1 ? [`could not look: ${message}`] : []),
  phase: () => [],
  waiting: ({ wait }) => [`wait for ${describeWaitFor(wait.for)}, up to ${wholeSpanOf(wait.limitMs)}`],
  'step-started': ({ step }) => [`${uncapitalized(describeAction(step.action))}: ${step.why}`],
  'step-done': () => [],
  'step-refused': ({ step, reason }) => [
    `refused to ${uncapitalized(describeAction(step.action))}: ${describeRefusal(reason)}`,
  ],
  'step-failed': ({ step, message }) => [
    `could not ${uncapitalized(describeAction(step.action))}: ${message}`,
  ],
  'leader-changed': ({ from, to }) => [`leader changed from ${from ?? 'nobody'} to ${to}`],
  'pause-requested': () => ['will stop once the step in hand is done'],
  ended: ({ result }) => [`ended, ${result.outcome}, after ${spanOf(result.elapsedMs)}`],
};

/** One line for every server that is not what it was at the look before; nothing at the first look. */
function changesOf(survey: Survey, before: Survey | undefined): string[] {
  if (before === undefined) return [];
  const was = new Map(before.servers.map((server) => [server.instanceId, stateWords(server, before)]));
  const now = new Map(survey.servers.map((server) => [server.instanceId, stateWords(server, survey)]));
  const gone = [...was.keys()].filter((id) => !now.has(id)).map((id) => `${id} is gone`);
  const changed = [...now].flatMap(([id, words]) => (was.get(id) === words ? [] : [`${id} is ${words}`]));
  return [...changed, ...gone];
}
