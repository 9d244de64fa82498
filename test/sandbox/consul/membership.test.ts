import { describe, expect, it } from 'vitest';
import { VirtualCluster } from './virtual-cluster.js';

describe('membership', () => {
  it('bootstraps a cluster of servers that expect each other', () => {
    const cluster = new VirtualCluster();
    cluster.found(3);
    expect(cluster.voters().sort()).toEqual([1, 2, 3]);
    expect(cluster.net.peers(cluster.address(2))).toMatchObject({ ok: true });
  });

  it('leaves a lone server leaderless', () => {
    const cluster = new VirtualCluster();
    cluster.start(1, 1, { bootstrapExpect: 3, joining: [] });
    cluster.run(60_000);
    expect(cluster.net.leader(cluster.address(1))).toEqual({ ok: true, value: '' });
    expect(cluster.net.peers(cluster.address(1))).toEqual({ ok: true, value: [] });
  });

  it('adds a new server as a non-voter and promotes it after 10 s of health', () => {
    const cluster = new VirtualCluster();
    cluster.found(3);
    cluster.start(4, 5);
    cluster.until(() => cluster.configuration().length === 5, 2_000);
    expect(cluster.voters()).toHaveLength(3);
    const promotedMs = cluster.until(() => cluster.voters().length === 5, 30_000);
    expect(promotedMs).toBeGreaterThan(9_000);
    expect(promotedMs).toBeLessThan(23_000);
  });
});
