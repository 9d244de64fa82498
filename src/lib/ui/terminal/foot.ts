import { drainOrder } from '../../decide/order.js';
import { budgetKnown, budgetWithout } from '../../decide/voters.js';
import type { Expectation } from '../../forecast/expectation.js';
import { isEstimate } from '../../forecast/forecast.js';
import type { Survey } from '../../model/survey.js';
import { currentStage, isGoingBack, type Progress } from '../progress.js';
import { justified, truncated } from '../text.js';
import { roughMs, wholeSpanOf } from '../time.js';

/** What Ctrl-C does to one's own roll, however often it was asked to stop; and to a watch of somebody else's. */
const HINTS = {
  running: 'Ctrl-C stops after the step in hand',
  pausing: 'stopping after the step in hand; Ctrl-C again stops at once',
  stopping: 'stopping at once; a third Ctrl-C ends it where it stands',
  watching: 'Ctrl-C ends the watching, not the roll',
  watchingPause: 'asked to stop after the step in hand',
} as const;

/** What no event tells. */
export interface Outlook {
  /** How long the rest of the roll is expected to take; undefined where nobody can tell. */
  readonly expected?: Expectation['latest'];
  /** Somebody else runs the roll. */
  readonly watching?: boolean | undefined;
}

/** The foot of a picture: the voters, the time, and what stands in the way of going on. */
export function footOf(
  progress: Progress,
  width: number,
  nowMs: number,
  { expected, watching = false }: Outlook,
): string[] {
  const { survey, pausing, stopping, lookFailure } = progress;
  const warning = progress.warnings.at(-1);
  const on = currentStage(progress)?.sinceMs !== undefined;
  const time = timeOf(progress, nowMs, on && !pausing ? expected : undefined);
  const own = stopping ? HINTS.stopping : pausing ? HINTS.pausing : HINTS.running;
  const others = pausing ? HINTS.watchingPause : HINTS.watching;
  const hint = watching ? others : own;
  return [
    ...(survey === undefined ? [] : [truncated(votersOf(progress, survey, width), width)]),
    ...(lookFailure === undefined ? [] : [truncated(`cannot look: ${lookFailure}`, width)]),
    ...(warning === undefined ? [] : [truncated(`warning: ${warning}`, width)]),
    justified(on ? hint : '', time, width),
  ];
}

function votersOf(progress: Progress, survey: Survey, width: number): string {
  const budget = budgetKnown(survey);
  if (budget === undefined) return 'no leader that all agree on';
  const { voters, quorum, healthy, spare } = budget;
  if (healthy === undefined) return `voters ${voters}   quorum ${quorum}   healthy not known yet`;
  const now = `voters ${voters}   quorum ${quorum}   healthy ${healthy}   to spare ${spare}`;
  const side = isGoingBack(progress) ? 'new' : 'old';
  const next = survey.new === undefined ? undefined : drainOrder(survey, side)[0]?.peer;
  const after = next && budgetWithout(survey, next.id)?.spare;
  if (after === undefined) return now;
  const long = `${now}, after the next removal ${after}`;
  return long.length <= width ? long : `${now}, then ${after}`;
}

/**
 * `1 m 22 s of an estimated 4 m`, and once enough of it was measured `of about 4 m`; of a roll that takes longer than was
 * expected, `6 m, expected about 4 m`.
 */
function timeOf({ startedAtMs }: Progress, nowMs: number, expected: Expectation['latest']): string {
  const elapsedMs = nowMs - startedAtMs;
  const elapsed = wholeSpanOf(elapsedMs);
  if (expected === undefined) return elapsed;
  const { atMs, forecast } = expected;
  const spentMs = Math.max(0, atMs - startedAtMs);
  const wholeMs = roughMs(spentMs + forecast.leftMs);
  const whole = `${isEstimate(forecast, spentMs) ? 'an estimated' : 'about'} ${wholeSpanOf(wholeMs)}`;
  return elapsedMs <= wholeMs ? `${elapsed} of ${whole}` : `${elapsed}, expected ${whole}`;
}
