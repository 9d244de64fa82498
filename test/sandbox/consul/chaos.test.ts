import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../src/sandbox/consul/random.js';
import type { KvList } from '../../../src/sandbox/consul/store/key-values.js';
import { VirtualCluster } from './virtual-cluster.js';

const SEEDS = Array.from({ length: 40 }, (_, seed) => seed + 1);

/** Kills, pauses, resumes, restarts and leaves, never so much at once that a majority of five could be gone. */
function trouble(cluster: VirtualCluster, next: () => number): void {
  const troubled = [...cluster.net.inside.servers.values()].find(({ life }) => life === 'dead' || life === 'paused');
  const address = cluster.address(1 + Math.floor(next() * 5));
  const kind = Math.floor(next() * 4);
  if (troubled?.life === 'paused') cluster.net.unpause(troubled.address);
  else if (troubled !== undefined) {
    const n = Number(troubled.address.split('.').at(-1));
    cluster.start(n, n, { joining: [1, 2, 3, 4, 5] });
  } else if (kind === 0) cluster.net.kill(address);
  else if (kind === 1) cluster.net.pause(address);
  else if (kind === 2) cluster.net.leave(address, () => {});
}

describe('random faults of single servers', () => {
  it.each(SEEDS)('no acknowledged write is lost and the cluster recovers, seed %i', (seed) => {
    const cluster = new VirtualCluster(seed % 2 === 0 ? '1.20.2' : '1.8.7', seed);
    const { next } = createRandom(seed);
    const acknowledged = new Set<string>();
    cluster.found(5);
    for (let step = 0; step < 400; step++) {
      const through = cluster.address(1 + Math.floor(next() * 5));
      const key = `key-${step}`;
      cluster.net.kvPut(through, key, Buffer.from(key), {}, (answer) => answer.ok && acknowledged.add(key));
      if (step % 40 === 20) trouble(cluster, next);
      cluster.run(next() < 0.1 ? 5_000 : 5);
    }
    for (const { address, life } of cluster.net.inside.servers.values())
      if (life === 'paused') cluster.net.unpause(address);
    cluster.until(() => cluster.leader() !== undefined && cluster.healthy(), 120_000);
    const at = cluster.address(cluster.leader() ?? 0);
    const list = cluster.ask<KvList>((reply) => cluster.net.kvList(at, '', 'consistent', reply));
    const kept = new Set(list.ok ? list.value.entries.map(({ key }) => key) : []);
    expect(acknowledged.size).toBeGreaterThan(100);
    expect([...acknowledged].filter((key) => !kept.has(key))).toEqual([]);
  });
});
