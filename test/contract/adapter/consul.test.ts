import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createConsul } from '../../../src/lib/consul/connect.js';
import { parseHost } from '../../../src/lib/model/server.js';
import type { Consul } from '../../../src/lib/ports.js';
import { type ConsulAgent, findConsulBinary, startConsulAgent, waitUntil } from '../../helpers/consul-agent.js';

const binary = findConsulBinary();
const SENTINEL = 'consul-roll/test cluster/sentinel';
const KEYS = { sentinel: SENTINEL, record: 'consul-roll/consul/record' };
const ADDRESSES = ['127.66.1.1', '127.66.1.2', '127.66.1.3'] as const;

describe.skipIf(!binary)('the Consul port against a real cluster of three', () => {
  const agents: ConsulAgent[] = [];
  let consul: Consul;
  let leader: string;

  const leaderOf = async (address: string) => {
    const agent = await consul.readAgent(address, SENTINEL);
    return agent.kind === 'up' ? agent.leader : '';
  };
  const followers = () => ADDRESSES.filter((address) => address !== leader);

  beforeAll(async () => {
    consul = createConsul({ scheme: 'http', port: 8500 });
    const args = ['-bootstrap-expect=3', ...ADDRESSES.map((address) => `-retry-join=${address}`)];
    for (const address of ADDRESSES) agents.push(startConsulAgent(binary ?? '', address, args));
    const named = await waitUntil(
      'a leader',
      () => leaderOf(ADDRESSES[0]),
      (found) => found !== '',
    );
    leader = parseHost(named);
    await waitUntil(
      'three healthy voters',
      () => consul.readLeader(leader, KEYS),
      (report) => report?.peers.filter((peer) => peer.voter && peer.healthy).length === 3,
    );
  }, 60_000);

  afterAll(async () => {
    await consul?.close();
    for (const agent of agents) await agent.stop();
  }, 30_000);

  it('reads the id, version, leader and peers of every server', async () => {
    const heard = await Promise.all(ADDRESSES.map((address) => consul.readAgent(address, SENTINEL)));
    const peers = ADDRESSES.map((address) => `${address}:8300`);
    for (const [index, agent] of heard.entries()) {
      expect(agent).toMatchObject({ kind: 'up', nodeName: `n-${ADDRESSES[index]}`, peers, raftTimeoutMs: 1_000 });
      expect(agent).toMatchObject({ leader: `${leader}:8300`, sentinel: undefined });
      expect(agent.kind === 'up' && agent.version).toMatch(/^\d+\.\d+\.\d+/);
    }
  });

  it('reads the cluster from the leader only', async () => {
    const report = await consul.readLeader(leader, KEYS);
    expect(report?.peers.filter((peer) => peer.leader).map((peer) => parseHost(peer.address))).toEqual([leader]);
    for (const follower of followers()) expect(await consul.readLeader(follower, KEYS)).toBeUndefined();
  });

  it('reads back a sentinel from the leader, and from every server once it applied what was committed', async () => {
    await consul.writeKey(leader, SENTINEL, 'välue 1');
    const committed = await consul.readCommitIndex(leader);
    expect(committed).toBeGreaterThan(0);
    expect((await consul.readLeader(leader, KEYS))?.sentinel).toBe('välue 1');
    for (const address of ADDRESSES) {
      const agent = await waitUntil(
        'the sentinel',
        () => consul.readAgent(address, SENTINEL),
        (found) => found.kind === 'up' && found.appliedIndex >= (committed ?? 0),
      );
      expect(agent).toMatchObject({ sentinel: 'välue 1' });
    }
    await consul.deleteKey(leader, SENTINEL);
    expect(await consul.readKey(leader, SENTINEL)).toEqual({ value: undefined, modifyIndex: 0 });
  });

  it('sets and deletes a key only while it is unchanged', async () => {
    const key = 'consul-roll/lock';
    expect(await consul.compareAndSet(leader, key, 'mine', 0)).toBe(true);
    expect(await consul.compareAndSet(leader, key, 'theirs', 0)).toBe(false);
    const { value, modifyIndex } = await consul.readKey(leader, key);
    expect(value).toBe('mine');
    expect(await consul.compareAndDelete(leader, key, modifyIndex - 1)).toBe(false);
    expect(await consul.compareAndDelete(leader, key, modifyIndex)).toBe(true);
    expect((await consul.readKey(leader, key)).value).toBeUndefined();
  });

  it('takes a snapshot that passes its own checks', async () => {
    const snapshot = await buffer(await consul.takeSnapshot(leader));
    expect(snapshot.length).toBeGreaterThan(500);
  });

  it('reads the settings of autopilot', async () => {
    expect(await consul.readAutopilot(leader)).toEqual({
      cleanupDeadServers: true,
      minQuorum: 0,
      serverStabilizationMs: 10_000,
      upgradeMigrationDisabled: false,
      redundancyZoneTag: '',
    });
  });

  it('accepts the removal of a peer that is already gone', async () => {
    await consul.removePeer(leader, '00000000-0000-0000-0000-000000000000');
  });

  it('transfers leadership, or reports that this Consul cannot', async () => {
    const report = await consul.readLeader(leader, KEYS);
    const successor = report?.peers.find((peer) => !peer.leader);
    const answer = await consul.transferLeadership(leader, successor?.id ?? '');
    const agent = await consul.readAgent(leader, SENTINEL);
    const since115 = agent.kind === 'up' && Number(agent.version.split('.')[1]) >= 15;
    expect(answer).toBe(since115 ? 'asked' : 'unsupported');
    if (since115) leader = parseHost(successor?.address ?? '');
  });

  it('asks a follower to leave and returns long before it has left', async () => {
    const [follower = ''] = followers();
    const before = Date.now();
    await consul.requestLeave(follower);
    expect(Date.now() - before).toBeLessThan(3_000);
    await waitUntil(
      'leaving, by its own word',
      () => consul.readAgent(follower, SENTINEL),
      (found) => found.kind === 'up' && found.isLeaving === true,
    );
    await waitUntil(
      'out of Raft',
      () => consul.readLeader(leader, KEYS),
      (report) => report?.peers.every((peer) => parseHost(peer.address) !== follower) ?? false,
    );
    const agent = await waitUntil(
      'agent down',
      () => consul.readAgent(follower, SENTINEL),
      (found) => found.kind === 'down' && found.why === 'refused',
    );
    expect(agent).toMatchObject({ kind: 'down', why: 'refused' });
    const process = agents.find((each) => each.address === follower);
    await waitUntil('its process gone', async () => process?.exited(), Boolean);
    await expect(consul.requestLeave(follower)).rejects.toMatchObject({ code: 'consul-not-running' });
  }, 60_000);
});
