import { describe, expect, it } from 'vitest';
import { type LockRequest, readLock, takeLock } from '../../../src/lib/engine/run/lock.js';
import { lockKey } from '../../../src/lib/model/intent.js';
import { type FakeEngine, fakeEngine } from '../../helpers/fake-engine.js';
import { addressOf, LOOK_MS } from '../../helpers/servers.js';

const HOST = addressOf('old', 0);
const KEY = lockKey('consul');
const TTL_MS = 30_000;

function requestFor(change: Partial<LockRequest> = {}): LockRequest {
  return {
    cluster: 'consul',
    rollId: '7f3a',
    sinceMs: LOOK_MS,
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
  it('names its holder while it is held, and nobody after', async () => {
    const engine = fakeEngine(3);
    const lock = await takeLock(engine, requestFor());
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
    expect(await lock.keep(HOST)).toBe(true);
    expect(await readLock(engine, 'consul', HOST)).toEqual({ ...held, renewedAtMs: sinceMs + TTL_MS / 4 });
    await lock.release(HOST);
    expect(await readLock(engine, 'consul', HOST)).toBeUndefined();
  });

  it('is written anew only when a quarter of its time is over', async () => {
    const engine = fakeEngine(3);
    const lock = await takeLock(engine, requestFor());
    const { modifyIndex } = await engine.consul.read(HOST, KEY);
    await engine.clock.sleep(TTL_MS / 4 - 1);
    expect(await lock.keep(HOST)).toBe(true);
    expect(await engine.consul.read(HOST, KEY)).toMatchObject({ modifyIndex });
    await engine.clock.sleep(1);
    expect(await lock.keep(HOST)).toBe(true);
    expect((await engine.consul.read(HOST, KEY)).modifyIndex).toBeGreaterThan(modifyIndex);
  });

  it('is missed at once by a holder whose lock somebody else took', async () => {
    const engine = fakeEngine(3);
    const lock = await takeLock(engine, requestFor());
    await takeLock(elsewhere(engine), requestFor({ force: true }));
    expect(await lock.keep(HOST)).toBe(false);
  });

  it('is taken from nobody who renews it', async () => {
    const engine = fakeEngine(3);
    const lock = await takeLock(engine, requestFor());
    const renew = () => {
      void lock.keep(HOST);
      engine.clock.after(TTL_MS - 1000, renew);
    };
    renew();
    const taking = takeLock(elsewhere(engine), requestFor());
    await expect(taking).rejects.toMatchObject({ code: 'locked', exitCode: 7 });
    expect(await lock.keep(HOST)).toBe(true);
  });

  it('is taken over after its time, and its first holder finds out', async () => {
    const engine = fakeEngine(3);
    const first = await takeLock(engine, requestFor());
    const startMs = engine.clock.now();
    const second = await takeLock(elsewhere(engine), requestFor());
    expect(engine.clock.now() - startMs).toBe(TTL_MS);
    expect(await first.keep(HOST)).toBe(false);
    await first.release(HOST);
    expect(await second.keep(HOST)).toBe(true);
  });

  it('goes to one of two who wait for it', async () => {
    const engine = fakeEngine(3);
    await takeLock(engine, requestFor());
    const both = await Promise.allSettled([
      takeLock(elsewhere(engine), requestFor()),
      takeLock(elsewhere(engine), requestFor()),
    ]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });

  it('is not taken by one who is told to stop while watching', async () => {
    const engine = fakeEngine(3);
    const lock = await takeLock(engine, requestFor());
    const controller = new AbortController();
    engine.clock.after(3000, () => controller.abort());
    const taking = takeLock(elsewhere(engine), requestFor({ signal: controller.signal }));
    await expect(taking).rejects.toMatchObject({ code: 'locked' });
    expect(await lock.keep(HOST)).toBe(true);
  });

  it('that nobody can read is a holder all the same', async () => {
    const engine = fakeEngine(3);
    await engine.consul.put(HOST, KEY, 'not ours');
    expect(await readLock(engine, 'consul', HOST)).toMatchObject({ holder: 'somebody unknown' });
    const watched: string[] = [];
    await takeLock(engine, requestFor({ onHeld: ({ holder }) => watched.push(holder) }));
    expect(watched).toEqual(['somebody unknown']);
  });
});

describe('a renewal whose answer is lost', () => {
  /** Has the answers to one kind of call lost for as long as the returned switch is on. */
  function losing(engine: FakeEngine, call: 'compareAndSet' | 'read'): { on: boolean } {
    const lost = { on: false };
    const { consul } = engine;
    const set = consul.compareAndSet.bind(consul);
    const read = consul.read.bind(consul);
    const unless = async <T>(answer: Promise<T>, name: string): Promise<T> => {
      const given = await answer;
      if (lost.on && call === name) throw new Error('the connection was reset');
      return given;
    };
    consul.compareAndSet = (...asked) => unless(set(...asked), 'compareAndSet');
    consul.read = (...asked) => unless(read(...asked), 'read');
    return lost;
  }

  it.each(['compareAndSet', 'read'] as const)('leaves the lock with its holder: %s', async (call) => {
    const engine = fakeEngine(3);
    const lost = losing(engine, call);
    const lock = await takeLock(engine, requestFor());
    await engine.clock.sleep(TTL_MS / 4);
    lost.on = true;
    await expect(lock.keep(HOST)).rejects.toThrow('reset');
    lost.on = false;
    expect(await lock.keep(HOST)).toBe(true);
    expect(await lock.keep(HOST)).toBe(true);
  });

  it('has taken it all the same, where it was the first one', async () => {
    const engine = fakeEngine(3);
    const lost = losing(engine, 'compareAndSet');
    lost.on = true;
    await expect(takeLock(engine, requestFor())).rejects.toThrow('reset');
    lost.on = false;
    const startMs = engine.clock.now();
    const lock = await takeLock(engine, requestFor());
    expect(engine.clock.now()).toBe(startMs);
    expect(await lock.keep(HOST)).toBe(true);
  });

  it('does not give it to one who was too late', async () => {
    const engine = fakeEngine(3);
    const lost = losing(engine, 'compareAndSet');
    const lock = await takeLock(engine, requestFor());
    await engine.clock.sleep(TTL_MS / 4);
    lost.on = true;
    await expect(lock.keep(HOST)).rejects.toThrow('reset');
    lost.on = false;
    await takeLock(elsewhere(engine), requestFor());
    expect(await lock.keep(HOST)).toBe(false);
  });
});
