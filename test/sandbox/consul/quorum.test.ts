import { describe, expect, it } from 'vitest';
import { VirtualCluster } from './virtual-cluster.js';

const seeds = [1, 2, 3, 4, 5];

describe.each(seeds)('quorum, seed %i', (seed) => {
  it('is lost for good when five of ten voters are killed', () => {
    const cluster = new VirtualCluster('1.8.7', seed);
    cluster.found(5);
    cluster.start(6, 10);
    cluster.until(() => cluster.voters().length === 10, 40_000);
    for (const n of [6, 7, 8, 9, 10]) cluster.net.kill(cluster.address(n));
    cluster.run(1_000);
    cluster.until(() => cluster.leader() === undefined, 10_000);
    cluster.run(3_600_000);
    for (const n of [1, 2, 3, 4, 5]) {
      expect(cluster.net.leader(cluster.address(n))).toEqual({ ok: true, value: '' });
      expect(cluster.net.autopilotHealth(cluster.address(n))).toMatchObject({ ok: false, status: 500 });
    }
    expect(cluster.put(1, 'k')).toMatchObject({ ok: false, status: 500 });
  });

  it('comes back when the killed servers do', () => {
    const cluster = new VirtualCluster('1.8.7', seed);
    cluster.found(3);
    expect(cluster.put(1, 'before')).toEqual({ ok: true, value: true });
    cluster.net.kill(cluster.address(2));
    cluster.net.kill(cluster.address(3));
    cluster.run(20_000);
    expect(cluster.leader()).toBeUndefined();
    cluster.start(2, 3);
    cluster.until(() => cluster.leader() !== undefined, 30_000);
    const read = cluster.ask((reply) => cluster.net.kvGet(cluster.address(3), 'before', 'default', reply));
    expect(read).toMatchObject({ ok: true, value: { key: 'before' } });
  });

  it('survives the death of the leader, within seconds', () => {
    const cluster = new VirtualCluster('1.8.7', seed);
    cluster.found(5);
    const leader = cluster.leader();
    if (leader === undefined) throw new Error('no leader');
    cluster.net.kill(cluster.address(leader));
    const electedMs = cluster.until(() => ![undefined, leader].includes(cluster.leader()), 20_000);
    expect(electedMs).toBeGreaterThan(900);
    expect(electedMs).toBeLessThan(12_000);
  });

  it('a paused leader is replaced, and follows when it resumes', () => {
    const cluster = new VirtualCluster('1.8.7', seed);
    cluster.found(5);
    const leader = cluster.leader();
    if (leader === undefined) throw new Error('no leader');
    cluster.net.pause(cluster.address(leader));
    expect(cluster.net.leader(cluster.address(leader))).toMatchObject({ ok: false, status: 0 });
    cluster.until(() => ![undefined, leader].includes(cluster.leader()), 20_000);
    const next = cluster.leader();
    cluster.net.unpause(cluster.address(leader));
    cluster.until(() => cluster.leader() !== undefined && cluster.healthy(), 60_000);
    expect(cluster.voters()).toHaveLength(5);
    expect(cluster.leader()).toBe(next);
  });

  it('servers that find only each other bootstrap a second cluster', () => {
    const cluster = new VirtualCluster('1.8.7', seed);
    cluster.found(3);
    cluster.start(4, 6, { bootstrapExpect: 3, joining: [4] });
    cluster.run(20_000);
    const [one, other] = [cluster.net.leader(cluster.address(1)), cluster.net.leader(cluster.address(4))];
    expect(one.ok && one.value).toMatch(/^127\.77\.0\.[123]:8300$/);
    expect(other.ok && other.value).toMatch(/^127\.77\.0\.[456]:8300$/);
  });

  it('is kept while port 8300 of a server is closed, which names no leader and can leave', () => {
    const cluster = new VirtualCluster('1.8.7', seed);
    cluster.found(3);
    const leader = cluster.leader();
    const deaf = leader === 3 ? 2 : 3;
    const namesLeader = () => {
      const named = cluster.net.leader(cluster.address(deaf));
      return named.ok && named.value !== '';
    };
    cluster.net.closeRaftPort(cluster.address(deaf));
    cluster.until(() => !namesLeader() && !cluster.healthy(), 10_000);
    expect(cluster.put(leader ?? 1, 'meanwhile')).toEqual({ ok: true, value: true });
    cluster.net.openRaftPort(cluster.address(deaf));
    cluster.until(() => namesLeader() && cluster.healthy(), 10_000);
    cluster.net.closeRaftPort(cluster.address(deaf));
    cluster.net.leave(cluster.address(deaf), () => {});
    cluster.until(() => cluster.voters().length === 2, 20_000);
  });
});
