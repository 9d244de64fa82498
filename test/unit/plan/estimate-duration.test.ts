import { describe, expect, it } from 'vitest';
import { assumeDurations, type DurationEstimates } from '../../../src/lib/engine/plan/durations.js';
import { estimateDuration, isMostlyAssumed } from '../../../src/lib/engine/plan/estimate.js';
import type { Action } from '../../../src/lib/model/action.js';
import type { PlannedMove, WaitCondition } from '../../../src/lib/model/decision.js';
import { limits } from '../../helpers/intents.js';
import { buildObservation } from '../../helpers/observations.js';

const NOW_MS = 1_000_000;

function buildDurations(change: Partial<Record<keyof DurationEstimates, number>>): DurationEstimates {
  const durations = assumeDurations(buildObservation(), { limits, intervalMs: 1000 });
  const lengths = Object.entries(change).map(([kind, ms]) => [kind, { ms, basis: 'measured' }]);
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

describe('estimateDuration', () => {
  it('counts overlapping waits once', () => {
    const durations = buildDurations({ leave: 5_000, stop: 15_000 });
    const moves = [leave('i-1'), outOfRaft('i-1'), leave('i-2'), outOfRaft('i-2'), agentDown('i-1'), agentDown('i-2')];
    const { remainingMs, parts } = estimateDuration(moves, durations, NOW_MS);
    // The second goes 5 s after the first, and each is down 15 s after it was asked.
    expect(remainingMs).toBe(20_000);
    expect(parts.map(({ kind, count, ms }) => [kind, count, ms])).toEqual([
      ['leave', 2, 10_000],
      ['stop', 2, 10_000],
    ]);
  });

  it('returns the sum of its parts', () => {
    const moves = [leave('i-1'), outOfRaft('i-1'), agentDown('i-1')];
    const { remainingMs, parts } = estimateDuration(moves, buildDurations({ step: 700 }), NOW_MS);
    expect(parts.reduce((sum, { ms }) => sum + ms, 0)).toBe(remainingMs);
    expect(parts.find(({ kind }) => kind === 'step')?.ms).toBe(700);
  });

  it('subtracts what a wait has already lasted, by the step that started it or else by memory', () => {
    const durations = buildDurations({ stop: 15_000 });
    const moves = [agentDown('i-1', NOW_MS - 2_000)];
    expect(estimateDuration(moves, durations, NOW_MS).remainingMs).toBe(13_000);
    const inFlight = [{ kind: 'stop', subject: 'i-1', sinceMs: NOW_MS - 4_000 }] as const;
    expect(estimateDuration(moves, durations, NOW_MS, inFlight).remainingMs).toBe(11_000);
  });

  it('expects an overdue wait to end with the next observation', () => {
    const durations = buildDurations({ stop: 15_000, interval: 1_000 });
    expect(estimateDuration([agentDown('i-1', NOW_MS - 60_000)], durations, NOW_MS).remainingMs).toBe(1_000);
  });

  it('counts a wait from now if its start is in the future', () => {
    const durations = buildDurations({ stop: 15_000 });
    expect(estimateDuration([agentDown('i-1', NOW_MS + 90_000)], durations, NOW_MS).remainingMs).toBe(15_000);
  });
});

describe('isMostlyAssumed', () => {
  it('is true until half of the time is spent, measured or set', () => {
    const assumed = { kind: 'boot', count: 1, ms: 60_000, eachMs: 60_000, basis: 'assumed' } as const;
    const measured = { ...assumed, kind: 'leave', basis: 'measured' } as const;
    expect(isMostlyAssumed({ remainingMs: 60_000, parts: [assumed] })).toBe(true);
    expect(isMostlyAssumed({ remainingMs: 120_000, parts: [assumed, measured] })).toBe(false);
    expect(isMostlyAssumed({ remainingMs: 60_000, parts: [assumed] }, 60_000)).toBe(false);
  });
});
