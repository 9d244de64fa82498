import { describe, expect, it } from 'vitest';
import { NO_MEASUREMENTS, updateMeasurements } from '../../../src/lib/engine/plan/durations.js';
import { isMostlyAssumed, UNKNOWN_ETA, updateEta } from '../../../src/lib/engine/plan/estimate.js';
import type { RollEvent } from '../../../src/lib/model/events.js';
import { EMPTY_MEMORY } from '../../../src/lib/model/memory.js';
import { buildObservation } from '../../helpers/observations.js';
import { buildOrder, createFakeEngine, runRoll } from '../../helpers/old-engine.js';

/** The estimate at one observation, in milliseconds from the first event. */
interface Told {
  readonly event: RollEvent;
  readonly elapsedMs: number;
  readonly wholeMs: number;
  readonly isEstimate: boolean;
}

function toldBy(events: readonly RollEvent[]): readonly Told[] {
  const startMs = events[0]?.atMs ?? 0;
  const told: Told[] = [];
  let now = UNKNOWN_ETA;
  for (const event of events) {
    now = updateEta(now, event, buildOrder());
    if (event.kind !== 'observed' || now.latest === undefined) continue;
    const elapsedMs = now.latest.atMs - startMs;
    const { forecast } = now.latest;
    told.push({
      event,
      elapsedMs,
      wholeMs: elapsedMs + forecast.remainingMs,
      isEstimate: isMostlyAssumed(forecast, elapsedMs),
    });
  }
  return told;
}

function lastedMs(events: readonly RollEvent[]): number {
  return (events.at(-1)?.atMs ?? 0) - (events[0]?.atMs ?? 0);
}

/** The first observation after so many steps of this kind. */
function lookAfter(events: readonly RollEvent[], kind: string, count = 1): Told {
  const done = events.filter((event) => event.kind === 'step-done' && event.step.action.kind === kind);
  const atMs = done[count - 1]?.atMs ?? Number.NaN;
  const told = toldBy(events).find(({ event }) => event.kind === 'observed' && event.atMs > atMs);
  if (told === undefined) throw new Error(`no look after ${count} ${kind}`);
  return told;
}

describe('how long a roll is expected to take', () => {
  it('is an estimate for AWS at first, and comes near the truth as things are measured', async () => {
    const { events } = await runRoll(createFakeEngine(5));
    const truthMs = lastedMs(events);
    const first = toldBy(events)[0];
    expect(first?.isEstimate).toBe(true);
    expect(first?.wholeMs).toBeGreaterThan(3 * truthMs);
    const canary = lookAfter(events, 'scale-out', 2);
    expect(canary.wholeMs).toBeLessThan(1.6 * truthMs);
    const leaves = lookAfter(events, 'terminate', 2);
    expect(leaves.isEstimate).toBe(false);
    expect(Math.abs(leaves.wholeMs - truthMs)).toBeLessThan(0.15 * truthMs);
  });

  it('is never less than what has passed, and does not jump about between two measurements', async () => {
    const { events } = await runRoll(createFakeEngine(3));
    const told = toldBy(events);
    expect(told.length).toBeGreaterThan(80);
    for (const { elapsedMs, wholeMs } of told) expect(wholeMs).toBeGreaterThanOrEqual(elapsedMs);
    const wholes = told.map(({ wholeMs }) => wholeMs);
    const rises = wholes.filter((whole, index) => whole > (wholes[index - 1] ?? whole) + 5_000);
    expect(rises).toEqual([]);
    expect(wholes.at(-1)).toBe(lastedMs(events));
  });

  it.each([
    ['in place', { strategy: 'in-place' } as const],
    ['one for one', { surge: 1 }],
    ['kept empty at the end', { keepOld: true }],
  ])('comes near the truth %s too', async (_, order) => {
    const { events, result } = await runRoll(createFakeEngine(3), { order });
    expect(result.outcome).toBe('rolled');
    const { wholeMs } = lookAfter(events, 'terminate', 2);
    expect(Math.abs(wholeMs - lastedMs(events))).toBeLessThan(0.25 * lastedMs(events));
    expect(toldBy(events).at(-1)?.wholeMs).toBe(lastedMs(events));
  });

  it('grows with a wait that takes longer than it should, and so do those of its kind that are still to come', async () => {
    const { events } = await runRoll(createFakeEngine(3));
    const started = events.findIndex((event) => event.kind === 'waiting' && event.wait.for.kind === 'ready');
    const booting = events.slice(started).find(({ kind }) => kind === 'observed');
    if (booting?.kind !== 'observed') throw new Error('a boot is looked at');
    const until = events.indexOf(booting) + 1;
    const slow = { ...booting, atMs: booting.atMs + 300_000 };
    const before = toldBy(events.slice(0, until)).at(-1)?.wholeMs ?? 0;
    const after = toldBy([...events.slice(0, until), slow]).at(-1)?.wholeMs ?? 0;
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
    const looked = (atMs: number): RollEvent => ({
      kind: 'observed',
      atMs,
      observation: buildObservation(),
      memory: EMPTY_MEMORY,
      decision: { kind: 'act', step },
    });
    const done = (atMs: number): RollEvent => ({ kind: 'step-done', atMs, step, number: 1, elapsedMs: 0 });
    const stepsOf = (events: readonly RollEvent[]) =>
      events.reduce(updateMeasurements, NO_MEASUREMENTS).durations.step ?? [];
    expect(stepsOf([looked(0), done(900), looked(1_000)])).toEqual([1_000]);
    expect(stepsOf([looked(0), done(5_000), looked(5_000)])).toEqual([]);
  });

  it('of a resumed roll is that of what is left', async () => {
    const engine = createFakeEngine(5);
    const first = await runRoll(engine, {
      pauseRequested: () => engine.calls.some((call) => call.startsWith('terminate')),
    });
    expect(first.result.outcome).toBe('interrupted');
    const { events, result } = await runRoll(engine, { order: { kind: 'resume' } });
    expect(result.outcome).toBe('rolled');
    const told = toldBy(events);
    expect(told[0]?.wholeMs).toBeLessThan(toldBy(first.events)[0]?.wholeMs ?? 0);
    const later = lookAfter(events, 'terminate', 2);
    expect(Math.abs(later.wholeMs - lastedMs(events))).toBeLessThan(0.2 * lastedMs(events));
  });

  it('of the way back is that of the way back', async () => {
    const engine = createFakeEngine(5);
    await runRoll(engine, { pauseRequested: () => engine.calls.some((call) => call.startsWith('deregister')) });
    const { events, result } = await runRoll(engine, { order: { kind: 'rollback' } });
    expect(result.outcome).toBe('rolled-back');
    const told = toldBy(events);
    expect(told.length).toBeGreaterThan(20);
    expect(told.at(-1)?.wholeMs).toBe(lastedMs(events));
    const later = lookAfter(events, 'terminate', 2);
    expect(Math.abs(later.wholeMs - lastedMs(events))).toBeLessThan(0.25 * lastedMs(events));
  });
});
