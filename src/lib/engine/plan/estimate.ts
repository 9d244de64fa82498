import type { Action } from '../../model/action.js';
import type { Move, WaitFor } from '../../model/decision.js';
import { type Forecast, type Share, SPANS, type Span } from '../../model/estimate.js';
import type { RollEvent } from '../../model/events.js';
import type { Intent } from '../../model/intent.js';
import type { Survey } from '../../model/observation.js';
import {
  assumedPace,
  type Conditions,
  type Measured,
  measuredPace,
  measuredWith,
  NOTHING_MEASURED,
  type Pace,
} from './durations.js';
import { planToEnd, wantedNow } from './fold.js';

/**
 * How long these moves take at this pace. What is started goes on while other steps are taken; only what has to be
 * waited for then takes time.
 *
 * @param begun what is going on already
 */
export function forecastOf(
  moves: readonly Move[],
  pace: Pace,
  nowMs: number,
  begun: readonly Begun[] = [],
): Forecast {
  const spent = new Map<Span, { count: number; ms: number }>();
  const running = [...begun];
  let atMs = nowMs;
  const spend = (span: Span, ms: number) => {
    const { count, ms: before } = spent.get(span) ?? { count: 0, ms: 0 };
    spent.set(span, { count: count + 1, ms: before + ms });
    atMs += ms;
  };
  for (const [index, move] of moves.entries()) {
    if (move.kind === 'act') {
      spend('step', pace.step.ms);
      running.push(...begunBy(move.step.action, atMs));
    } else {
      const { span, subject } = endedBy(move.wait.for);
      const known = running.findLast((one) => isOf(one, span, subject))?.sinceMs;
      const recalled = move.wait.sinceMs <= nowMs ? move.wait.sinceMs : atMs;
      const provedMs = span === 'stop' ? pace.rowMs : 0;
      const untilMs = (known ?? recalled) + pace[span].ms + provedMs;
      // What should have ended by now takes one more look, as far as one can say.
      spend(span, Math.max(untilMs - atMs, index === 0 ? pace.look.ms : 0));
    }
  }
  return { leftMs: atMs - nowMs, shares: sharesOf(spent, pace) };
}

function sharesOf(spent: ReadonlyMap<Span, { count: number; ms: number }>, pace: Pace): Share[] {
  return SPANS.flatMap((span) => {
    const { count = 0, ms = 0 } = spent.get(span) ?? {};
    if (ms <= 0) return [];
    return [{ span, count, ms, eachMs: pace[span].ms, basis: pace[span].basis }];
  });
}

/**
 * True while most of the time is assumed: neither spent already, nor measured, nor set.
 *
 * @param elapsedMs spent so far
 */
export function isEstimate({ leftMs, shares }: Forecast, elapsedMs = 0): boolean {
  const assumedMs = shares.reduce((sum, { basis, ms }) => sum + (basis === 'assumed' ? ms : 0), 0);
  return assumedMs * 2 > elapsedMs + leftMs;
}

/** Something that a step set off, and that goes on by itself. */
export interface Begun {
  readonly span: Span;
  /** The instances or the group it is about; empty where there is but one of the kind. */
  readonly subject: string;
  /** Epoch milliseconds, by the clock of whoever looks. */
  readonly sinceMs: number;
}

/** What this action sets off. */
export function begunBy(action: Action, sinceMs: number): readonly Begun[] {
  switch (action.kind) {
    case 'grow':
      return [{ span: 'boot', subject: '', sinceMs }];
    case 'register':
      return [{ span: 'service', subject: action.instanceIds.join(' '), sinceMs }];
    case 'deregister':
      return [{ span: 'drain', subject: action.instanceId, sinceMs }];
    case 'leave':
      return [
        { span: 'leave', subject: action.instanceId, sinceMs },
        { span: 'stop', subject: action.instanceId, sinceMs },
      ];
    case 'terminate':
      return [{ span: 'terminate', subject: action.instanceId, sinceMs }];
    case 'delete-group':
    case 'delete-warm-pool':
      return [{ span: 'delete', subject: action.group, sinceMs }];
    default:
      return [];
  }
}

/** What this waits for. */
export function endedBy(waitFor: WaitFor): Omit<Begun, 'sinceMs'> {
  switch (waitFor.kind) {
    case 'ready':
      return { span: 'boot', subject: '' };
    case 'in-service':
      return { span: 'service', subject: '' };
    case 'drained':
      return { span: 'drain', subject: waitFor.instanceId };
    case 'out-of-raft':
      return { span: 'leave', subject: waitFor.instanceId };
    case 'agent-down':
      return { span: 'stop', subject: waitFor.instanceId };
    case 'terminated':
      return { span: 'terminate', subject: waitFor.instanceId };
    case 'deleted':
    case 'cooled':
      return { span: 'delete', subject: waitFor.group };
    case 'bake':
      return { span: 'bake', subject: '' };
    case 'leadership':
    case 'healthy':
    case 'agent-answer':
    case 'ghost':
    case 'sentinel':
      return { span: 'look', subject: '' };
  }
}

/** Without a subject any of the kind is meant. */
export function isOf(begun: Begun, span: Span, subject: string): boolean {
  return begun.span === span && (subject === '' || begun.subject === subject);
}

/** How long a roll is expected to take, as its events so far tell it. */
export interface Expectation {
  readonly intent: Intent | undefined;
  /** The pace before anything was measured; undefined before the first look. */
  readonly assumed: Pace | undefined;
  readonly measured: Measured;
  /** As of the last look that could tell; undefined before there was one. */
  readonly latest: { readonly atMs: number; readonly forecast: Forecast } | undefined;
}

export const NOTHING_EXPECTED: Expectation = {
  intent: undefined,
  assumed: undefined,
  measured: NOTHING_MEASURED,
  latest: undefined,
};

/**
 * What is expected once this event is known: every look tells what is left to do, forward or back, and every step and
 * look how long things take here. Pure: times come with the events.
 */
export function expectedWith(before: Expectation, event: RollEvent, conditions: Conditions): Expectation {
  const measured = measuredWith(before.measured, event);
  const now = { ...before, measured };
  if (event.kind === 'started') return { ...now, intent: event.intent };
  if (event.kind !== 'looked' || before.intent === undefined) return now;
  const { survey, atMs } = event;
  const assumed = before.assumed ?? assumedPace(survey, conditions);
  const intent = wantedNow(survey, before.intent);
  const moves = movesFrom(survey, intent, conditions);
  if (moves === undefined) return { ...now, assumed, intent };
  const forecast = forecastOf(moves, measuredPace(assumed, measured, atMs), atMs, measured.begun);
  return { ...now, assumed, intent, latest: { atMs, forecast } };
}

/**
 * Undefined where the way to the end cannot be told just then: amid an election, while a server does not answer, or before
 * AWS shows one that was asked for.
 */
function movesFrom(survey: Survey, intent: Intent, { limits }: Conditions): readonly Move[] | undefined {
  try {
    // What is waited for is expected to come about, not to run out of patience.
    const patient = { ...survey, history: { ...survey.history, waiting: undefined } };
    return planToEnd(patient, intent, limits)?.moves;
  } catch {
    // That a plan does not end is no reason for whoever only asks how long it takes to end the roll.
    return undefined;
  }
}
