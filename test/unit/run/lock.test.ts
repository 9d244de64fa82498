import { describe, expect, it } from 'vitest';
import { acquireLock, type LockRequest, readLock } from '../../../src/lib/engine/run/lock.js';
import { buildLockKey } from '../../../src/lib/model/intent.js';
import type { Clock, Files } from '../../../src/lib/ports.js';
import { createFakeEngine, type FakeEngine, runRoll } from '../../helpers/fake-engine.js';

const KEY = buildLockKey('consul');
const TTL_MS = 30_000;
/** Longer than Consul takes to commit a write, and shorter than any wait for the lock. */
const WRITE_MS = 20;

function requestFor(engine: FakeEngine, change: Partial<LockRequest> = {}): LockRequest {
  return {
    cluster: 'consul',
    rollId: '7f3a',
    command: 'consul-roll resume --cluster consul',
    sinceMs: engine.clock.now(),
    host: engine.servers.leader,
    ttlMs: TTL_MS,
    intervalMs: 1000,
    signal: new AbortController().signal,
    force: false,
    onHeld: () => undefined,
    ...change,
  };
}

/** The same cluster, used by another process. */
function elsewhere(engine: FakeEngine) {
  return { ...engine, holder: 'ops@there 2' };
}

describe('the lock', () => {
  it('names its holder until it is released', async () => {
    const engine = createFakeEngine(3);
    const host = engine.servers.leader;
    const sinceMs = engine.clock.now();
    const lock = await acquireLock(engine, requestFor(engine));
    const held = { holder: 'ops@here 1', rollId: '7f3a', sinceMs, renewedAtMs: sinceMs, ttlMs: TTL_MS };
    expect(await readLock(engine, 'consul', host)).toEqual(held);
    await engine.clock.sleep(TTL_MS / 4);
    const renewedAtMs = engine.clock.now();
    expect(await lock.renew(host)).toBe(true);
    expect(await readLock(engine, 'consul', host)).toEqual({ ...held, renewedAtMs });
    await lock.release(host);
    expect(await readLock(engine, 'consul', host)).toBeUndefined();
  });

  it('is written again only after a quarter of its time to live', async () => {
    const engine = createFakeEngine(3);
    const host = engine.servers.leader;
    const dueMs = engine.clock.now() + TTL_MS / 4;
    const lock = await acquireLock(engine, requestFor(engine));
    const { modifyIndex } = await engine.consul.readKey(host, KEY);
    await engine.clock.sleep(dueMs - 1 - engine.clock.now());
    expect(await lock.renew(host)).toBe(true);
    expect(await engine.consul.readKey(host, KEY)).toMatchObject({ modifyIndex });
    await engine.clock.sleep(1);
    expect(await lock.renew(host)).toBe(true);
    expect((await engine.consul.readKey(host, KEY)).modifyIndex).toBeGreaterThan(modifyIndex);
  });

  it('shows its holder at once that another run took it', async () => {
    const engine = createFakeEngine(3);
    const lock = await acquireLock(engine, requestFor(engine));
    await acquireLock(elsewhere(engine), requestFor(engine, { force: true }));
    expect(await lock.renew(engine.servers.leader)).toBe(false);
  });

  it('cannot be taken from a holder that renews it', async () => {
    const engine = createFakeEngine(3);
    const lock = await acquireLock(engine, requestFor(engine));
    const renew = () => {
      void lock.renew(engine.servers.leader);
      engine.clock.after(TTL_MS - 1000, renew);
    };
    renew();
    const taking = acquireLock(elsewhere(engine), requestFor(engine));
    await expect(taking).rejects.toMatchObject({ code: 'locked', kind: 'locked' });
    expect(await lock.renew(engine.servers.leader)).toBe(true);
  });

  it('can be taken after its time to live, and its first holder finds out', async () => {
    const engine = createFakeEngine(3);
    const first = await acquireLock(engine, requestFor(engine));
    const startMs = engine.clock.now();
    const second = await acquireLock(elsewhere(engine), requestFor(engine));
    const tookMs = engine.clock.now() - startMs;
    expect(tookMs).toBeGreaterThanOrEqual(TTL_MS);
    expect(tookMs).toBeLessThan(TTL_MS + WRITE_MS);
    expect(await first.renew(engine.servers.leader)).toBe(false);
    await first.release(engine.servers.leader);
    expect(await second.renew(engine.servers.leader)).toBe(true);
  });

  it('goes to one of two runs that wait for it', async () => {
    const engine = createFakeEngine(3);
    await acquireLock(engine, requestFor(engine));
    const both = await Promise.allSettled([
      acquireLock(elsewhere(engine), requestFor(engine)),
      acquireLock(elsewhere(engine), requestFor(engine)),
    ]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });

  it('is not taken by a run that must stop while it waits', async () => {
    const engine = createFakeEngine(3);
    const lock = await acquireLock(engine, requestFor(engine));
    const controller = new AbortController();
    engine.clock.after(3000, () => controller.abort());
    const taking = acquireLock(elsewhere(engine), requestFor(engine, { signal: controller.signal }));
    await expect(taking).rejects.toMatchObject({ code: 'locked' });
    expect(await lock.renew(engine.servers.leader)).toBe(true);
  });

  it('is held if its value cannot be read', async () => {
    const engine = createFakeEngine(3);
    await engine.consul.writeKey(engine.servers.leader, KEY, 'not ours');
    expect(await readLock(engine, 'consul', engine.servers.leader)).toMatchObject({ holder: 'an unknown holder' });
    const watched: string[] = [];
    await acquireLock(engine, requestFor(engine, { onHeld: ({ holder }) => watched.push(holder) }));
    expect(watched).toEqual(['an unknown holder']);
  });
});

describe('a lock whose response is lost', () => {
  /** Has the answers to one kind of call lost for as long as the returned switch is on. */
  function losing(engine: FakeEngine, call: 'compareAndSet' | 'read'): { on: boolean } {
    const lost = { on: false };
    const { consul } = engine;
    const set = consul.compareAndSet.bind(consul);
    const read = consul.readKey.bind(consul);
    const unless = async <T>(answer: Promise<T>, name: string): Promise<T> => {
      const given = await answer;
      if (lost.on && call === name) throw new Error('the connection was reset');
      return given;
    };
    consul.compareAndSet = (...asked) => unless(set(...asked), 'compareAndSet');
    consul.readKey = (...asked) => unless(read(...asked), 'read');
    return lost;
  }

  it.each(['compareAndSet', 'read'] as const)('stays with its holder: %s', async (call) => {
    const engine = createFakeEngine(3);
    const lost = losing(engine, call);
    const lock = await acquireLock(engine, requestFor(engine));
    await engine.clock.sleep(TTL_MS / 4);
    lost.on = true;
    await expect(lock.renew(engine.servers.leader)).rejects.toThrow('reset');
    lost.on = false;
    expect(await lock.renew(engine.servers.leader)).toBe(true);
    expect(await lock.renew(engine.servers.leader)).toBe(true);
  });

  it('is taken when it was the first write', async () => {
    const engine = createFakeEngine(3);
    const lost = losing(engine, 'compareAndSet');
    const request = requestFor(engine);
    lost.on = true;
    await expect(acquireLock(engine, request)).rejects.toThrow('reset');
    lost.on = false;
    const startMs = engine.clock.now();
    const lock = await acquireLock(engine, request);
    expect(engine.clock.now() - startMs).toBeLessThan(WRITE_MS);
    expect(await lock.renew(engine.servers.leader)).toBe(true);
  });

  it('is not given to a run that renews it too late', async () => {
    const engine = createFakeEngine(3);
    const lost = losing(engine, 'compareAndSet');
    const lock = await acquireLock(engine, requestFor(engine));
    await engine.clock.sleep(TTL_MS / 4);
    lost.on = true;
    await expect(lock.renew(engine.servers.leader)).rejects.toThrow('reset');
    lost.on = false;
    await acquireLock(elsewhere(engine), requestFor(engine));
    expect(await lock.renew(engine.servers.leader)).toBe(false);
  });
});

describe('a step that takes longer than the lock lives', () => {
  const SAVE_MS = 10 * TTL_MS;

  /** A roll whose snapshot takes that long; `meanwhile` is called halfway. */
  async function rollSlowly(meanwhile: (engine: FakeEngine) => Promise<unknown>) {
    const engine = createFakeEngine(3);
    const nextTurn = () => new Promise((resolve) => setImmediate(resolve));
    // Two sleep at the same time, so each must let the other run.
    const sleep: Clock['sleep'] = (ms, signal) => nextTurn().then(() => engine.clock.sleep(ms, signal));
    let longestMs = 0;
    const save: Files['save'] = async (path) => {
      const startMs = engine.clock.now();
      const elapsedMs = () => engine.clock.now() - startMs;
      let isHalf = false;
      while (elapsedMs() < SAVE_MS) {
        await sleep(100);
        const lock = JSON.parse(engine.servers.get(KEY)?.value ?? '{}');
        longestMs = Math.max(longestMs, engine.clock.now() - Number(lock.renewedAtMs));
        if (isHalf || elapsedMs() < SAVE_MS / 2) continue;
        isHalf = true;
        await meanwhile(engine);
      }
      return { path, bytes: 1 };
    };
    const slow = { ...engine, clock: { ...engine.clock, sleep }, files: { ...engine.files, save } };
    const { result } = await runRoll(slow, { order: { lockTtlMs: TTL_MS } });
    return { result, longestMs };
  }

  // failure-mode: slow-snapshot
  it('keeps the lock', async () => {
    const { result, longestMs } = await rollSlowly(async () => undefined);
    expect(result.outcome).toBe('rolled');
    expect(longestMs).toBeLessThan(TTL_MS / 2);
  });

  it('ends the roll when another run took the lock meanwhile', async () => {
    const theirs = JSON.stringify({ holder: 'other', rollId: 'aaaa', sinceMs: 1, renewedAtMs: 1, ttlMs: TTL_MS });
    const { result } = await rollSlowly((engine) => engine.servers.put(KEY, theirs));
    expect(result).toMatchObject({ outcome: 'stopped', reason: { kind: 'lock-lost', holder: 'other' } });
  });
});
