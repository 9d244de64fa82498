import { describe, expect, it } from 'vitest';
import { assumedPace, type Pace } from '../../../src/lib/engine/plan/durations.js';
import { forecastOf, isEstimate } from '../../../src/lib/engine/plan/estimate.js';
import type { Action } from '../../../src/lib/model/action.js';
import type { Move, WaitFor } from '../../../src/lib/model/decision.js';
import { limits } from '../../helpers/intents.js';
import { surveyOf } from '../../helpers/surveys.js';

const NOW_MS = 1_000_000;

function paceOf(change: Partial<Record<keyof Pace, number>>): Pace {
  const pace = assumedPace(surveyOf(), { limits, intervalMs: 1000 });
  const lengths = Object.entries(change).map(([span, ms]) => [span, { ms, basis: 'measured' }]);
  return { ...pace, step: { ms: 0, basis: 'measured' }, rowMs: 0, ...Object.fromEntries(lengths) };
}

function act(action: Action): Move {
  return { kind: 'act', step: { phase: 'drain', action, why: 'a test', budget: undefined } };
}

function wait(waitFor: WaitFor, sinceMs = NOW_MS + 1): Move {
  return { kind: 'wait', wait: { phase: 'drain', for: waitFor, limitMs: 60_000, sinceMs } };
}

const leave = (instanceId: string) => act({ kind: 'leave', instanceId, address: '127.0.0.1' });
const outOfRaft = (instanceId: string) => wait({ kind: 'out-of-raft', instanceId });
const agentDown = (instanceId: string, sinceMs?: number) => wait({ kind: 'agent-down', instanceId }, sinceMs);

describe('a forecast', () => {
  it('counts what goes on at the same time once', () => {
    const pace = paceOf({ leave: 5_000, stop: 15_000 });
    const moves = [
      leave('i-1'),
      outOfRaft('i-1'),
      leave('i-2'),
      outOfRaft('i-2'),
      agentDown('i-1'),
      agentDown('i-2'),
    ];
    const { leftMs, shares } = forecastOf(moves, pace, NOW_MS);
    // The second goes 5 s after the first, and each is down 15 s after it was asked.
    expect(leftMs).toBe(20_000);
    expect(shares.map(({ span, count, ms }) => [span, count, ms])).toEqual([
      ['leave', 2, 10_000],
      ['stop', 2, 10_000],
    ]);
  });

  it('is the sum of its shares', () => {
    const moves = [leave('i-1'), outOfRaft('i-1'), agentDown('i-1')];
    const { leftMs, shares } = forecastOf(moves, paceOf({ step: 700 }), NOW_MS);
    expect(shares.reduce((sum, { ms }) => sum + ms, 0)).toBe(leftMs);
    expect(shares.find(({ span }) => span === 'step')?.ms).toBe(700);
  });

  it('takes off what a wait has lasted already, by what began it or else by what the world remembers', () => {
    const pace = paceOf({ stop: 15_000 });
    const moves = [agentDown('i-1', NOW_MS - 2_000)];
    expect(forecastOf(moves, pace, NOW_MS).leftMs).toBe(13_000);
    const begun = [{ span: 'stop', subject: 'i-1', sinceMs: NOW_MS - 4_000 }] as const;
    expect(forecastOf(moves, pace, NOW_MS, begun).leftMs).toBe(11_000);
  });

  it('gives what should have ended by now one more look', () => {
    const pace = paceOf({ stop: 15_000, look: 1_000 });
    expect(forecastOf([agentDown('i-1', NOW_MS - 60_000)], pace, NOW_MS).leftMs).toBe(1_000);
  });

  it('waits for nothing before the time when a clock elsewhere is ahead', () => {
    const pace = paceOf({ stop: 15_000 });
    expect(forecastOf([agentDown('i-1', NOW_MS + 90_000)], pace, NOW_MS).leftMs).toBe(15_000);
  });

  it('is an estimate until half of it is spent, measured or set', () => {
    const assumed = { span: 'boot', count: 1, ms: 60_000, eachMs: 60_000, basis: 'assumed' } as const;
    const measured = { ...assumed, span: 'leave', basis: 'measured' } as const;
    expect(isEstimate({ leftMs: 60_000, shares: [assumed] })).toBe(true);
    expect(isEstimate({ leftMs: 120_000, shares: [assumed, measured] })).toBe(false);
    expect(isEstimate({ leftMs: 60_000, shares: [assumed] }, 60_000)).toBe(false);
  });
});
