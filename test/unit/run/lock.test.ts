import { describe, expect, it } from 'vitest';
import { acquireLock, type LockRequest, readLock } from '../../../src/lib/engine/run/lock.js';
import { buildLockKey } from '../../../src/lib/model/intent.js';
import { createFakeEngine, type FakeEngine } from '../../helpers/fake-engine.js';
import { buildAddress, OBSERVED_AT_MS } from '../../helpers/servers.js';

const HOST = buildAddress('old', 0);
const KEY = buildLockKey('consul');
const TTL_MS = 30_000;

function requestFor(change: Partial<LockRequest> = {}): LockRequest {
  return {
    cluster: 'consul',
    rollId: '7f3a',
    sinceMs: OBSERVED_AT_MS,
    host: HOST,
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
    const lock = await acquireLock(engine, requestFor());
    const sinceMs = engine.clock.now();
    const held = {
      holder: 'ops@here 1',
      rollId: '7f3a',
      sinceMs,
      renewedAtMs: sinceMs,
      ttlMs: requestFor().ttlMs,
    };
    expect(await readLock(engine, 'consul', HOST)).toEqual(held);
    await engine.clock.sleep(TTL_MS / 4);
    expect(await lock.renew(HOST)).toBe(true);
    expect(await readLock(engine, 'consul', HOST)).toEqual({ ...held, renewedAtMs: sinceMs + TTL_MS / 4 });
    await lock.release(HOST);
    expect(await readLock(engine, 'consul', HOST)).toBeUndefined();
  });

  it('is written again only after a quarter of its time to live', async () => {
    const engine = createFakeEngine(3);
    const lock = await acquireLock(engine, requestFor());
    const { modifyIndex } = await engine.consul.readKey(HOST, KEY);
    await engine.clock.sleep(TTL_MS / 4 - 1);
    expect(await lock.renew(HOST)).toBe(true);
    expect(await engine.consul.readKey(HOST, KEY)).toMatchObject({ modifyIndex });
    await engine.clock.sleep(1);
    expect(await lock.renew(HOST)).toBe(true);
    expect((await engine.consul.readKey(HOST, KEY)).modifyIndex).toBeGreaterThan(modifyIndex);
  });

  it('shows its holder at once that another run took it', async () => {
    const engine = createFakeEngine(3);
    const lock = await acquireLock(engine, requestFor());
    await acquireLock(elsewhere(engine), requestFor({ force: true }));
    expect(await lock.renew(HOST)).toBe(false);
  });

  it('cannot be taken from a holder that renews it', async () => {
    const engine = createFakeEngine(3);
    const lock = await acquireLock(engine, requestFor());
    const renew = () => {
      void lock.renew(HOST);
      engine.clock.after(TTL_MS - 1000, renew);
    };
    renew();
    const taking = acquireLock(elsewhere(engine), requestFor());
    await expect(taking).rejects.toMatchObject({ code: 'locked', kind: 'locked' });
    expect(await lock.renew(HOST)).toBe(true);
  });

  it('can be taken after its time to live, and its first holder finds out', async () => {
    const engine = createFakeEngine(3);
    const first = await acquireLock(engine, requestFor());
    const startMs = engine.clock.now();
    const second = await acquireLock(elsewhere(engine), requestFor());
    expect(engine.clock.now() - startMs).toBe(TTL_MS);
    expect(await first.renew(HOST)).toBe(false);
    await first.release(HOST);
    expect(await second.renew(HOST)).toBe(true);
  });

  it('goes to one of two runs that wait for it', async () => {
    const engine = createFakeEngine(3);
    await acquireLock(engine, requestFor());
    const both = await Promise.allSettled([
      acquireLock(elsewhere(engine), requestFor()),
      acquireLock(elsewhere(engine), requestFor()),
    ]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });

  it('is not taken by a run that must stop while it waits', async () => {
    const engine = createFakeEngine(3);
    const lock = await acquireLock(engine, requestFor());
    const controller = new AbortController();
    engine.clock.after(3000, () => controller.abort());
    const taking = acquireLock(elsewhere(engine), requestFor({ signal: controller.signal }));
    await expect(taking).rejects.toMatchObject({ code: 'locked' });
    expect(await lock.renew(HOST)).toBe(true);
  });

  it('is held if its value cannot be read', async () => {
    const engine = createFakeEngine(3);
    await engine.consul.writeKey(HOST, KEY, 'not ours');
    expect(await readLock(engine, 'consul', HOST)).toMatchObject({ holder: 'an unknown holder' });
    const watched: string[] = [];
    await acquireLock(engine, requestFor({ onHeld: ({ holder }) => watched.push(holder) }));
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
    const lock = await acquireLock(engine, requestFor());
    await engine.clock.sleep(TTL_MS / 4);
    lost.on = true;
    await expect(lock.renew(HOST)).rejects.toThrow('reset');
    lost.on = false;
    expect(await lock.renew(HOST)).toBe(true);
    expect(await lock.renew(HOST)).toBe(true);
  });

  it('is taken when it was the first write', async () => {
    const engine = createFakeEngine(3);
    const lost = losing(engine, 'compareAndSet');
    lost.on = true;
    await expect(acquireLock(engine, requestFor())).rejects.toThrow('reset');
    lost.on = false;
    const startMs = engine.clock.now();
    const lock = await acquireLock(engine, requestFor());
    expect(engine.clock.now()).toBe(startMs);
    expect(await lock.renew(HOST)).toBe(true);
  });

  it('is not given to a run that renews it too late', async () => {
    const engine = createFakeEngine(3);
    const lost = losing(engine, 'compareAndSet');
    const lock = await acquireLock(engine, requestFor());
    await engine.clock.sleep(TTL_MS / 4);
    lost.on = true;
    await expect(lock.renew(HOST)).rejects.toThrow('reset');
    lost.on = false;
    await acquireLock(elsewhere(engine), requestFor());
    expect(await lock.renew(HOST)).toBe(false);
  });
});
