import { describe, expect, it } from 'vitest';
import type { RollEvent } from '../../../src/lib/model/events.js';
import { buildLockKey } from '../../../src/lib/model/intent.js';
import { buildOrder, createFakeEngine, type FakeEngine, listWrites, runRoll } from '../../helpers/fake-engine.js';

const KEY = buildLockKey('consul');
const other = { holder: 'ops@elsewhere 9', rollId: 'ffff', sinceMs: 0, renewedAtMs: 0, ttlMs: 30_000 };

/** Another process holds the lock, and renews it this often, or never. */
async function heldBy(engine: FakeEngine, renewalMs: number | undefined): Promise<void> {
  const write = () => engine.servers.put(KEY, JSON.stringify(other));
  const again = () => {
    void write();
    if (renewalMs !== undefined) engine.clock.after(renewalMs, again);
  };
  again();
  engine.calls.length = 0;
}

describe('the lock of a roll', () => {
  it('cannot be taken from a run that renews it; nothing is changed', async () => {
    const engine = createFakeEngine(3);
    await heldBy(engine, 5000);
    await expect(runRoll(engine)).rejects.toMatchObject({
      code: 'locked',
      kind: 'locked',
      message: expect.stringContaining('ops@elsewhere 9'),
      next: expect.stringMatching(
        /consul-roll status .*consul-roll pause .*consul-roll upgrade --cluster .* --force-unlock$/,
      ),
    });
    expect(listWrites(engine)).toEqual([]);
  });

  it('is forced with the same command', async () => {
    const engine = createFakeEngine(3);
    let steps = 0;
    const onEvent = ({ kind }: RollEvent) => {
      if (kind === 'step-done') steps += 1;
    };
    await runRoll(engine, { onEvent, pauseRequested: () => steps >= 8 });
    await heldBy(engine, 5000);
    const next = (command: string) => ({ next: expect.stringMatching(`: consul-roll ${command} --force-unlock$`) });
    const { cluster } = buildOrder();
    const rollback = { kind: 'rollback', allowDowngrade: true } as const;
    await expect(runRoll(engine, { order: rollback })).rejects.toMatchObject(
      next(`rollback --cluster ${cluster} --roll 7f3a --allow-downgrade`),
    );
    await expect(runRoll(engine, { order: { kind: 'resume' } })).rejects.toMatchObject(
      next(`resume --cluster ${cluster} --roll 7f3a`),
    );
  });

  it('cannot be taken by a run whose next decision is a wait', async () => {
    const engine = createFakeEngine(3);
    let waits = false;
    const onEvent = (event: RollEvent) => {
      waits ||= event.kind === 'waiting';
    };
    await runRoll(engine, { onEvent, pauseRequested: () => waits });
    await heldBy(engine, 5000);
    const events: RollEvent[] = [];
    const second = runRoll(engine, { onEvent: (event) => void events.push(event) });
    await expect(second).rejects.toMatchObject({ code: 'locked', kind: 'locked' });
    expect(events.filter(({ kind }) => kind === 'observed')).toHaveLength(1);
  });

  it('can be taken after its time to live', async () => {
    const engine = createFakeEngine(3);
    await heldBy(engine, undefined);
    const startMs = engine.clock.now();
    const { result, events } = await runRoll(engine);
    expect(result.outcome).toBe('rolled');
    const first = events.find((event) => event.kind === 'step-started');
    expect((first?.atMs ?? 0) - startMs).toBeGreaterThanOrEqual(30_000);
  });

  it('is not taken by a run that must stop while it waits', async () => {
    const engine = createFakeEngine(3);
    await heldBy(engine, 20_000);
    const controller = new AbortController();
    engine.clock.after(3000, () => controller.abort());
    await runRoll(engine, { signal: controller.signal }).catch(() => undefined);
    expect(engine.servers.get(KEY)?.value).toBe(JSON.stringify(other));
    expect(listWrites(engine)).toEqual([]);
  });

  it.each([
    ['before the first step', undefined],
    ['where there is only to wait', (event: RollEvent) => event.kind === 'waiting'],
  ])('is no longer waited for by a run that is asked to pause: %s', async (_, begins) => {
    const engine = createFakeEngine(3);
    let waits = false;
    if (begins !== undefined) {
      await runRoll(engine, {
        onEvent: (event) => {
          waits ||= begins(event);
        },
        pauseRequested: () => waits,
      });
    }
    await heldBy(engine, undefined);
    const pausing = new AbortController();
    let heldAtMs = 0;
    const { result } = await runRoll(engine, {
      pausing: pausing.signal,
      onEvent: ({ kind, atMs }) => {
        if (kind !== 'lock-held') return;
        heldAtMs = atMs;
        pausing.abort();
      },
    });
    expect(result.outcome).toBe('interrupted');
    expect(engine.clock.now()).toBe(heldAtMs);
    expect(engine.servers.get(KEY)?.value).toBe(JSON.stringify(other));
    expect(listWrites(engine)).toEqual([]);
  });

  // failure-mode: lock-taken-over
  it('ends the roll when another run has taken it', async () => {
    const engine = createFakeEngine(3);
    let taken = 0;
    const { result } = await runRoll(engine, {
      onEvent: (event) => {
        if (event.kind !== 'step-done' || event.number !== 8) return;
        void engine.servers.put(KEY, JSON.stringify(other));
        taken = listWrites(engine).length;
      },
    });
    expect(result).toMatchObject({ outcome: 'stopped', reason: { kind: 'lock-lost', holder: 'ops@elsewhere 9' } });
    const since = listWrites(engine).slice(taken);
    expect(since.filter((call) => !call.startsWith('compareAnd'))).toEqual([]);
    expect(engine.servers.get(KEY)?.value).toBe(JSON.stringify(other));
  });

  it('is taken again where it is gone, as no other run has it', async () => {
    const engine = createFakeEngine(3);
    const { result } = await runRoll(engine, {
      onEvent: (event) => {
        if (event.kind !== 'step-done' || event.number !== 8) return;
        void engine.consul.deleteKey(engine.servers.leader, KEY);
      },
    });
    expect(result.outcome).toBe('rolled');
    const gone = engine.calls.findIndex((call) => call.startsWith('deleteKey') && call.includes(KEY));
    expect(engine.calls.slice(gone).some((call) => call.startsWith('compareAndSet') && call.includes(KEY))).toBe(true);
  });

  it('is renewed during the roll and deleted after it', async () => {
    const engine = createFakeEngine(3);
    let widestMs = 0;
    let last: { readonly index: number; readonly atMs: number } | undefined;
    await runRoll(engine, {
      order: { intervalMs: 1_000 },
      onEvent: ({ atMs }) => {
        const index = engine.servers.get(KEY)?.modifyIndex;
        if (index === undefined) return;
        if (last === undefined || last.index !== index) last = { index, atMs };
        widestMs = Math.max(widestMs, atMs - last.atMs);
      },
    });
    expect(widestMs).toBeLessThan(10_000);
    expect(engine.servers.get(KEY)).toBeUndefined();
  });
});
