import { describe, expect, it } from 'vitest';
import { NO_MEASUREMENTS, updateMeasurements } from '../../../src/lib/engine/plan/durations.js';
import { isMostlyAssumed, UNKNOWN_ETA, updateEta } from '../../../src/lib/engine/plan/estimate.js';
import type { RollEvent } from '../../../src/lib/model/events.js';
import { EMPTY_MEMORY } from '../../../src/lib/model/memory.js';
import { buildOrder, createFakeEngine, type FakeEngine, type OrderChange, runRoll } from '../../helpers/fake-engine.js';
import { buildObservation } from '../../helpers/observations.js';

/** The estimate at one observation, in milliseconds from the first event. */
interface EstimateAt {
  readonly atMs: number;
  readonly elapsedMs: number;
  readonly wholeMs: number;
  readonly isEstimate: boolean;
}

function listEstimates(events: readonly RollEvent[]): readonly EstimateAt[] {
  const startMs = events[0]?.atMs ?? 0;
  const estimates: EstimateAt[] = [];
  let eta = UNKNOWN_ETA;
  for (const event of events) {
    eta = updateEta(eta, event, buildOrder());
    if (event.kind !== 'observed' || eta.latest === undefined) continue;
    const { atMs, forecast } = eta.latest;
    const elapsedMs = atMs - startMs;
    const wholeMs = elapsedMs + forecast.remainingMs;
    estimates.push({ atMs: event.atMs, elapsedMs, wholeMs, isEstimate: isMostlyAssumed(forecast, elapsedMs) });
  }
  return estimates;
}

/** Runs a roll to its end. */
async function estimateRoll(engine: FakeEngine, order?: OrderChange) {
  const { events, result } = await runRoll(engine, order && { order });
  const estimates = listEstimates(events);
  /** The first estimate after so many steps of this kind. */
  const findAfter = (kind: string, count: number): EstimateAt => {
    const done = events.filter((event) => event.kind === 'step-done' && event.step.action.kind === kind);
    const stepMs = done[count - 1]?.atMs ?? Number.NaN;
    const found = estimates.find(({ atMs }) => atMs > stepMs);
    if (found === undefined) throw new Error(`no observation after ${count} ${kind}`);
    return found;
  };
  const actualMs = (events.at(-1)?.atMs ?? 0) - (events[0]?.atMs ?? 0);
  return { events, result, estimates, findAfter, actualMs };
}

describe('updateEta', () => {
  it('assumes times for AWS at first, and approaches the real duration as durations are measured', async () => {
    const { estimates, findAfter, actualMs } = await estimateRoll(createFakeEngine(5));
    expect(estimates[0]?.isEstimate).toBe(true);
    expect(estimates[0]?.wholeMs).toBeGreaterThan(1.8 * actualMs);
    expect(findAfter('scale-out', 2).wholeMs).toBeLessThan(1.6 * actualMs);
    const leaves = findAfter('terminate', 2);
    expect(leaves.isEstimate).toBe(false);
    expect(Math.abs(leaves.wholeMs - actualMs)).toBeLessThan(0.15 * actualMs);
  });

  it('is at least the elapsed time, and does not jump between two measurements', async () => {
    const { estimates, actualMs } = await estimateRoll(createFakeEngine(3));
    expect(estimates.length).toBeGreaterThan(60);
    for (const { elapsedMs, wholeMs } of estimates) expect(wholeMs).toBeGreaterThanOrEqual(elapsedMs);
    const wholes = estimates.map(({ wholeMs }) => wholeMs);
    // A wait ends with an observation: one interval, and the milliseconds of the calls.
    const rises = wholes.filter((whole, index) => whole > (wholes[index - 1] ?? whole) + 5_010);
    expect(rises).toEqual([]);
    expect(wholes.at(-1)).toBe(actualMs);
  });

  it.each([
    ['in place', { strategy: 'in-place' } as const],
    ['with a surge of 1', { surge: 1 }],
    ['that keeps the old group', { keepOld: true }],
  ])('approaches the real duration of a roll %s', async (_, order) => {
    const { result, estimates, findAfter, actualMs } = await estimateRoll(createFakeEngine(3), order);
    expect(result.outcome).toBe('rolled');
    expect(Math.abs(findAfter('terminate', 2).wholeMs - actualMs)).toBeLessThan(0.25 * actualMs);
    expect(estimates.at(-1)?.wholeMs).toBe(actualMs);
  });

  it('grows with a wait that takes longer than expected, and so do later waits of its kind', async () => {
    const { events } = await runRoll(createFakeEngine(3));
    const started = events.findIndex((event) => event.kind === 'waiting' && event.wait.for.kind === 'ready');
    const booting = events
      .slice(started)
      .find((event) => event.kind === 'observed' && event.observation.servers.some(({ side }) => side === 'new'));
    if (booting?.kind !== 'observed') throw new Error('no observation while a server boots');
    const until = events.indexOf(booting) + 1;
    const atMs = booting.atMs + 300_000;
    const slow = { ...booting, atMs, observation: { ...booting.observation, atMs } };
    const before = listEstimates(events.slice(0, until)).at(-1)?.wholeMs ?? 0;
    const after = listEstimates([...events.slice(0, until), slow]).at(-1)?.wholeMs ?? 0;
    // Both the canary and the others boot for five minutes and not for one and a half.
    expect(after - before).toBeGreaterThan(2 * 200_000);
  });

  it('measures a step only in the process that takes it: a watcher sees it with the next observation', () => {
    const step = {
      phase: 'drain',
      action: { kind: 'save-snapshot' },
      reason: { kind: 'disaster-recovery' },
      margin: undefined,
    } as const;
    const observed = (atMs: number): RollEvent => ({
      kind: 'observed',
      atMs,
      observation: buildObservation(),
      memory: EMPTY_MEMORY,
      decision: { kind: 'act', step },
    });
    const done = (atMs: number): RollEvent => ({ kind: 'step-done', atMs, step, number: 1, elapsedMs: 0 });
    const stepsOf = (events: readonly RollEvent[]) =>
      events.reduce(updateMeasurements, NO_MEASUREMENTS).durations.step ?? [];
    expect(stepsOf([observed(0), done(900), observed(1_000)])).toEqual([1_000]);
    expect(stepsOf([observed(0), done(5_000), observed(5_000)])).toEqual([]);
  });

  it('estimates what is left of a resumed roll', async () => {
    const engine = createFakeEngine(5);
    const first = await runRoll(engine, {
      pauseRequested: () => engine.calls.some((call) => call.startsWith('terminate')),
    });
    expect(first.result.outcome).toBe('interrupted');
    const { result, estimates, findAfter, actualMs } = await estimateRoll(engine, { kind: 'resume' });
    expect(result.outcome).toBe('rolled');
    expect(estimates[0]?.wholeMs).toBeLessThan(listEstimates(first.events)[0]?.wholeMs ?? 0);
    // How long a termination takes was not measured yet: all servers are terminated at the same time.
    expect(Math.abs(findAfter('terminate', 2).wholeMs - actualMs)).toBeLessThan(0.35 * actualMs);
  });

  it('estimates a rollback', async () => {
    const engine = createFakeEngine(5);
    await runRoll(engine, { pauseRequested: () => engine.calls.some((call) => call.startsWith('deregister')) });
    const { result, estimates, findAfter, actualMs } = await estimateRoll(engine, { kind: 'rollback' });
    expect(result.outcome).toBe('rolled-back');
    expect(estimates.length).toBeGreaterThan(20);
    expect(estimates.at(-1)?.wholeMs).toBe(actualMs);
    expect(Math.abs(findAfter('terminate', 2).wholeMs - actualMs)).toBeLessThan(0.25 * actualMs);
  });
});
