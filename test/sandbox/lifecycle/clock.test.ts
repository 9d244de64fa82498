import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Clock, startClock } from '../../../src/sandbox/lifecycle/clock.js';

const START_MS = 1_000_000;

let ticker: Clock | undefined;
let ticks: number[];

beforeEach(() => {
  vi.useFakeTimers({ now: START_MS });
  ticks = [];
});

afterEach(() => {
  ticker?.stop();
  vi.useRealTimers();
});

const noFailure = (thrown: unknown) => {
  throw thrown;
};

function ticked(nextDueMs: () => number | undefined) {
  return { tick: (nowMs: number) => ticks.push(nowMs - START_MS), nextDueMs };
}

describe('the clock of a sandbox', () => {
  it('ticks when something is due, and every 100 ms at the latest', () => {
    ticker = startClock([ticked(() => (ticks.length === 1 ? START_MS + 30 : undefined))], noFailure);
    vi.advanceTimersByTime(250);
    expect(ticks).toEqual([0, 30, 130, 230]);
  });

  it('waits for the earliest due time, and does not spin on an overdue one', () => {
    const late = ticked(() => START_MS + 40);
    ticker = startClock([late, { tick: () => undefined, nextDueMs: () => undefined }], noFailure);
    vi.advanceTimersByTime(43);
    expect(ticks).toEqual([0, 40, 41, 42, 43]);
  });

  it('stops and reports once when one of them throws', () => {
    const failures: unknown[] = [];
    const broken = new Error('broken');
    const throwing = {
      tick: () => {
        throw broken;
      },
      nextDueMs: () => undefined,
    };
    ticker = startClock([throwing], (thrown) => failures.push(thrown));
    vi.advanceTimersByTime(1_000);
    expect(failures).toEqual([broken]);
  });

  it('does nothing more once it is stopped', () => {
    ticker = startClock([ticked(() => undefined)], noFailure);
    vi.advanceTimersByTime(150);
    ticker.stop();
    vi.advanceTimersByTime(1_000);
    expect(ticks).toEqual([0, 100]);
  });
});
