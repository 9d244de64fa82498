import { describe, expect, it } from 'vitest';
import type { RollEvent } from '../../src/lib/model/event.js';
import { watch } from '../../src/lib/watch.js';
import { type FakeEngine, fakeEngine, type Interference, runRoll, writesOf } from '../support/fake-engine.js';
import { limits } from '../support/intents.js';
import { NEW_IMAGE } from '../support/servers.js';
import { stepsIn } from './steps-in.js';

/** Runs a roll, and a watch on another machine beside it. */
async function rollWatched(engine: FakeEngine, interference: Interference = {}, intervalMs = 1000) {
  const stopping = new AbortController();
  const seen: RollEvent[] = [];
  let idle = 0;
  const watching = watch(
    engine,
    { cluster: 'consul', group: undefined, limits, intervalMs },
    { emit: (event) => seen.push(event), signal: stopping.signal, idle: () => (idle += 1) },
  );
  const { result, events } = await runRoll(engine, interference);
  const watched = await watching;
  return { result, events, watched, seen, idle };
}

describe('watching a roll that somebody else runs', () => {
  it.each([3, 5])(
    'tells the same story: the same steps in the same order, and the same end (%d servers)',
    async (size) => {
      const { result, events, watched, seen, idle } = await rollWatched(fakeEngine(size));
      expect(result.outcome).toBe('rolled');
      expect(watched?.outcome).toBe('rolled');
      expect(stepsIn(seen)).toEqual(stepsIn(events));
      expect(idle).toBe(1);
      expect(watched?.leaderChanges).toBe(result.leaderChanges);
    },
  );

  it.each([
    ['in place, one at a time', { strategy: 'in-place' } as const],
    ['with a surge of 1', { surge: 1 }],
    ['that keeps the old group', { keepOld: true }],
  ])('tells it of a roll %s', async (_, order) => {
    const { events, seen, watched } = await rollWatched(fakeEngine(3), { order });
    expect(stepsIn(seen)).toEqual(stepsIn(events));
    expect(watched?.outcome).toBe('rolled');
  });

  it('tells it however seldom it looks', async () => {
    const { events, seen } = await rollWatched(fakeEngine(5), {}, 7_000);
    const steps = stepsIn(seen);
    // Several steps fall between two looks; where the roll took two of them is not to be seen, that it did is.
    expect(steps.toSorted()).toEqual(stepsIn(events).toSorted());
    expect(steps.at(-1)).toBe('finish: forget consul-7f3a');
  });

  it('tells of a roll that turns back by itself, and why', async () => {
    const engine = fakeEngine(3);
    engine.consul.brokenImages.add(NEW_IMAGE);
    const { result, events, seen, watched } = await rollWatched(engine);
    expect(result.outcome).toBe('rolled-back');
    expect(stepsIn(seen)).toEqual(stepsIn(events));
    expect(stepsIn(seen)).toContain('back: turn-back');
    expect(watched).toMatchObject({ outcome: 'rolled-back', reason: { kind: 'timed-out' } });
    expect(watched?.survey?.servers.map(({ side }) => side)).toEqual(['old', 'old', 'old']);
  });

  it.each([9, 14, 16, 20, 22])(
    'tells of a roll that was left after %d steps and is turned back',
    async (after) => {
      const engine = fakeEngine(3);
      let done = 0;
      await runRoll(engine, {
        pauseRequested: () => done >= after,
        onEvent: ({ kind }) => {
          done += Number(kind === 'step-done');
        },
      });
      const { events, seen, watched } = await rollWatched(engine, {
        order: { imageId: undefined, goBack: true },
      });
      expect(stepsIn(seen)).toEqual(stepsIn(events));
      expect(stepsIn(seen)[0]).toBe('back: turn-back');
      expect(watched?.outcome).toBe('rolled-back');
      expect(['asked', 'unseen']).toContain(watched?.reason?.kind);
    },
  );

  it('says that nobody runs a roll that was left part-way, and how to carry on', async () => {
    let begun = false;
    const { result, watched, seen } = await rollWatched(fakeEngine(3), {
      pauseRequested: () => begun,
      onEvent: (event) => {
        begun ||= event.kind === 'step-done' && event.step.action.kind === 'leave';
      },
    });
    expect(result.outcome).toBe('interrupted');
    expect(watched?.outcome).toBe('stopped');
    expect(seen.at(-1)).toMatchObject({ kind: 'ended', result: { outcome: 'stopped' } });
  });

  it('takes a roll up where it is', async () => {
    const engine = fakeEngine(3);
    let begun = false;
    await runRoll(engine, {
      pauseRequested: () => begun,
      onEvent: (event) => {
        begun ||= event.kind === 'step-done' && event.step.action.kind === 'leave';
      },
    });
    const { events, seen, idle } = await rollWatched(engine);
    expect(seen[0]).toMatchObject({ kind: 'started', resumed: true });
    expect(stepsIn(seen)).toEqual(stepsIn(events));
    expect(idle).toBe(0);
  });

  it('stops watching when it is told to, and disturbs nothing', async () => {
    const engine = fakeEngine(3);
    const stopping = new AbortController();
    const watched = await watch(
      engine,
      { cluster: 'consul', group: undefined, limits, intervalMs: 1000 },
      { emit: () => undefined, signal: stopping.signal, idle: () => stopping.abort() },
    );
    expect(watched).toBeUndefined();
    expect(writesOf(engine)).toEqual([]);
  });
});
