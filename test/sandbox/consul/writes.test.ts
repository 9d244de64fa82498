import { describe, expect, it } from 'vitest';
import type { KvEntry, KvList } from '../../../src/sandbox/consul/store/key-values.js';
import { VirtualCluster } from './virtual-cluster.js';

/** Writes a key every 5 ms through the running servers in turn, and remembers which were acknowledged. */
function startWriter(cluster: VirtualCluster) {
  const acknowledged: string[] = [];
  const failures: string[] = [];
  let count = 0;
  const step = (): void => {
    const running = cluster.running();
    const through = running[count % running.length];
    const key = `key-${count++}`;
    if (through === undefined) return;
    cluster.net.kvPut(cluster.address(through), key, Buffer.from(key), {}, (answer) => {
      if (answer.ok) acknowledged.push(key);
      else failures.push(answer.message);
    });
  };
  return {
    acknowledged,
    failures,
    writeFor: (ms: number) => {
      for (let spent = 0; spent < ms; spent += 5) {
        step();
        cluster.run(5);
      }
    },
  };
}

function lostKeys(cluster: VirtualCluster, acknowledged: readonly string[]): string[] {
  const through = cluster.leader();
  if (through === undefined) throw new Error('no leader to read from');
  const list = cluster.ask<KvList>((reply) => cluster.net.kvList(cluster.address(through), '', 'consistent', reply));
  if (!list.ok) throw new Error(list.message);
  const found = new Set(list.value.entries.map(({ key }) => key));
  return acknowledged.filter((key) => !found.has(key));
}

describe('writes', () => {
  it.each([1, 2, 3, 4, 5, 6])('none that was acknowledged is lost while leaders die and leave, seed %i', (seed) => {
    const cluster = new VirtualCluster(seed % 2 === 0 ? '1.20.2' : '1.8.7', seed);
    cluster.found(5);
    const writer = startWriter(cluster);
    for (let round = 0; round < 2; round++) {
      writer.writeFor(1_000);
      const leader = cluster.leader();
      if (leader === undefined) throw new Error('no leader');
      if (round === 0) cluster.net.leave(cluster.address(leader), () => {});
      else cluster.net.kill(cluster.address(leader));
      writer.writeFor(20_000);
      cluster.until(() => cluster.leader() !== undefined, 20_000);
    }
    expect(writer.acknowledged.length).toBeGreaterThan(1_000);
    expect(lostKeys(cluster, writer.acknowledged)).toEqual([]);
  });

  it('wait up to 7 s for a leader, then fail', () => {
    const cluster = new VirtualCluster();
    cluster.found(3);
    cluster.net.kill(cluster.address(2));
    cluster.net.kill(cluster.address(3));
    cluster.run(15_000);
    const startedMs = cluster.elapsedMs;
    expect(cluster.put(1, 'k')).toEqual({ ok: false, status: 500, message: 'No cluster leader' });
    expect(cluster.elapsedMs - startedMs).toBeGreaterThanOrEqual(7_000);
    expect(cluster.elapsedMs - startedMs).toBeLessThan(7_500);
  });

  it('are read stale a moment later than they are acknowledged, and at once otherwise', () => {
    const cluster = new VirtualCluster();
    cluster.found(3);
    const follower = cluster.address(cluster.follower());
    expect(cluster.put(cluster.follower(), 'k').ok).toBe(true);
    const get = (mode: 'default' | 'stale') => cluster.ask((reply) => cluster.net.kvGet(follower, 'k', mode, reply));
    expect(get('stale')).toMatchObject({ ok: true, value: undefined, meta: { knownLeader: true } });
    expect(get('default')).toMatchObject({ ok: true, value: { key: 'k' } });
    cluster.run(100);
    expect(get('stale')).toMatchObject({ ok: true, value: { key: 'k' } });
  });

  it('honour check-and-set', () => {
    const cluster = new VirtualCluster();
    cluster.found(3);
    const put = (value: string, cas: number) =>
      cluster.ask((reply) => cluster.net.kvPut(cluster.address(1), 'k', Buffer.from(value), { cas }, reply));
    expect(put('one', 0)).toEqual({ ok: true, value: true });
    expect(put('two', 0)).toEqual({ ok: true, value: false });
    const read = cluster.ask<KvEntry | undefined>((reply) =>
      cluster.net.kvGet(cluster.address(1), 'k', 'default', reply),
    );
    const index = read.ok ? (read.value?.modifyIndex ?? 0) : 0;
    expect(put('two', index)).toEqual({ ok: true, value: true });
    expect(put('three', index)).toEqual({ ok: true, value: false });
  });
});
