import { describe, expect, it } from 'vitest';
import { assumeDurations, type DurationEstimates } from '../../../src/lib/engine/plan/durations.js';
import { estimateDuration, findCriticalPath, isMostlyAssumed } from '../../../src/lib/engine/plan/estimate.js';
import { foldPlan } from '../../../src/lib/engine/plan/fold.js';
import { planRoll } from '../../../src/lib/engine/plan/plan.js';
import type { Action } from '../../../src/lib/model/action.js';
import type { PlannedMove, WaitCondition } from '../../../src/lib/model/decision.js';
import type { PathPart } from '../../../src/lib/model/estimate.js';
import { EMPTY_MEMORY } from '../../../src/lib/model/memory.js';
import type { Observation } from '../../../src/lib/model/observation.js';
import { buildOrder, createFakeEngine } from '../../helpers/fake-engine.js';
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

const leave = (instanceId: string) => act({ kind: 'leave', servers: [{ instanceId, address: '127.0.0.1' }] });
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

describe('findCriticalPath', () => {
  const partsOf = (path: readonly PathPart[]) =>
    path.map(({ phase, kind, ms, subjects }) => [phase, kind, ms, subjects]);

  it('has what is done side by side once, with all that it is waited for', () => {
    const durations = buildDurations({ leave: 5_000, stop: 15_000 });
    const moves = [leave('i-1'), leave('i-2'), outOfRaft('i-1'), outOfRaft('i-2'), agentDown('i-1'), agentDown('i-2')];
    expect(partsOf(findCriticalPath(moves, durations, NOW_MS))).toEqual([
      ['drain', 'leave', 5_000, ['i-1', 'i-2']],
      ['drain', 'agent-down', 10_000, ['i-1', 'i-2']],
    ]);
  });

  it('splits a boot into the machine, its vote and its gates', () => {
    const durations = { ...buildDurations({ boot: 90_000 }), joinMs: 10_000, gatesMs: 5_000 };
    const ready = wait({ kind: 'ready', side: 'new', instanceIds: ['i-1'], expected: 1 });
    expect(partsOf(findCriticalPath([ready], durations, NOW_MS)).map(([, kind, ms]) => [kind, ms])).toEqual([
      ['boot', 75_000],
      ['join', 10_000],
      ['gates', 5_000],
    ]);
  });
});

/** A cluster behind a target group with AWS's default deregistration delay, and one in front of it. */
async function planBehindTargetGroup(delayMs: number) {
  const { start, intent } = await planRoll(createFakeEngine(5), buildOrder());
  const { observation } = start;
  const name = 'target-group/consul';
  const facts = observation.preflightFacts;
  const behind: Observation = {
    ...observation,
    drainingMs: { [name]: delayMs },
    preflightFacts: facts && { ...facts, healthyAfterMs: { [name]: 30_000 } },
    old: observation.old && { ...observation.old, balancers: [], targetGroups: ['arn:aws:x:targetgroup/consul/1'] },
    servers: observation.servers.map((server) => ({ ...server, balancers: { [name]: 'in-service' } })),
  };
  const { moves } = foldPlan({ observation: behind, memory: EMPTY_MEMORY, intent, limits });
  const durations = assumeDurations(behind, { limits, intervalMs: 5000 });
  return { moves, durations, nowMs: behind.atMs };
}

describe('the critical path of a roll', () => {
  it('has one deregistration delay for five servers', async () => {
    const { moves, durations, nowMs } = await planBehindTargetGroup(300_000);
    const drains = findCriticalPath(moves, durations, nowMs).filter(({ kind }) => kind === 'drain');
    expect(drains.map(({ subjects, eachMs }) => [subjects.length, eachMs])).toEqual([[5, 300_000]]);
    // The steps that deregister the others take some of it.
    expect(drains[0]?.ms).toBeGreaterThan(280_000);
    expect(drains[0]?.ms).toBeLessThanOrEqual(300_000);
    const none = await planBehindTargetGroup(0);
    const addedMs =
      estimateDuration(moves, durations, nowMs).remainingMs -
      estimateDuration(none.moves, none.durations, nowMs).remainingMs;
    expect(addedMs).toBeGreaterThan(280_000);
    expect(addedMs).toBeLessThanOrEqual(300_000);
  });

  it('adds up to the estimate, and is in the order of the roll', async () => {
    const { moves, durations, nowMs } = await planBehindTargetGroup(60_000);
    const path = findCriticalPath(moves, durations, nowMs);
    expect(path.reduce((sum, { ms }) => sum + ms, 0)).toBe(estimateDuration(moves, durations, nowMs).remainingMs);
    const kinds = path.map(({ phase, kind }) => `${phase} ${kind}`).filter((one) => !one.endsWith('steps'));
    expect(kinds).toEqual([
      'canary boot',
      'canary join',
      'canary gates',
      'canary in-service',
      'grow boot',
      'grow join',
      'grow gates',
      'grow in-service',
      'drain drain',
      'drain leadership',
      'drain leave',
      'drain agent-down',
      'finish terminate',
      'finish observation',
      'finish delete',
      'finish settle',
    ]);
    const health = path.filter(({ kind }) => kind === 'in-service');
    expect(health.map(({ ms, basis }) => [ms, basis])).toEqual([
      [30_000, 'set'],
      [30_000, 'set'],
    ]);
  });
});
