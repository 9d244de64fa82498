import { describe, expect, it } from 'vitest';
import { assumeDurations, type DurationEstimates } from '../../../src/lib/engine/plan/durations.js';
import { estimateDuration, isMostlyAssumed } from '../../../src/lib/engine/plan/estimate.js';
import type { Action } from '../../../src/lib/model/action.js';
import type { PlannedMove, WaitCondition } from '../../../src/lib/model/decision.js';
import { limits } from '../../helpers/intents.js';
import { buildObservation } from '../../helpers/observations.js';

const NOW_MS = 1_000_000;

function paceOf(change: Partial<Record<keyof DurationEstimates, number>>): DurationEstimates {
  const durations = assumeDurations(buildObservation(), { limits, intervalMs: 1000 });
  const lengths = Object.entries(change).map(([span, ms]) => [span, { ms, basis: 'measured' }]);
  return { ...durations, step: { ms: 0, basis: 'measured' }, streakMs: 0, ...Object.fromEntries(lengths) };
}

function act(action: Action): PlannedMove {
  return { kind: 'act', step: { phase: 'drain', action, reason: { kind: 'draining' }, margin: undefined } };
}

function wait(waitFor: WaitCondition, sinceMs = NOW_MS + 1): PlannedMove {
  return { kind: 'wait', wait: { phase: 'drain', for: waitFor, limitMs: 60_000, sinceMs } };
}

const leave = (instanceId: string) => act({ kind: 'leave', instanceId, address: '127.0.0.1' });
const outOfRaft = (instanceId: string) => wait({ kind: 'out-of-raft', instanceId });
const agentDown = (instanceId: string, sinceMs?: number) => wait({ kind: 'agent-down', instanceId }, sinceMs);

describe('a forecast', () => {
  it('counts what overlaps once', () => {
    const durations = paceOf({ leave: 5_000, stop: 15_000 });
    const moves = [leave('i-1'), outOfRaft('i-1'), leave('i-2'), outOfRaft('i-2'), agentDown('i-1'), agentDown('i-2')];
    const { remainingMs: leftMs, parts: shares } = estimateDuration(moves, durations, NOW_MS);
    // The second goes 5 s after the first, and each is down 15 s after it was asked.
    expect(leftMs).toBe(20_000);
    expect(shares.map(({ kind: span, count, ms }) => [span, count, ms])).toEqual([
      ['leave', 2, 10_000],
      ['stop', 2, 10_000],
    ]);
  });

  it('is the sum of its shares', () => {
    const moves = [leave('i-1'), outOfRaft('i-1'), agentDown('i-1')];
    const { remainingMs: leftMs, parts: shares } = estimateDuration(moves, paceOf({ step: 700 }), NOW_MS);
    expect(shares.reduce((sum, { ms }) => sum + ms, 0)).toBe(leftMs);
    expect(shares.find(({ kind: span }) => span === 'step')?.ms).toBe(700);
  });

  it('takes off what a wait has lasted already, by what began it or else by what the world remembers', () => {
    const durations = paceOf({ stop: 15_000 });
    const moves = [agentDown('i-1', NOW_MS - 2_000)];
    expect(estimateDuration(moves, durations, NOW_MS).remainingMs).toBe(13_000);
    const begun = [{ kind: 'stop', subject: 'i-1', sinceMs: NOW_MS - 4_000 }] as const;
    expect(estimateDuration(moves, durations, NOW_MS, begun).remainingMs).toBe(11_000);
  });

  it('expects an overdue wait to end with the next observation', () => {
    const durations = paceOf({ stop: 15_000, interval: 1_000 });
    expect(estimateDuration([agentDown('i-1', NOW_MS - 60_000)], durations, NOW_MS).remainingMs).toBe(1_000);
  });

  it('waits for nothing before the time when a clock elsewhere is ahead', () => {
    const durations = paceOf({ stop: 15_000 });
    expect(estimateDuration([agentDown('i-1', NOW_MS + 90_000)], durations, NOW_MS).remainingMs).toBe(15_000);
  });

  it('is an estimate until half of it is spent, measured or set', () => {
    const assumed = { kind: 'boot', count: 1, ms: 60_000, eachMs: 60_000, basis: 'assumed' } as const;
    const measured = { ...assumed, kind: 'leave', basis: 'measured' } as const;
    expect(isMostlyAssumed({ remainingMs: 60_000, parts: [assumed] })).toBe(true);
    expect(isMostlyAssumed({ remainingMs: 120_000, parts: [assumed, measured] })).toBe(false);
    expect(isMostlyAssumed({ remainingMs: 60_000, parts: [assumed] }, 60_000)).toBe(false);
  });
});
