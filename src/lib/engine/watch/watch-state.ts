import type { Action, ActionKind } from '../../model/action.js';
import { type Decision, type Step, waitKey } from '../../model/decision.js';
import type { Intent, Limits } from '../../model/intent.js';
import type { History, Survey } from '../../model/observation.js';
import type { LockHolder, Status } from '../../model/plan.js';
import { decide } from '../decide/decide.js';
import { recordTurn } from '../decide/rollback.js';
import { isSameRun } from './watch.js';
import {
  isPlainlyDone,
  recordedOn,
  type Seen,
  type Sight,
  seenDone,
  sightOf,
  tellingOf,
  toldAtFirst,
} from './watch-events.js';

/**
 * A roll in one direction as its watcher has followed it so far. Pure data: each look makes a new one of the last.
 *
 * A look is not taken at one moment: AWS is asked call by call, and Consul after it. So of two steps taken meanwhile the
 * later one may show alone, and the next look may show a step as still to come that this one showed as done. What was
 * told is therefore remembered, and what seems out of order is held back until the next look, which began after it.
 */
export interface Story extends Sight {
  /** Steps of `left` that seemed to have been taken at the last look. */
  readonly held: readonly Step[];
  /** What was told of servers, by `tellingOf`. */
  readonly told: ReadonlySet<string>;
  /** Servers that were seen to leave, and when. */
  readonly leaves: History['leaves'];
}

/** What came of a look: the steps that can be told now, in order, and the story with them. */
export interface Chapter {
  readonly steps: readonly Step[];
  readonly story: Story;
}

/** The story of a roll from here on. */
export function beginStory(sight: Sight, leaves: History['leaves'] = {}): Story {
  return { ...sight, held: [], told: new Set(toldAtFirst(sight.survey)), leaves };
}

/**
 * The steps that were taken since the last look, in order: those that were left and are no more, as far as their effect
 * shows. Both times that is what the roll itself would say, for it plans with the same function.
 */
export function continued(story: Story, now: Pick<Status, 'survey' | 'intent'>, limits: Limits): Chapter {
  const leaves = withLeaves(story, now.survey);
  const sight = sightOf(now, limits, leaves);
  if (sight === undefined) return plainChapter(story, now.survey);
  const left = sight.left.filter(({ action }) => !isTold(story.told, action));
  const gone = goneFrom(story.left, left);
  let next: Story = { ...sight, left, held: [], told: story.told, leaves };
  const steps: Step[] = [];
  for (const step of gone) {
    const done = seenDone(step, sight.survey, next.told);
    const taken = gone.filter((one) => !next.held.includes(one));
    const place = placeOf(step, story.left, taken, next.left);
    const wasHeld = story.held.includes(step);
    if (done !== undefined && (wasHeld || place === 0)) {
      steps.push(done);
      next = { ...next, told: new Set([...next.told, ...tellingOf(done.action)]) };
    } else if (!wasHeld) {
      next = { ...next, left: next.left.toSpliced(place, 0, step), held: [...next.held, step] };
    }
  }
  return { steps, story: next };
}

/**
 * Where among the steps that are left now one of before would be: behind the last that came before it, unless that has
 * come to be behind what came after it. In front of all where nothing is left of what came before it.
 */
function placeOf(step: Step, before: readonly Step[], taken: readonly Step[], left: readonly Step[]): number {
  const at = before.indexOf(step);
  const isLeft = (one: Step) => one !== step && !taken.includes(one);
  const earlier = before.slice(0, at).filter(isLeft).map(keyOf);
  const later = before.slice(at).filter(isLeft).map(keyOf);
  let place = 0;
  for (const [n, one] of left.entries()) {
    const alike = earlier.indexOf(keyOf(one));
    if (alike >= 0) {
      earlier.splice(alike, 1);
      place = n + 1;
    } else if (later.includes(keyOf(one))) break;
  }
  return place;
}

/** Where what is left cannot be told: the next steps, as far as each was plainly done. */
function plainChapter(story: Story, survey: Survey): Chapter {
  const first = story.left.findIndex((step) => !isPlainlyDone(step, survey));
  const steps = story.left.slice(0, Math.max(0, first));
  if (steps.length === 0) return { steps, story };
  return {
    steps,
    story: {
      ...story,
      left: story.left.slice(steps.length),
      told: new Set([...story.told, ...steps.flatMap(({ action }) => tellingOf(action))]),
      leaves: { ...story.leaves, ...leavesAmong(steps, survey.atMs) },
    },
  };
}

/** What a roll does to a server once is not told twice; what is about no server may come again. */
function isTold(told: ReadonlySet<string>, action: Action): boolean {
  const tellings = tellingOf(action);
  return tellings.length > 0 && tellings.every((each) => told.has(each));
}

/** Who has left by this look, in the order in which they were to. */
function withLeaves({ left, leaves, told }: Story, survey: Survey): History['leaves'] {
  const seen = left.filter((step) => step.action.kind === 'leave' && seenDone(step, survey, told));
  return { ...leavesAmong(seen, survey.atMs), ...leaves };
}

/** The leaves among steps that a look found taken, each a moment after the one before it. */
function leavesAmong(steps: readonly Step[], atMs: number): History['leaves'] {
  const leaves = steps.flatMap(({ action }, n) =>
    action.kind === 'leave'
      ? [[action.instanceId, { count: 1, lastMs: atMs - steps.length + n }] as const]
      : [],
  );
  return Object.fromEntries(leaves);
}

/** The steps of one list that another has no more. */
function goneFrom(before: readonly Step[], after: readonly Step[]): readonly Step[] {
  const left = new Map<string, number>();
  for (const step of after) left.set(keyOf(step), (left.get(keyOf(step)) ?? 0) + 1);
  const gone: Step[] = [];
  // From the end: of two steps that are alike, the later one is what is left.
  for (const step of before.toReversed()) {
    const key = keyOf(step);
    const count = left.get(key) ?? 0;
    if (count > 0) left.set(key, count - 1);
    else gone.unshift(step);
  }
  return gone;
}

/** What makes a step the same one at two looks; a server that is not there yet has no name of its own. */
function keyOf({ action }: Step): string {
  const nameless: readonly ActionKind[] = ['grow', 'register', 'transfer-leadership', 'turn-back'];
  return nameless.includes(action.kind) ? action.kind : JSON.stringify(action);
}

/** The look before, and the steps that were told of the run that it saw. */
type Before = Pick<Seen, 'status' | 'runSteps'>;

/**
 * A roll that was turned back since the last look: the steps forward until then, the turn itself, and those of the way
 * back since then, which is planned from where the roll was last seen.
 */
export function turned(story: Story, before: Before, now: Status, limits: Limits): Partial<Chapter> {
  if (now.intent === undefined) return {};
  const back = wayBack(story, now.intent, limits);
  const forward = { intent: story.intent, survey: recordedOn(now.survey, story.intent) };
  // What may have been done on either way was done on the way back: a roll is turned when it has come to a halt.
  const until = continued(story, forward, limits).steps.filter((step) => !back?.left.some(isLike(step)));
  const since = back && continued(afterTurn(back, until, now), now, limits);
  const steps = [...until, ...turnOf(before, now, limits), ...(since?.steps ?? [])];
  return { steps, story: since?.story };
}

/** The way back of a roll that is over, and was last seen going forward. */
export function turnedUnseen(story: Story, before: Before, now: Status, limits: Limits): readonly Step[] {
  const intent: Intent = { ...story.intent, direction: 'back' };
  const back = wayBack(story, intent, limits);
  return [...turnOf(before, { ...now, intent }, limits), ...(back?.left ?? [])];
}

function wayBack({ survey, leaves }: Story, intent: Intent, limits: Limits): Story | undefined {
  const sight = sightOf({ survey: recordedOn(survey, intent), intent }, limits, leaves);
  return sight && beginStory(sight, leaves);
}

/** What took traffic and does no more has yet to be registered again. */
function afterTurn(back: Story, until: readonly Step[], { survey }: Status): Story {
  const listed = new Set(toldAtFirst(survey));
  const still = [...back.told].filter((telling) => listed.has(telling));
  return { ...back, told: new Set([...still, ...until.flatMap(({ action }) => tellingOf(action))]) };
}

function isLike({ action }: Step): (other: Step) => boolean {
  const text = JSON.stringify(action);
  return (other) => JSON.stringify(other.action) === text;
}

/**
 * The step that turned it, with the reason as far as it can be known: it was about to be taken; or somebody else has
 * taken over, whom a person has asked for it; or patience has ended, of who was seen to go forward.
 */
function turnOf(before: Before, now: Status, limits: Limits): readonly Step[] {
  const { intent, next, lock } = before.status;
  if (intent === undefined || now.intent === undefined) return [];
  // A look may show the turn on the groups already, and not in what it says is recorded.
  const survey = recordedOn(before.status.survey, intent);
  const isSame = isSameRun(lock, now.lock);
  const hasLostPatience = isSame && before.runSteps > 0;
  const isAsked = !isSame || (before.runSteps === 0 && isYoung(now.lock, limits));
  const decisions = [
    next,
    hasLostPatience ? impatient({ ...before.status, survey }, now, limits) : undefined,
    recordTurn(survey, now.intent, { kind: isAsked ? 'asked' : 'unseen' }),
  ];
  return decisions.flatMap((one) => (isTurn(one) ? [one.step] : [])).slice(0, 1);
}

/** It runs for less time than patience lasts, by its own clock: it cannot have lost any, so it was begun to turn the roll. */
function isYoung(lock: LockHolder | undefined, { healthTimeoutMs }: Limits): boolean {
  if (lock === undefined) return false;
  return lock.renewedAtMs - lock.sinceMs < Math.min(lock.ttlMs, healthTimeoutMs);
}

/** What is decided when what was waited for has not come about until now; its limit is whoever ran it to know. */
function impatient({ survey, intent, next }: Status, now: Status, limits: Limits): Decision | undefined {
  if (intent === undefined || next?.kind !== 'wait') return undefined;
  const { sinceMs, limitMs, for: what } = next.wait;
  const history = { ...survey.history, waiting: { key: waitKey(what), sinceMs } };
  const decided = decide({ ...survey, history, atMs: sinceMs + limitMs + 1 }, intent, limits);
  if (!isTurn(decided) || decided.step.action.kind !== 'turn-back') return undefined;
  const { action } = decided.step;
  if (action.reason.kind !== 'timed-out') return decided;
  const reason = { ...action.reason, limitMs: now.survey.atMs - sinceMs };
  return { ...decided, step: { ...decided.step, action: { ...action, reason } } };
}

function isTurn(decision: Decision | undefined): decision is Extract<Decision, { kind: 'act' }> {
  return decision?.kind === 'act' && decision.step.action.kind === 'turn-back';
}
