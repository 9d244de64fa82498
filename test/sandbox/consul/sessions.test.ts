import { describe, expect, it } from 'vitest';
import type { KvEntry } from '../../../src/sandbox/consul/store/key-values.js';
import { VirtualCluster } from './virtual-cluster.js';

function lockedCluster(ttl?: { text: string; ms: number }) {
  const cluster = new VirtualCluster();
  cluster.found(3);
  const holder = cluster.follower();
  const other = cluster.leader() ?? 0;
  const sessionOn = (n: number): string => {
    const answer = cluster.ask<string>((reply) => cluster.net.sessionCreate(cluster.address(n), { ttl }, reply));
    if (!answer.ok) throw new Error(answer.message);
    return answer.value;
  };
  const acquire = (n: number, session: string) =>
    cluster.ask<boolean>((reply) =>
      cluster.net.kvPut(cluster.address(n), 'lock', Buffer.from('v'), { acquire: session }, reply),
    );
  const held = (): string | undefined => {
    const answer = cluster.ask<KvEntry | undefined>((reply) =>
      cluster.net.kvGet(cluster.address(other), 'lock', 'default', reply),
    );
    return answer.ok ? answer.value?.session : undefined;
  };
  return { cluster, holder, other, sessionOn, acquire, held };
}

describe('sessions', () => {
  it('exclude each other from a lock', () => {
    const { holder, other, sessionOn, acquire, held } = lockedCluster();
    const [one, two] = [sessionOn(holder), sessionOn(other)];
    expect(acquire(holder, one)).toEqual({ ok: true, value: true });
    expect(acquire(other, two)).toEqual({ ok: true, value: false });
    expect(held()).toBe(one);
  });

  it('end with the server they were created on, and release their locks after a delay', () => {
    const { cluster, holder, other, sessionOn, acquire, held } = lockedCluster();
    const [one, two] = [sessionOn(holder), sessionOn(other)];
    acquire(holder, one);
    cluster.net.leave(cluster.address(holder), () => {});
    cluster.until(() => held() === undefined, 10_000, 100);
    expect(acquire(other, two)).toEqual({ ok: true, value: false });
    cluster.run(15_000);
    expect(acquire(other, two)).toEqual({ ok: true, value: true });
  });

  it('end when they are not renewed within twice their TTL', () => {
    const { cluster, holder, sessionOn, acquire, held } = lockedCluster({ text: '10s', ms: 10_000 });
    const session = sessionOn(holder);
    acquire(holder, session);
    cluster.run(15_000);
    cluster.ask((reply) => cluster.net.sessionRenew(cluster.address(holder), session, reply));
    cluster.run(15_000);
    expect(held()).toBe(session);
    cluster.run(10_000);
    expect(held()).toBeUndefined();
  });

  it('end on request', () => {
    const { cluster, holder, other, sessionOn, acquire } = lockedCluster();
    const [one, two] = [sessionOn(holder), sessionOn(other)];
    acquire(holder, one);
    const release = { release: one };
    cluster.ask((reply) => cluster.net.kvPut(cluster.address(holder), 'lock', Buffer.from(''), release, reply));
    expect(acquire(other, two)).toEqual({ ok: true, value: true });
  });
});
