import { describe, expect, it } from 'vitest';
import { VirtualCluster } from './virtual-cluster.js';

function health(cluster: VirtualCluster) {
  const leader = cluster.leader();
  const answer = leader === undefined ? undefined : cluster.net.autopilotHealth(cluster.address(leader));
  if (!answer?.ok) throw new Error('no health');
  return answer.value;
}

describe('autopilot', () => {
  it('counts healthy voters beyond the quorum', () => {
    const cluster = new VirtualCluster();
    cluster.found(5);
    expect(health(cluster)).toMatchObject({ healthy: true, failureTolerance: 2 });
    cluster.net.kill(cluster.address(cluster.follower()));
    cluster.until(() => !health(cluster).healthy, 4_000);
    expect(health(cluster)).toMatchObject({ healthy: false, failureTolerance: 1 });
  });

  it('removes a dead server once gossip marks it failed', () => {
    const cluster = new VirtualCluster();
    cluster.found(5);
    const dead = cluster.follower();
    cluster.net.kill(cluster.address(dead));
    const goneMs = cluster.until(() => cluster.voters().length === 4, 60_000);
    expect(goneMs).toBeGreaterThan(4_000);
    expect(goneMs).toBeLessThan(20_000);
  });

  it('does not remove half of the voters', () => {
    const cluster = new VirtualCluster();
    cluster.found(5);
    const [one, other] = cluster.running().filter((n) => n !== cluster.leader());
    cluster.net.kill(cluster.address(one ?? 0));
    cluster.net.kill(cluster.address(other ?? 0));
    cluster.run(60_000);
    expect(cluster.voters()).toHaveLength(3);
    cluster.net.kill(cluster.address(cluster.follower()));
    cluster.run(120_000);
    expect(cluster.voters()).toHaveLength(2);
  });

  it('knows nothing just after an election up to 1.8, and everything later', () => {
    for (const [version, servers] of [
      ['1.8.7', 0],
      ['1.20.2', 5],
    ] as const) {
      const cluster = new VirtualCluster(version);
      cluster.found(5);
      const leader = cluster.leader();
      cluster.net.kill(cluster.address(leader ?? 0));
      cluster.until(() => ![undefined, leader].includes(cluster.leader()), 20_000);
      cluster.run(200);
      expect(health(cluster).servers, version).toHaveLength(servers);
    }
  });

  it('never gives a vote to a new server that is paused before, and removes it', () => {
    const cluster = new VirtualCluster();
    cluster.found(3);
    cluster.start(4, 4);
    cluster.until(() => cluster.configuration().length === 4, 2_000);
    cluster.net.pause(cluster.address(4));
    cluster.until(() => cluster.configuration().length === 3, 60_000);
    expect(cluster.voters()).toHaveLength(3);
  });
});
