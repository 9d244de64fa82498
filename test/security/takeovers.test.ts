import { describe, expect, it } from 'vitest';
import { readStatus } from '../../src/lib/engine/status.js';
import type { RollError } from '../../src/lib/model/errors.js';
import { CLUSTER_TAG } from '../../src/lib/model/tags.js';
import { createFakeEngine, type FakeEngine } from '../helpers/fake-engine.js';
import { limits } from '../helpers/intents.js';

/**
 * What an attacker can do who may write tags and has machines: have an operator told that a server took the cluster over,
 * and is to be terminated. None of these names a server of the cluster.
 */

const LURE = 'consul-lure';

/** A group of the attacker with the name of the cluster, whose servers say this. */
async function addLure(engine: FakeEngine, say: (hosts: readonly string[], leader: string) => readonly string[]) {
  engine.addGroup(LURE, { desired: 4, tags: { Name: 'consul', [CLUSTER_TAG]: 'consul' } });
  await engine.clock.sleep(60_000);
  const hosts = engine.account.instances.flatMap(({ group, address }) => (group === LURE && address) || []);
  expect(hosts).toHaveLength(4);
  const { leader } = engine.servers;
  const { readClaims } = engine.consul;
  const named = say(hosts, leader);
  engine.consul.readClaims = async (host) => {
    if (!hosts.includes(host)) return readClaims.call(engine.consul, host);
    const peers = hosts[0] === host && named[0] === host ? [host] : hosts.slice(1);
    return { leader: `${named[0]}:8300`, peers: peers.map((peer) => `${peer}:8300`) };
  };
}

const status = (engine: FakeEngine, group?: string) => readStatus(engine, { cluster: 'consul', group, limits });

describe('servers of another group that say they were taken over', () => {
  it('stop no command that knows the group of the cluster', async () => {
    const engine = createFakeEngine(3);
    await addLure(engine, (hosts) => hosts);
    const { healthIssues, observation } = await status(engine, engine.names.group);
    expect([healthIssues, observation.servers.length]).toEqual([[], 3]);
  });

  it.each([1, 2, 3])('name no server of a cluster of %i as the one that did it', async (size) => {
    const engine = createFakeEngine(size);
    await addLure(engine, (_, leader) => [leader]);
    const leader = engine.account.instances.find(({ address }) => address === engine.servers.leader);
    for (const group of [undefined, LURE]) {
      const thrown: RollError | undefined = await status(engine, group).then(
        () => undefined,
        (error) => error,
      );
      expect(thrown?.code).not.toBe('cluster-taken-over');
      expect(`${thrown?.message} ${thrown?.next}`).not.toContain(leader?.instanceId);
    }
  });
});
