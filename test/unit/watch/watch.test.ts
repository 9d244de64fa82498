import { describe, expect, it } from 'vitest';
import { requestPause } from '../../../src/lib/engine/pause.js';
import { followRoll } from '../../../src/lib/engine/watch/watch.js';
import { findReason } from '../../../src/lib/model/outcome.js';
import { createFakeEngine, listWrites, runRoll } from '../../helpers/fake-engine.js';
import { limits } from '../../helpers/intents.js';
import { NEW_IMAGE } from '../../helpers/servers.js';
import { stepsIn } from './steps-in.js';
import { rollWatched, runUntilSteps } from './watched.js';

describe('watching a roll that somebody else runs', () => {
  it.each([3, 5])(
    'tells the same story: the same steps in the same order, and the same end (%d servers)',
    async (size) => {
      const { result, events, watched, seen, idle } = await rollWatched(createFakeEngine(size));
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
    const { events, seen, watched } = await rollWatched(createFakeEngine(3), { order });
    expect(stepsIn(seen)).toEqual(stepsIn(events));
    expect(watched?.outcome).toBe('rolled');
  });

  it('tells it however seldom it looks', async () => {
    const { events, seen } = await rollWatched(createFakeEngine(5), {}, 7_000);
    const steps = stepsIn(seen);
    // Several steps fall between two looks; where the roll took two of them is not to be seen, that it did is.
    expect(steps.toSorted()).toEqual(stepsIn(events).toSorted());
    expect(steps.at(-1)).toBe('finish: forget consul-7f3a');
  });

  it('tells of a roll that turns back by itself, and why', async () => {
    const engine = createFakeEngine(3);
    engine.consul.brokenImages.add(NEW_IMAGE);
    const { result, events, seen, watched } = await rollWatched(engine);
    expect(result.outcome).toBe('rolled-back');
    expect(stepsIn(seen)).toEqual(stepsIn(events));
    expect(stepsIn(seen)).toContain('back: turn-back');
    expect(watched).toMatchObject({ outcome: 'rolled-back', reason: { kind: 'timed-out' } });
    expect(watched?.observation?.servers.map(({ side }) => side)).toEqual(['old', 'old', 'old']);
  });

  it.each([9, 14, 16, 20, 22])(
    'tells of a roll that was left after %d steps and is turned back',
    async (after) => {
      const engine = createFakeEngine(3);
      await runUntilSteps(engine, after);
      const { events, seen, watched } = await rollWatched(engine, {
        order: { kind: 'rollback' },
      });
      expect(stepsIn(seen)).toEqual(stepsIn(events));
      expect(stepsIn(seen)[0]).toBe('back: turn-back');
      expect(watched?.outcome).toBe('rolled-back');
      expect(['operator-request', 'unknown']).toContain(watched && findReason(watched)?.kind);
    },
  );

  it('says that nobody runs a roll that was left part-way, and how to carry on', async () => {
    let begun = false;
    const { result, watched, seen } = await rollWatched(createFakeEngine(3), {
      pauseRequested: () => begun,
      onEvent: (event) => {
        begun ||= event.kind === 'step-done' && event.step.action.kind === 'leave';
      },
    });
    expect(result.outcome).toBe('interrupted');
    expect(watched?.outcome).toBe('stopped');
    const reason = { kind: 'runner-gone', released: true };
    expect(seen.at(-1)).toMatchObject({ kind: 'ended', result: { outcome: 'stopped', reason } });
  });

  it('sees that a roll is asked to pause from elsewhere, and ends as it does', async () => {
    const engine = createFakeEngine(3);
    let asked: Promise<unknown> | undefined;
    const { result, watched, seen } = await rollWatched(engine, {
      onEvent: (event) => {
        const grows = event.kind === 'step-done' && event.step.action.kind === 'scale-out';
        if (grows) asked ??= requestPause(engine, { cluster: 'consul', group: undefined });
      },
    });
    await asked;
    expect(result.outcome).toBe('interrupted');
    expect(watched?.outcome).toBe('interrupted');
    expect(seen.filter(({ kind }) => kind === 'pause-requested')).toHaveLength(1);
  });

  it('takes a roll up where it is', async () => {
    const engine = createFakeEngine(3);
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
    const engine = createFakeEngine(3);
    const stopping = new AbortController();
    const watched = await followRoll(
      engine,
      { cluster: 'consul', group: undefined, limits, intervalMs: 1000 },
      { emit: () => undefined, signal: stopping.signal, onIdle: () => stopping.abort() },
    );
    expect(watched).toBeUndefined();
    expect(listWrites(engine)).toEqual([]);
  });
});
