import { describe, expect, it } from 'vitest';
import type { RpcResult } from '../../../src/sandbox/consul/answers.js';
import { numberOf, VirtualCluster } from './virtual-cluster.js';

const seeds = [1, 2, 3, 4, 5, 6, 7, 8];

function membersInRaft(cluster: VirtualCluster): number[] {
  return cluster.configuration().map((peer) => numberOf(peer.address));
}

describe('a leader of 1.11 or later that leaves under writes', () => {
  /** Leaves while a write is on its way; whether it led again, and what a write through another server was answered. */
  function leaveUnderWrites(seed: number) {
    const cluster = new VirtualCluster('1.14.11', seed);
    cluster.found(5);
    const leaver = cluster.leader() ?? 0;
    const stayer = cluster.follower();
    const written = new Set<string>();
    const put = (key: string) =>
      cluster.net.kvPut(cluster.address(stayer), key, Buffer.from('v'), {}, (answer) => answer.ok && written.add(key));
    cluster.net.leave(cluster.address(leaver), () => {});
    for (let n = 0; n < 100; n += 1) {
      put(`k/${n}`);
      cluster.run(1);
    }
    cluster.run(6_000);
    const again = cluster.net.leader(cluster.address(stayer));
    const answer = cluster.put(stayer, 'while-it-leads');
    cluster.until(() => !cluster.running().includes(leaver), 20_000);
    cluster.until(() => cluster.leader() !== undefined && cluster.leader() !== leaver, 20_000);
    cluster.until(() => cluster.voters().length === 4, 20_000);
    const lost = [...written].filter((key) => {
      const read = cluster.ask((reply) => cluster.net.kvGet(cluster.address(stayer), key, 'consistent', reply));
      return !read.ok;
    });
    return { ledAgain: again.ok && numberOf(again.value) === leaver, answer, lost };
  }

  it('may be elected again, and then the others do not find it until its process ends', () => {
    const ends = Array.from({ length: 24 }, (_, seed) => leaveUnderWrites(seed + 1));
    const again = ends.filter(({ ledAgain }) => ledAgain);
    expect(again.length).toBeGreaterThan(0);
    expect(again.length).toBeLessThan(ends.length);
    for (const { answer } of again) {
      expect(answer).toMatchObject({ status: 500, message: 'Raft leader not found in server lookup mapping' });
    }
    for (const { lost } of ends) expect(lost).toEqual([]);
  });
});

describe.each(seeds)('leaving, seed %i', (seed) => {
  it('removes a follower from Raft after 4 to 7 s and answers after 12 to 15 s', () => {
    const cluster = new VirtualCluster('1.8.7', seed);
    cluster.found(5);
    const leaver = cluster.follower();
    const answers: RpcResult<void>[] = [];
    cluster.net.leave(cluster.address(leaver), (answer) => answers.push(answer));
    const outMs = cluster.until(() => !membersInRaft(cluster).includes(leaver), 10_000);
    expect(outMs).toBeGreaterThan(3_700);
    expect(outMs).toBeLessThan(7_000);
    const answeredMs = outMs + cluster.until(() => answers.length > 0, 20_000);
    expect(answeredMs).toBeGreaterThan(11_900);
    expect(answeredMs).toBeLessThan(15_500);
    expect(answers).toEqual([{ ok: true, value: undefined }]);
    cluster.run(60_000);
    expect(cluster.running()).not.toContain(leaver);
    expect(cluster.voters()).toHaveLength(4);
    expect(cluster.healthy()).toBe(true);
  });

  it('lets several followers leave at once', () => {
    const cluster = new VirtualCluster('1.8.7', seed);
    cluster.found(7);
    const leavers = cluster
      .running()
      .filter((n) => n !== cluster.leader())
      .slice(0, 3);
    for (const leaver of leavers) cluster.net.leave(cluster.address(leaver), () => {});
    const stayer = cluster.address(cluster.leader() ?? 0);
    const size = (): number => {
      const peers = cluster.net.peers(stayer);
      return peers.ok ? peers.value.length : 0;
    };
    cluster.until(() => size() === 4, 10_000);
    cluster.until(() => cluster.running().length === 4, 20_000);
    expect(cluster.voters().some((n) => leavers.includes(n))).toBe(false);
  });

  it('removing a peer answers, also when the removed one is the leader', () => {
    const cluster = new VirtualCluster('1.8.7', seed);
    cluster.found(5);
    const leader = cluster.leader() ?? 0;
    for (const n of [cluster.follower(), leader]) {
      const address = `${cluster.address(n)}:8300`;
      const answer = cluster.ask<void>(
        (reply) => cluster.net.removePeer(cluster.address(leader), { address }, reply),
        1_000,
      );
      expect(answer).toEqual({ ok: true, value: undefined });
    }
    cluster.until(() => cluster.leader() !== undefined, 20_000);
    cluster.until(() => cluster.voters().length === 5, 80_000);
  });

  it('a leader before 1.11 leaves at once, rejoins without a vote, and is removed for good', () => {
    const cluster = new VirtualCluster('1.8.7', seed);
    cluster.found(5);
    const leaver = cluster.leader();
    if (leaver === undefined) throw new Error('no leader');
    cluster.net.leave(cluster.address(leaver), () => {});
    cluster.run(100);
    expect(cluster.net.leader(cluster.address(leaver))).toEqual({ ok: true, value: '' });
    const electedMs = cluster.until(() => cluster.leader() !== undefined && cluster.leader() !== leaver, 20_000);
    expect(electedMs).toBeGreaterThan(900);
    cluster.until(() => membersInRaft(cluster).includes(leaver), 3_000);
    expect(cluster.voters()).not.toContain(leaver);
    cluster.until(() => !membersInRaft(cluster).includes(leaver), 10_000);
    cluster.until(() => !cluster.running().includes(leaver), 20_000);
    cluster.until(() => cluster.healthy(), 10_000);
    expect(cluster.voters()).toHaveLength(4);
  });

  it('a leader of 1.11 or later transfers leadership first', () => {
    const cluster = new VirtualCluster('1.20.2', seed);
    cluster.found(5);
    const leaver = cluster.leader();
    if (leaver === undefined) throw new Error('no leader');
    cluster.net.leave(cluster.address(leaver), () => {});
    const handedMs = cluster.until(() => ![undefined, leaver].includes(cluster.leader()), 5_000);
    expect(handedMs).toBeLessThan(400);
    cluster.until(() => !membersInRaft(cluster).includes(leaver), 10_000);
    cluster.until(() => !cluster.running().includes(leaver), 20_000);
  });

  it('with one of three dead, costs the quorum', () => {
    const cluster = new VirtualCluster('1.8.7', seed);
    cluster.found(3);
    const [dead, leaver] = cluster.running().filter((n) => n !== cluster.leader());
    if (dead === undefined || leaver === undefined) throw new Error('no followers');
    cluster.net.leave(cluster.address(leaver), () => {});
    cluster.run(3_000);
    cluster.net.kill(cluster.address(dead));
    cluster.run(120_000);
    const [last] = cluster.running();
    if (last === undefined) throw new Error('no follower left');
    expect(cluster.net.leader(cluster.address(last))).toEqual({ ok: true, value: '' });
    expect(cluster.put(last, 'k')).toMatchObject({ ok: false, status: 500, message: 'No cluster leader' });
  });
});
