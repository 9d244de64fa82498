import type { Action, ActionKind } from '../../model/action.js';
import { buildWaitKey, type Decision, type Step } from '../../model/decision.js';
import type { Intent, Limits } from '../../model/intent.js';
import type { Memory } from '../../model/memory.js';
import type { Observation } from '../../model/observation.js';
import type { ClusterStatus, LockHolder } from '../../model/plan.js';
import { decide } from '../decide/decide.js';
import { recordRollback } from '../decide/rollback.js';
import { isSameRun } from './watch.js';
import {
  addRecord,
  findVisibleStep,
  isVisiblyDone,
  listEffectKeys,
  listInitialEffectKeys,
  type ObservedRoll,
  observeRoll,
  type WatchSnapshot,
} from './watch-events.js';

/**
 * A roll in one direction as its watcher has followed it so far. Pure data: each look makes a new one of the last.
 *
 * A look is not taken at one moment: AWS is asked call by call, and Consul after it. So of two steps taken meanwhile the
 * later one may show alone, and the next look may show a step as still to come that this one showed as done. What was
 * told is therefore remembered, and what seems out of order is held back until the next look, which began after it.
 */
export interface WatchState extends ObservedRoll {
  /** Steps of `left` that seemed to have been taken at the last look. */
  readonly held: readonly Step[];
  /** What was told of servers, by `tellingOf`. */
  readonly reported: ReadonlySet<string>;
  /** Servers that were seen to leave, and when. */
  readonly leaveRequests: Memory['leaveRequests'];
}

/** What came of a look: the steps that can be told now, in order, and the story with them. */
export interface WatchUpdate {
  readonly steps: readonly Step[];
  readonly watchState: WatchState;
}

/** The story of a roll from here on. */
export function startWatchState(sight: ObservedRoll, leaves: Memory['leaveRequests'] = {}): WatchState {
  return {
    ...sight,
    held: [],
    reported: new Set(listInitialEffectKeys(sight.observation)),
    leaveRequests: leaves,
  };
}

/**
 * The steps that were taken since the last look, in order: those that were left and are no more, as far as their effect
 * shows. Both times that is what the roll itself would say, for it plans with the same function.
 */
export function advanceWatch(
  story: WatchState,
  now: Pick<ClusterStatus, 'observation' | 'memory' | 'intent'>,
  limits: Limits,
): WatchUpdate {
  const leaves = addLeaveRequests(story, now.observation);
  const sight = observeRoll(now, limits, leaves);
  if (sight === undefined) return advanceByVisibleEffects(story, now.observation);
  const left = sight.remaining.filter(({ action }) => !isReported(story.reported, action));
  const gone = findGoneSteps(story.remaining, left);
  let next: WatchState = {
    ...sight,
    remaining: left,
    held: [],
    reported: story.reported,
    leaveRequests: leaves,
  };
  const steps: Step[] = [];
  for (const step of gone) {
    const done = findVisibleStep(step, sight.observation, next.reported);
    const taken = gone.filter((one) => !next.held.includes(one));
    const place = findPlace(step, story.remaining, taken, next.remaining);
    const wasHeld = story.held.includes(step);
    if (done !== undefined && (wasHeld || place === 0)) {
      steps.push(done);
      next = { ...next, reported: new Set([...next.reported, ...listEffectKeys(done.action)]) };
    } else if (!wasHeld) {
      next = { ...next, remaining: next.remaining.toSpliced(place, 0, step), held: [...next.held, step] };
    }
  }
  return { steps, watchState: next };
}

/**
 * Where among the steps that are left now one of before would be: behind the last that came before it, unless that has
 * come to be behind what came after it. In front of all where nothing is left of what came before it.
 */
function findPlace(
  step: Step,
  before: readonly Step[],
  taken: readonly Step[],
  left: readonly Step[],
): number {
  const at = before.indexOf(step);
  const isLeft = (one: Step) => one !== step && !taken.includes(one);
  const earlier = before.slice(0, at).filter(isLeft).map(buildStepKey);
  const later = before.slice(at).filter(isLeft).map(buildStepKey);
  let place = 0;
  for (const [n, one] of left.entries()) {
    const alike = earlier.indexOf(buildStepKey(one));
    if (alike >= 0) {
      earlier.splice(alike, 1);
      place = n + 1;
    } else if (later.includes(buildStepKey(one))) break;
  }
  return place;
}

/** Where what is left cannot be told: the next steps, as far as each was plainly done. */
function advanceByVisibleEffects(story: WatchState, observation: Observation): WatchUpdate {
  const first = story.remaining.findIndex((step) => !isVisiblyDone(step, observation));
  const steps = story.remaining.slice(0, Math.max(0, first));
  if (steps.length === 0) return { steps, watchState: story };
  return {
    steps,
    watchState: {
      ...story,
      remaining: story.remaining.slice(steps.length),
      reported: new Set([...story.reported, ...steps.flatMap(({ action }) => listEffectKeys(action))]),
      leaveRequests: { ...story.leaveRequests, ...buildLeaveRequests(steps, observation.atMs) },
    },
  };
}

/** What a roll does to a server once is not told twice; what is about no server may come again. */
function isReported(told: ReadonlySet<string>, action: Action): boolean {
  const tellings = listEffectKeys(action);
  return tellings.length > 0 && tellings.every((each) => told.has(each));
}

/** Who has left by this look, in the order in which they were to. */
function addLeaveRequests(
  { remaining: left, leaveRequests: leaves, reported: told }: WatchState,
  observation: Observation,
): Memory['leaveRequests'] {
  const seen = left.filter(
    (step) => step.action.kind === 'leave' && findVisibleStep(step, observation, told),
  );
  return { ...buildLeaveRequests(seen, observation.atMs), ...leaves };
}

/** The leaves among steps that a look found taken, each a moment after the one before it. */
function buildLeaveRequests(steps: readonly Step[], atMs: number): Memory['leaveRequests'] {
  const leaves = steps.flatMap(({ action }, n) =>
    action.kind === 'leave'
      ? [[action.instanceId, { count: 1, lastRequestedAtMs: atMs - steps.length + n }] as const]
      : [],
  );
  return Object.fromEntries(leaves);
}

/** The steps of one list that another has no more. */
function findGoneSteps(before: readonly Step[], after: readonly Step[]): readonly Step[] {
  const left = new Map<string, number>();
  for (const step of after) left.set(buildStepKey(step), (left.get(buildStepKey(step)) ?? 0) + 1);
  const gone: Step[] = [];
  // From the end: of two steps that are alike, the later one is what is left.
  for (const step of before.toReversed()) {
    const key = buildStepKey(step);
    const count = left.get(key) ?? 0;
    if (count > 0) left.set(key, count - 1);
    else gone.unshift(step);
  }
  return gone;
}

/** What makes a step the same one at two looks; a server that is not there yet has no name of its own. */
function buildStepKey({ action }: Step): string {
  const nameless: readonly ActionKind[] = ['scale-out', 'register', 'transfer-leadership', 'start-rollback'];
  return nameless.includes(action.kind) ? action.kind : JSON.stringify(action);
}

/** The look before, and the steps that were told of the run that it saw. */
type PreviousWatch = Pick<WatchSnapshot, 'status' | 'runSteps'>;

/**
 * A roll that was turned back since the last look: the steps forward until then, the turn itself, and those of the way
 * back since then, which is planned from where the roll was last seen.
 */
export function advanceThroughRollback(
  story: WatchState,
  before: PreviousWatch,
  now: ClusterStatus,
  limits: Limits,
): Partial<WatchUpdate> {
  if (now.intent === undefined) return {};
  const back = openRollback(story, now.intent, limits);
  const forward = { ...now, intent: story.intent, observation: addRecord(now.observation, story.intent) };
  // What may have been done on either way was done on the way back: a roll is turned when it has come to a halt.
  const until = advanceWatch(story, forward, limits).steps.filter(
    (step) => !back?.remaining.some(matchesStep(step)),
  );
  const since = back && advanceWatch(continueAfterRollback(back, until, now), now, limits);
  const steps = [...until, ...findRollbackStep(before, now, limits), ...(since?.steps ?? [])];
  return { steps, watchState: since?.watchState };
}

/** The way back of a roll that is over, and was last seen going forward. */
export function findUnseenRollbackSteps(
  story: WatchState,
  before: PreviousWatch,
  now: ClusterStatus,
  limits: Limits,
): readonly Step[] {
  const intent: Intent = { ...story.intent, direction: 'rollback' };
  const back = openRollback(story, intent, limits);
  return [...findRollbackStep(before, { ...now, intent }, limits), ...(back?.remaining ?? [])];
}

function openRollback(
  { observation, memory, leaveRequests: leaves }: WatchState,
  intent: Intent,
  limits: Limits,
): WatchState | undefined {
  const sight = observeRoll({ observation: addRecord(observation, intent), memory, intent }, limits, leaves);
  return sight && startWatchState(sight, leaves);
}

/** What took traffic and does no more has yet to be registered again. */
function continueAfterRollback(
  back: WatchState,
  until: readonly Step[],
  { observation }: ClusterStatus,
): WatchState {
  const listed = new Set(listInitialEffectKeys(observation));
  const still = [...back.reported].filter((telling) => listed.has(telling));
  return { ...back, reported: new Set([...still, ...until.flatMap(({ action }) => listEffectKeys(action))]) };
}

function matchesStep({ action }: Step): (other: Step) => boolean {
  const text = JSON.stringify(action);
  return (other) => JSON.stringify(other.action) === text;
}

/**
 * The step that turned it, with the reason as far as it can be known: it was about to be taken; or somebody else has
 * taken over, whom a person has asked for it; or patience has ended, of who was seen to go forward.
 */
function findRollbackStep(before: PreviousWatch, now: ClusterStatus, limits: Limits): readonly Step[] {
  const { intent, next, lock } = before.status;
  if (intent === undefined || now.intent === undefined) return [];
  // A look may show the turn on the groups already, and not in what it says is recorded.
  const observation = addRecord(before.status.observation, intent);
  const isSame = isSameRun(lock, now.lock);
  const hasLostPatience = isSame && before.runSteps > 0;
  const isAsked = !isSame || (before.runSteps === 0 && isRunYoung(now.lock, limits));
  const decisions = [
    next,
    hasLostPatience ? decideAfterTimeout({ ...before.status, observation }, now, limits) : undefined,
    recordRollback(
      { observation, memory: before.status.memory, intent: now.intent, limits },
      { kind: isAsked ? 'operator-request' : 'unknown' },
    ),
  ];
  return decisions.flatMap((one) => (isStartRollback(one) ? [one.step] : [])).slice(0, 1);
}

/** It runs for less time than patience lasts, by its own clock: it cannot have lost any, so it was begun to turn the roll. */
function isRunYoung(lock: LockHolder | undefined, { healthTimeoutMs }: Limits): boolean {
  if (lock === undefined) return false;
  return lock.renewedAtMs - lock.sinceMs < Math.min(lock.ttlMs, healthTimeoutMs);
}

/** What is decided when what was waited for has not come about until now; its limit is whoever ran it to know. */
function decideAfterTimeout(
  { observation, memory, intent, next }: ClusterStatus,
  now: ClusterStatus,
  limits: Limits,
): Decision | undefined {
  if (intent === undefined || next?.kind !== 'wait') return undefined;
  const { sinceMs, limitMs, for: what } = next.wait;
  const decided = decide({
    observation: { ...observation, atMs: sinceMs + limitMs + 1 },
    memory: { ...memory, currentWait: { key: buildWaitKey(what), sinceMs } },
    intent,
    limits,
  });
  if (!isStartRollback(decided) || decided.step.action.kind !== 'start-rollback') return undefined;
  const { action } = decided.step;
  if (action.reason.kind !== 'timed-out') return decided;
  const reason = { ...action.reason, limitMs: now.observation.atMs - sinceMs };
  return { ...decided, step: { ...decided.step, action: { ...action, reason } } };
}

function isStartRollback(decision: Decision | undefined): decision is Extract<Decision, { kind: 'act' }> {
  return decision?.kind === 'act' && decision.step.action.kind === 'start-rollback';
}
