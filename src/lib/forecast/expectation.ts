import { planToEnd, wantedNow } from '../decide/plan.js';
import type { Move } from '../model/decision.js';
import type { RollEvent } from '../model/event.js';
import type { Forecast } from '../model/forecast.js';
import type { Intent } from '../model/intent.js';
import type { Survey } from '../model/survey.js';
import { forecastOf } from './forecast.js';
import { type Measured, measuredPace, measuredWith, NOTHING_MEASURED } from './measure.js';
import { assumedPace, type Conditions, type Pace } from './pace.js';

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
