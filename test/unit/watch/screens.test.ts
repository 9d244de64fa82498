import { describe, expect, it } from 'vitest';
import type { RollEvent } from '../../../src/lib/model/events.js';
import { getPhaseState, listShownPhases } from '../../../src/lib/output/phase-state.js';
import { applyEvent, startProgress } from '../../../src/lib/output/progress.js';
import { buildFrame } from '../../../src/lib/output/terminal/frame.js';
import { createFakeEngine } from '../../helpers/fake-engine.js';
import { runRollWatched, runUntilSteps } from './roll-watched.js';

function screenOf(events: readonly RollEvent[]) {
  return events.reduce(applyEvent, startProgress(events[0]?.atMs ?? 0));
}

function statesIn(events: readonly RollEvent[]): string[] {
  const progress = screenOf(events);
  return listShownPhases(progress).map((stage) => `${stage} ${getPhaseState(progress, stage)}`);
}

/** What is shown under the current phase, at every event. */
function listDetails(events: readonly RollEvent[]): string[] {
  let progress = startProgress(events[0]?.atMs ?? 0);
  return events.flatMap((event) => {
    progress = applyEvent(progress, event);
    const { phases: stages } = buildFrame(progress, { columns: 100, rows: 40 }, event.atMs);
    return stages.flatMap(({ detail }) => detail.map(({ text }) => text));
  });
}

const AUTOPILOT = {
  cleanupDeadServers: true,
  minQuorum: 0,
  serverStabilizationMs: 10_000,
  upgradeMigrationDisabled: false,
  redundancyZoneTag: '',
};
const INTERVAL_MS = 1000;
/** Steps after which some of the old servers have left, and all of them. */
const LEFT = [
  [16, 'skipped'],
  [23, 'done'],
] as const;

describe('the screens of a roll and of its watcher', () => {
  it.each(LEFT)('agree on a roll that was paused after %d steps and is rolled back', async (after, drain) => {
    const engine = createFakeEngine(3);
    await runUntilSteps(engine, after);
    const { result, watched, events, seen } = await runRollWatched(engine, { order: { kind: 'rollback' } });
    expect(statesIn(seen)).toEqual(statesIn(events));
    expect(statesIn(seen)).toEqual([
      'preflight done',
      'snapshot done',
      'prepare done',
      'canary done',
      'grow done',
      `drain ${drain}`,
      'finish skipped',
      'rollback done',
    ]);
    expect(Math.abs((watched?.elapsedMs ?? 0) - result.elapsedMs)).toBeLessThan(5 * INTERVAL_MS);
  });

  it('agree on a roll that is resumed', async () => {
    const engine = createFakeEngine(3);
    await runUntilSteps(engine, 20);
    const { result, watched, events, seen } = await runRollWatched(engine);
    expect(statesIn(seen)).toEqual(statesIn(events));
    expect(new Set(statesIn(seen).map((each) => each.split(' ')[1]))).toEqual(new Set(['done']));
    expect(Math.abs((watched?.elapsedMs ?? 0) - result.elapsedMs)).toBeLessThan(5 * INTERVAL_MS);
  });

  it('show how a new server becomes a voter, step by step', async () => {
    const engine = createFakeEngine(3);
    engine.consul.readAutopilot = async () => AUTOPILOT;
    const { events, seen } = await runRollWatched(engine);
    for (const told of [events, seen]) {
      const shown = listDetails(told).join('\n');
      for (const words of ['voter in', 'passed gates', 'ready']) expect(shown).toContain(words);
      expect(screenOf(told).serverList.stabilizationMs).toBe(10_000);
    }
  });

  it('show the snapshot as taken where the watcher has waited for the roll', async () => {
    const { seen } = await runRollWatched(createFakeEngine(3));
    expect(statesIn(seen).slice(0, 3)).toEqual(['preflight done', 'snapshot done', 'prepare done']);
  });
});
