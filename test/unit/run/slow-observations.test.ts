import { describe, expect, it } from 'vitest';
import type { Clock } from '../../../src/lib/ports.js';
import { createFakeEngine, type FakeEngine, runRoll } from '../../helpers/fake-engine.js';
import { limits } from '../../helpers/intents.js';

const MINUTE_MS = 60_000;

/** The machine sleeps once, in the wait for the canary or in the bake: everything else continues meanwhile. */
function sleepOnce(engine: FakeEngine, when: () => boolean, forMs: number): void {
  const sleep = engine.clock.sleep.bind(engine.clock);
  let hasSlept = false;
  engine.clock.sleep = async (ms, signal) => {
    const isDue = !hasSlept && when();
    hasSlept ||= isDue;
    await sleep(isDue ? ms + forMs : ms, signal);
  };
}

describe('a machine that sleeps for 20 minutes', () => {
  // failure-mode: runner-suspended
  it('does not turn a healthy canary back when it wakes', async () => {
    const engine = createFakeEngine(3);
    let booting = 0;
    sleepOnce(engine, () => engine.account.instances.length > 3 && ++booting > 2, 20 * MINUTE_MS);
    const { result } = await runRoll(engine, { order: { limits: { ...limits, healthTimeoutMs: 10 * MINUTE_MS } } });
    expect(booting).toBeGreaterThan(2);
    expect(result).toMatchObject({ outcome: 'rolled' });
  });

  // failure-mode: runner-suspended
  it('still turns one back that never becomes healthy, after the time limit', async () => {
    const engine = createFakeEngine(3);
    engine.setImage('ami-0c0ffee02', 'lonely');
    sleepOnce(engine, () => engine.account.instances.length > 3, 20 * MINUTE_MS);
    const { result } = await runRoll(engine, { order: { limits: { ...limits, healthTimeoutMs: 10 * MINUTE_MS } } });
    expect(result).toMatchObject({ outcome: 'rolled-back', reason: { kind: 'timed-out' } });
    expect(result.elapsedMs).toBeGreaterThan(30 * MINUTE_MS);
    expect(result.elapsedMs).toBeLessThan(45 * MINUTE_MS);
  });
});

describe('a state that takes minutes to compare', () => {
  const KEY = 'consul-roll/consul/lock';
  const TTL_MS = 30_000;

  /** Every list takes as long as the limit of a list allows, nearly; `meanwhile` is called in the midst of the first. */
  async function rollSlowly(meanwhile: (engine: FakeEngine) => Promise<unknown>) {
    const engine = createFakeEngine(3);
    const nextTurn = () => new Promise((resolve) => setImmediate(resolve));
    // Two sleep at the same time, so each must let the other run.
    const sleep: Clock['sleep'] = (ms, signal) => nextTurn().then(() => engine.clock.sleep(ms, signal));
    let longestMs = 0;
    let lists = 0;
    const list = engine.consul.listState.bind(engine.consul);
    engine.consul.listState = async (address, from) => {
      lists += 1;
      for (let ms = 0; ms < 25_000; ms += 250) {
        await sleep(250);
        const lock = JSON.parse(engine.servers.get(KEY)?.value ?? '{}');
        longestMs = Math.max(longestMs, engine.clock.now() - Number(lock.renewedAtMs));
        if (lists === 1 && ms === 12_500) await meanwhile(engine);
      }
      return list(address, from);
    };
    const { result } = await runRoll(
      { ...engine, clock: { ...engine.clock, sleep } },
      { order: { lockTtlMs: TTL_MS } },
    );
    return { result, longestMs };
  }

  // failure-mode: slow-snapshot
  it('keeps the lock meanwhile', async () => {
    const { result, longestMs } = await rollSlowly(async () => undefined);
    expect(result).toMatchObject({ outcome: 'rolled' });
    expect(longestMs).toBeLessThan(TTL_MS / 2);
  });

  it('ends the roll when another run took the lock meanwhile', async () => {
    const theirs = JSON.stringify({ holder: 'other', rollId: 'aaaa', sinceMs: 1, renewedAtMs: 1, ttlMs: TTL_MS });
    const { result } = await rollSlowly((engine) => engine.servers.put(KEY, theirs));
    expect(result).toMatchObject({ outcome: 'stopped', reason: { kind: 'lock-lost', holder: 'other' } });
  });
});

describe('the bake', () => {
  const bakeMs = 10 * MINUTE_MS;

  /** A roll in which looks at one new server find no answer, as `misses` says for each read since only new ones are left. */
  async function bakeWith(misses: (look: number) => boolean) {
    const engine = createFakeEngine(3);
    const over = new AbortController();
    let isBaking = false;
    let startedAtMs = 0;
    let victim: string | undefined;
    let look = 0;
    const read = engine.consul.readAgent.bind(engine.consul);
    engine.consul.readAgent = async (address, key) => {
      const seen = await read(address, key);
      if (!isBaking) return seen;
      victim ??= address;
      if (address !== victim || !misses(look++)) return seen;
      return { kind: 'down', why: 'silent', detail: 'no answer in time' };
    };
    const { result } = await runRoll(engine, {
      order: { limits: { ...limits, healthTimeoutMs: 5 * MINUTE_MS, bakeMs } },
      signal: over.signal,
      onEvent: (event) => {
        if (event.kind === 'waiting' && event.wait.for.kind === 'bake') {
          isBaking = true;
          startedAtMs ||= event.atMs;
        }
        if (startedAtMs > 0 && event.atMs - startedAtMs > 20 * bakeMs) over.abort();
      },
    });
    return { result, bakedMs: engine.clock.now() - startedAtMs };
  }

  it('is no longer for an answer that is missed now and then', async () => {
    const { result, bakedMs } = await bakeWith((look) => look % 50 === 20);
    expect(result).toMatchObject({ outcome: 'rolled' });
    expect(bakedMs).toBeLessThan(bakeMs + 5 * MINUTE_MS);
  });

  // failure-mode: bake-never-over
  it('ends where a server fails again and again', async () => {
    const { result, bakedMs } = await bakeWith((look) => look % 10 < 4);
    expect(result).toMatchObject({ outcome: 'stopped', reason: { kind: 'timed-out' } });
    expect(bakedMs).toBeLessThan(4 * (bakeMs + 5 * MINUTE_MS));
  });
});
