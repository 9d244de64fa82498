import type { Move } from '../model/decision.js';
import { type Forecast, type Share, SPANS, type Span } from '../model/forecast.js';
import { type Begun, begunBy, endedBy, isOf } from './begun.js';
import type { Pace } from './pace.js';

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
