import { describe, expect, it } from 'vitest';
import type { RpcResult } from '../../../src/sandbox/consul/answers.js';
import type { KvEntry } from '../../../src/sandbox/consul/store/key-values.js';
import { VirtualCluster } from './virtual-cluster.js';

const SEEDS = Array.from({ length: 12 }, (_, seed) => seed + 1);

/** Three servers: the leader and its two followers, by address. */
function trio(seed: number) {
  const cluster = new VirtualCluster('1.8.7', seed);
  cluster.found(3);
  const leader = cluster.leader() ?? 0;
  const [one = 0, other = 0] = cluster.running().filter((n) => n !== leader);
  const put = (n: number, key: string): RpcResult<boolean>[] => {
    const answers: RpcResult<boolean>[] = [];
    cluster.net.kvPut(cluster.address(n), key, Buffer.from('v'), {}, (answer) => answers.push(answer));
    return answers;
  };
  const has = (n: number, key: string): boolean => {
    const answer = cluster.ask<KvEntry | undefined>((reply) =>
      cluster.net.kvGet(cluster.address(n), key, 'default', reply),
    );
    if (!answer.ok) throw new Error(answer.message);
    return answer.value !== undefined;
  };
  return { cluster, net: cluster.net, at: (n: number) => cluster.address(n), leader, one, other, put, has };
}

describe.each(SEEDS)('raft, seed %i', (seed) => {
  it('does not elect a server that lacks a committed entry', () => {
    const { cluster, net, at, leader, one, other, put, has } = trio(seed);
    net.pause(at(one));
    const written = put(leader, 'k');
    cluster.run(100);
    expect(written).toEqual([{ ok: true, value: true }]);
    net.kill(at(leader));
    net.unpause(at(one));
    cluster.until(() => cluster.leader() !== undefined && cluster.leader() !== leader, 60_000);
    expect(cluster.leader()).toBe(other);
    expect(has(one, 'k')).toBe(true);
  });

  it('acknowledges only entries that a majority has', () => {
    const { cluster, net, at, leader, one, other, put } = trio(seed);
    net.pause(at(one));
    net.pause(at(other));
    const written = put(leader, 'k');
    cluster.run(450);
    expect(written).toEqual([]);
    cluster.run(100);
    expect(written).toEqual([{ ok: false, status: 500, message: 'leadership lost while committing log' }]);
  });

  it('drops what only a deposed leader had', () => {
    const { cluster, net, at, leader, one, other, put, has } = trio(seed);
    net.pause(at(one));
    net.pause(at(other));
    const written = put(leader, 'lost');
    cluster.run(100);
    net.pause(at(leader));
    net.unpause(at(one));
    net.unpause(at(other));
    cluster.until(() => [one, other].includes(cluster.leader() ?? 0), 60_000);
    const next = put(one, 'kept');
    cluster.until(() => next.length > 0, 1_000);
    net.unpause(at(leader));
    cluster.until(() => cluster.running().length === 3 && cluster.leader() !== undefined, 60_000);
    expect(written).toMatchObject([{ ok: false, status: 500 }]);
    expect(has(leader, 'lost')).toBe(false);
    expect(has(leader, 'kept')).toBe(true);
  });

  it('changes its configuration by one server at a time', () => {
    const { cluster, net, at, leader, one, other } = trio(seed);
    cluster.start(4, 5);
    cluster.until(() => net.isListening(at(4)) && net.isListening(at(5)), 1_000, 1);
    const servers = (): number => {
      const seen = net.raftConfiguration(at(leader), { stale: true });
      return seen.ok ? seen.value.length : 0;
    };
    const before = servers();
    net.pause(at(one));
    net.pause(at(other));
    cluster.run(450);
    expect(servers() - before).toBeLessThanOrEqual(1);
    net.unpause(at(one));
    net.unpause(at(other));
    cluster.until(() => cluster.voters().length === 5, 60_000);
  });
});
