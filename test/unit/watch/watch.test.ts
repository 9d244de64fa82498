import { describe, expect, it } from 'vitest';
import { requestPause } from '../../../src/lib/engine/pause.js';
import { formatJournal, parseJournal } from '../../../src/lib/engine/run/journal-value.js';
import type { RollEvent } from '../../../src/lib/model/events.js';
import type { Journal } from '../../../src/lib/model/journal.js';
import { findReason } from '../../../src/lib/model/outcome.js';
import { applyEvent, startProgress } from '../../../src/lib/output/progress.js';
import { describeActivity } from '../../../src/lib/output/text/live-view.js';
import { createFakeEngine, type FakeEngine, listWrites, runRoll } from '../../helpers/fake-engine.js';
import { NEW_IMAGE } from '../../helpers/servers.js';
import { listSteps, listTold, listToldUntimed } from './list-steps.js';
import { runRollWatched, runUntilSteps, startWatch } from './roll-watched.js';

/** An election, and the observations around it. */
const ELECTION_MS = 3_000;
/** Rarer than the roll's own, and within the time that a step may wait for: the two share one clock. */
const RARE_MS = 4_500;
/** A request takes a few milliseconds of that clock. */
const CLOCK_STEP_MS = 5;
const THIRD_IMAGE = 'ami-00000000000000003';
const JOURNAL_KEY = 'consul-roll/consul/journal';

/** The same engine, whose journal is read and written as this says. */
function changeJournal(engine: FakeEngine, read: (value: string | undefined) => string | undefined): void {
  const { readKey } = engine.consul;
  engine.consul.readKey = async (address, key) => {
    const found = await readKey.call(engine.consul, address, key);
    return key === JOURNAL_KEY ? { ...found, value: read(found.value) } : found;
  };
}

/** As with a consul-roll that writes no journal. */
function dropJournal(engine: FakeEngine): void {
  const { compareAndSet } = engine.consul;
  engine.consul.compareAndSet = async (address, key, ...rest) =>
    key !== JOURNAL_KEY && compareAndSet.call(engine.consul, address, key, ...rest);
}

/** The engine of a process that is killed at this signal: it writes no end into its journal, and releases no lock. */
function withoutWritesAfter(engine: FakeEngine, signal: AbortSignal): FakeEngine {
  const consul = new Proxy(engine.consul, {
    get: (target, name) =>
      signal.aborted && String(name).startsWith('compareAnd') ? async () => true : Reflect.get(target, name),
  });
  return { ...engine, consul };
}

function pauseAfterLeave() {
  let hasLeft = false;
  return {
    pauseRequested: () => hasLeft,
    onEvent: (event: RollEvent) => {
      hasLeft ||= event.kind === 'step-done' && event.step.action.kind === 'leave';
    },
  };
}

function withoutNumber(step: string): string {
  return step.replace(/^\d+ /, '');
}

function listKinds(events: readonly RollEvent[]): Set<string> {
  return new Set(events.map(({ kind }) => kind));
}

describe('followRoll, with a journal', () => {
  it.each([
    ['of three servers', 3, {}],
    ['of five servers', 5, {}],
    ['in place', 3, { strategy: 'in-place' } as const],
    ['of five servers in place, two at a time', 5, { strategy: 'in-place', surge: 2 } as const],
    ['with a surge of 1', 3, { surge: 1 }],
    ['that keeps the old group', 3, { keepOld: true }],
  ])('emits the same steps, waits, numbers and times as a roll %s', async (_, size, order) => {
    const { result, events, watched, seen, idle } = await runRollWatched(createFakeEngine(size), { order });
    expect(result.outcome).toBe('rolled');
    expect(listToldUntimed(seen)).toEqual(listToldUntimed(events));
    const delaysMs = listTold(seen).map(({ atMs }, index) => atMs - (listTold(events)[index]?.atMs ?? 0));
    expect(Math.min(...delaysMs)).toBeGreaterThanOrEqual(-CLOCK_STEP_MS);
    expect(Math.max(...delaysMs)).toBeLessThanOrEqual(ELECTION_MS);
    const { outcome, elapsedMs, leaderChanges } = result;
    expect(watched).toMatchObject({ outcome, elapsedMs, leaderChanges });
    expect(idle).toBe(1);
    expect(seen[0]).toMatchObject({ kind: 'started', resumed: false, watched: { holder: 'ops@here 1' } });
  });

  it('emits them in order of time', async () => {
    const { seen } = await runRollWatched(createFakeEngine(3), {}, RARE_MS);
    const told = seen.filter(({ kind }) => kind !== 'observed').map(({ atMs }) => atMs);
    expect(told).toEqual(told.toSorted((a, b) => a - b));
  });

  it('misses no step where observations are rare', async () => {
    const { events, seen } = await runRollWatched(createFakeEngine(5), {}, RARE_MS);
    expect(listSteps(seen)).toEqual(listSteps(events));
    expect(listSteps(seen).at(-1)).toMatch(/^\d+ finish: delete-record$/);
  });

  it('tells that a roll rolls back by itself, and why', async () => {
    const engine = createFakeEngine(3);
    engine.setImage(NEW_IMAGE, 'broken');
    const { result, events, seen, watched } = await runRollWatched(engine);
    expect(result.outcome).toBe('rolled-back');
    expect(listToldUntimed(seen)).toEqual(listToldUntimed(events));
    const reason = findReason(result);
    expect(reason?.kind).toBe('timed-out');
    expect(watched).toMatchObject({ outcome: 'rolled-back', reason });
    expect(watched?.observation?.servers.map(({ side }) => side)).toEqual(['old', 'old', 'old']);
  });

  it.each([9, 14, 16, 20, 22])('follows the rollback of a roll that was paused after %d steps', async (steps) => {
    const engine = createFakeEngine(3);
    await runUntilSteps(engine, steps);
    const { events, seen, watched } = await runRollWatched(engine, { order: { kind: 'rollback' } });
    expect(listToldUntimed(seen)).toEqual(listToldUntimed(events));
    expect(listSteps(seen)[0]).toBe('1 rollback: start-rollback');
    expect(watched).toMatchObject({ outcome: 'rolled-back', reason: { kind: 'operator-request' } });
  });

  it('tells a late watcher the steps of the run so far', async () => {
    const engine = createFakeEngine(3);
    let watch: ReturnType<typeof startWatch> | undefined;
    const { events } = await runRoll(engine, {
      onEvent: (event) => {
        const isLate = event.kind === 'step-done' && event.step.action.kind === 'deregister';
        if (isLate) watch ??= startWatch(engine);
      },
    });
    const seen = (await watch?.ended)?.seen ?? [];
    expect(seen[0]).toMatchObject({ kind: 'started', resumed: true });
    expect(listSteps(seen)).toEqual(listSteps(events));
  });

  it.each([
    ['', (): void => undefined],
    [
      ', and whose journal is lost in between',
      (engine: FakeEngine): Promise<void> => engine.servers.put(JOURNAL_KEY, 'not a journal'),
    ],
  ])('follows a roll whose runner is killed and that another process resumes%s', async (_, betweenRuns) => {
    const engine = createFakeEngine(3);
    const killed = new AbortController();
    const watch = startWatch(engine);
    const first = await runRoll(withoutWritesAfter(engine, killed.signal), {
      signal: killed.signal,
      onEvent: (event) => {
        if (event.kind === 'step-done' && event.step.action.kind === 'register') killed.abort();
      },
    });
    await betweenRuns(engine);
    // Who waits for the lock, and who watches it, share one clock here: so it is not waited for.
    const order = { forceUnlock: true };
    const second = await runRoll({ ...engine, holder: 'ops@there 2' }, { order });
    const { watched, seen } = await watch.ended;
    expect(watched?.outcome).toBe('rolled');
    const steps = [...listSteps(first.events), ...listSteps(second.events)];
    const told = listSteps(seen);
    expect(told.map(withoutNumber)).toEqual(steps.map(withoutNumber));
    expect(told.map((step) => Number.parseInt(step, 10))).toEqual(told.map((_, n) => n + 1));
    const runs = seen.flatMap((event) => (event.kind === 'started' ? [event.watched?.holder] : []));
    expect(runs).toEqual(['ops@here 1', 'ops@there 2']);
  });

  it('ends like a run that leaves the roll unfinished', async () => {
    const { result, watched } = await runRollWatched(createFakeEngine(3), pauseAfterLeave());
    expect(result.outcome).toBe('interrupted');
    const { outcome, elapsedMs, leaderChanges } = result;
    expect(watched).toMatchObject({ outcome, elapsedMs, leaderChanges });
  });

  it('says how a roll ended that was paused before the watch began', async () => {
    const engine = createFakeEngine(3);
    await runUntilSteps(engine, 10);
    const { watched, seen, idle } = await startWatch(engine).ended;
    expect(watched?.outcome).toBe('interrupted');
    expect(listSteps(seen)).toEqual([]);
    expect(idle).toBe(0);
  });

  it('says that the runner is gone where the lock expires', async () => {
    const engine = createFakeEngine(3);
    const lock = { holder: 'ops@there 2', rollId: '7f3a', sinceMs: 5, renewedAtMs: 5, ttlMs: 30_000 };
    await runUntilSteps(engine, 10);
    await engine.servers.put('consul-roll/consul/lock', JSON.stringify(lock));
    const { watched } = await startWatch(engine).ended;
    expect(watched).toMatchObject({ outcome: 'stopped', reason: { kind: 'runner-gone', released: false } });
  });

  it('tells of a request to pause by another process', async () => {
    const engine = createFakeEngine(3);
    let asked: Promise<unknown> | undefined;
    const { result, watched, seen } = await runRollWatched(engine, {
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

  it('changes nothing, and stops when the signal aborts', async () => {
    const engine = createFakeEngine(3);
    const watch = startWatch(engine);
    watch.stop();
    expect((await watch.ended).watched).toBeUndefined();
    expect(listWrites(engine)).toEqual([]);
  });
});

describe('followRoll, without a journal it can use', () => {
  const forged: Journal = {
    rollId: '7f3a',
    holder: 'ops@here 1',
    sinceMs: 5,
    entries: [{ n: 1, kind: 'end', atMs: 6, end: { outcome: 'rolled' }, elapsedMs: 1, leaderChanges: 0 }],
  };

  it.each([
    ['none', (): string | undefined => undefined],
    ['garbled', () => '{"version":1,"entries":'],
    ['of another version', (value: string | undefined) => value?.replace('"version":1', '"version":2')],
    ['of another roll', (value: string | undefined) => value?.replace('"rollId":"7f3a"', '"rollId":"0000"')],
  ])('says only what it observes: %s', async (_, read) => {
    const engine = createFakeEngine(3);
    changeJournal(engine, read);
    const { events, watched, seen } = await runRollWatched(engine);
    expect(events.at(-1)).toMatchObject({ kind: 'ended', result: { outcome: 'rolled' } });
    expect(watched?.outcome).toBe('rolled');
    expect(listSteps(seen)).toEqual([]);
    expect(listKinds(seen)).toEqual(new Set(['started', 'observed', 'leader-changed', 'ended']));
    const progress = seen.slice(0, -1).reduce(applyEvent, startProgress(0));
    expect(progress.phases.map(({ name }) => name)).toEqual([
      'preflight',
      'prepare',
      'canary',
      'grow',
      'drain',
      'finish',
    ]);
    const waiting = seen.filter((event) => event.kind === 'observed' && event.decision.kind === 'wait');
    const said = waiting.map((event) => describeActivity(applyEvent(progress, event)));
    expect(said.every((one) => one.startsWith('no journal; probably waiting for '))).toBe(true);
  });

  it('says that a roll was rolled back, and that the reason is unknown', async () => {
    const engine = createFakeEngine(3);
    dropJournal(engine);
    engine.setImage(NEW_IMAGE, 'broken');
    const { watched } = await runRollWatched(engine);
    expect(watched).toMatchObject({ outcome: 'rolled-back', reason: { kind: 'unknown' } });
  });

  it('says that the runner is gone where it has released the lock', async () => {
    const engine = createFakeEngine(3);
    dropJournal(engine);
    const { result, watched } = await runRollWatched(engine, pauseAfterLeave());
    expect(result.outcome).toBe('interrupted');
    expect(watched).toMatchObject({ outcome: 'stopped', reason: { kind: 'runner-gone', released: true } });
  });

  it('believes the tags and the servers, not a journal that says the roll is done', async () => {
    const engine = createFakeEngine(3);
    changeJournal(engine, () => formatJournal(forged));
    const { watched } = await runRollWatched(engine, pauseAfterLeave());
    expect(watched).toMatchObject({ outcome: 'stopped', reason: { kind: 'runner-gone' } });
  });

  it.each([
    ['run of the roll', async (engine: FakeEngine) => runUntilSteps(engine, 10), {}],
    [
      'roll',
      async (engine: FakeEngine) => {
        await runRoll(engine);
        engine.rollId = '8e4b';
        engine.setImage(THIRD_IMAGE, 'good');
      },
      { imageId: THIRD_IMAGE },
    ],
  ])('does not take the end of an earlier %s for that of a later one', async (_, runEarlier, order) => {
    const engine = createFakeEngine(3);
    await runEarlier(engine);
    dropJournal(engine);
    const pausing = pauseAfterLeave();
    let watch: ReturnType<typeof startWatch> | undefined;
    const onEvent = (event: RollEvent) => {
      pausing.onEvent(event);
      if (event.kind === 'step-done') watch ??= startWatch(engine);
    };
    await runRoll({ ...engine, holder: 'ops@there 2' }, { ...pausing, onEvent, order });
    const { watched, seen } = (await watch?.ended) ?? {};
    expect(watched).toMatchObject({ outcome: 'stopped', reason: { kind: 'runner-gone', released: true } });
    expect(listSteps(seen ?? [])).toEqual([]);
  });

  it('is not confused by the journal of the roll before', async () => {
    const engine = createFakeEngine(3);
    await runRoll(engine);
    engine.rollId = '8e4b';
    engine.setImage(THIRD_IMAGE, 'good');
    const { events, seen } = await runRollWatched(engine, { order: { imageId: THIRD_IMAGE } });
    expect(parseJournal(engine.servers.get(JOURNAL_KEY)?.value)?.rollId).toBe('8e4b');
    expect(listToldUntimed(seen)).toEqual(listToldUntimed(events));
  });
});
