import { describe, expect, it } from 'vitest';
import { findCluster } from '../../../src/lib/engine/observe/find-cluster.js';
import { matchPeersToInstances, type ObservationTarget, observe } from '../../../src/lib/engine/observe/observe.js';
import { buildTags } from '../../../src/lib/model/tags.js';
import { createFakeEngine } from '../../helpers/fake-engine.js';
import { buildIntent } from '../../helpers/intents.js';
import { buildAddress, LOAD_BALANCER, OLD_IMAGE } from '../../helpers/servers.js';
import { buildObservation } from '../../helpers/surveys.js';

const target: ObservationTarget = {
  cluster: 'consul',
  oldGroup: 'consul',
  next: undefined,
  newGroup: 'consul-7f3a',
  launchConfigurations: ['consul-lc', 'consul-7f3a'],
  balancers: [LOAD_BALANCER],
  preflightFacts: undefined,
};

describe('observe', () => {
  it('joins each instance with what its own agent and the leader report', async () => {
    const engine = createFakeEngine(3);
    const observation = await observe(engine, target);
    expect(observation).toMatchObject({
      atMs: engine.clock.now(),
      old: { name: 'consul' },
      new: undefined,
      launchConfigurations: ['consul-lc'],
      raft: {
        leader: `${buildAddress('old', 0)}:8300`,
        failureTolerance: 1,
        previousCommitIndex: 100,
        commitIndex: 100,
      },
    });
    expect(observation.servers.map(({ side, agent, peer }) => [side, agent.kind, peer?.voter])).toEqual(
      Array(3).fill(['old', 'up', true]),
    );
  });

  it('observes a server that does not respond', async () => {
    const engine = createFakeEngine(3);
    engine.consul.crash(buildAddress('old', 1));
    const { servers, raft } = await observe(engine, target);
    expect(servers[1]).toMatchObject({
      agent: { kind: 'down', why: 'refused' },
      peer: { healthy: false, voter: true },
    });
    expect(raft?.failureTolerance).toBe(0);
  });

  it('reads no leader when the servers do not agree on one', async () => {
    const engine = createFakeEngine(3);
    for (const index of [0, 1]) engine.consul.crash(buildAddress('old', index));
    const { servers, raft } = await observe(engine, target);
    expect(raft).toBeUndefined();
    expect(servers.map((server) => server.peer)).toEqual([undefined, undefined, undefined]);
  });

  it('compares applied indexes with the commit index of the previous observation', async () => {
    const observation = await observe(createFakeEngine(3), target, 42);
    expect(observation.raft).toMatchObject({ previousCommitIndex: 42, commitIndex: 100 });
  });

  it('throws errors of AWS, not of Consul', async () => {
    const engine = createFakeEngine(3);
    engine.injectFault = () => {
      throw new Error('Rate exceeded');
    };
    await expect(observe(engine, target)).rejects.toThrow('Rate exceeded');
  });
});

describe('matchPeersToInstances', () => {
  const { servers, raft } = buildObservation({ old: 3 });
  const [first] = servers;
  const bare = servers.map((server) => ({ ...server, peer: undefined }));
  const silent = bare.map((server) => ({
    ...server,
    agent: { kind: 'down', why: 'silent', detail: '' } as const,
  }));
  const peers = raft?.peers ?? [];

  it('matches by Raft id, then by address, then by node name', () => {
    expect(matchPeersToInstances(bare, peers)[0]?.peer).toEqual(first?.peer);
    const moved = peers.map((peer) => ({ ...peer, address: '127.9.9.9:8300' }));
    expect(matchPeersToInstances(bare, moved)[0]?.peer?.id).toBe(first?.peer?.id);
    const renamed = peers.map((peer) => ({ ...peer, node: 'other' }));
    expect(matchPeersToInstances(silent, renamed)[0]?.peer?.id).toBe(first?.peer?.id);
    expect(matchPeersToInstances(silent, moved)[0]?.peer?.id).toBe(first?.peer?.id);
    const strange = peers.map((peer) => ({ ...peer, node: 'other', address: '127.9.9.9:8300' }));
    expect(matchPeersToInstances(silent, strange)[0]?.peer).toBeUndefined();
  });

  it('does not match 127.1.1.1 with 127.1.1.11', () => {
    const short = silent.map((server) => ({ ...server, address: '127.1.1.1', instanceId: 'i-0' }));
    expect(matchPeersToInstances(short, peers)[0]?.peer).toBeUndefined();
  });
});

describe('findCluster', () => {
  const { old } = buildObservation({ old: 3 });
  const intent = buildIntent(buildObservation({ old: 3 }));
  const pattern = old ?? undefined;

  function withGroups(...changes: readonly object[]) {
    const engine = createFakeEngine(3);
    for (const change of changes) if (pattern) engine.cloud.seed({ ...pattern, ...change }, [], OLD_IMAGE);
    return engine.cloud;
  }

  it('finds the only group', async () => {
    const found = await findCluster(withGroups(), 'consul', undefined);
    expect(found).toMatchObject({ old: { name: 'consul' }, new: undefined, recorded: undefined });
  });

  it('leaves out an empty group that an earlier roll kept', async () => {
    const cloud = withGroups({ name: 'consul-0000', desired: 0, instanceIds: [] });
    expect(await findCluster(cloud, 'consul', undefined)).toMatchObject({ old: { name: 'consul' } });
  });

  it('throws when two groups have servers, and finds the one that is named', async () => {
    const cloud = withGroups({ name: 'consul-b' });
    await expect(findCluster(cloud, 'consul', undefined)).rejects.toMatchObject({
      code: 'cluster-ambiguous',
    });
    expect(await findCluster(cloud, 'consul', 'consul-b')).toMatchObject({ old: { name: 'consul-b' } });
  });

  // failure-mode: record-damaged
  it('names the damaged tag, and its value on the other group', async () => {
    const size = 'consul-roll:size';
    const groups = [
      { tags: { Name: 'consul', ...buildTags(intent, 'old'), [size]: 'many' } },
      { name: 'consul-7f3a', tags: { Name: 'consul', ...buildTags(intent, 'new') } },
    ];
    await expect(findCluster(withGroups(...groups), 'consul', undefined)).rejects.toMatchObject({
      code: 'record-damaged',
      kind: 'stopped',
      message: 'The record of a roll on the group consul is damaged: its tag consul-roll:size has the value "many".',
      next: expect.stringMatching(/as it is on consul-7f3a: aws .*Key=consul-roll:size,Value="3",/),
    });
  });

  it('finds the recorded roll from either group', async () => {
    const cloud = withGroups({ name: 'consul-7f3a', tags: { Name: 'consul', ...buildTags(intent, 'new') } });
    expect(await findCluster(cloud, 'consul', undefined)).toMatchObject({
      old: { name: 'consul' },
      new: { name: 'consul-7f3a' },
      recorded: { rollId: '7f3a', direction: 'forward' },
    });
  });

  it('throws for two rolls, and for a damaged record', async () => {
    const one = { name: 'consul-7f3a', tags: { Name: 'consul', ...buildTags(intent, 'new') } };
    const two = {
      name: 'consul-0000',
      tags: { Name: 'consul', ...buildTags({ ...intent, rollId: '0000' }, 'old') },
    };
    await expect(findCluster(withGroups(one, two), 'consul', undefined)).rejects.toMatchObject({
      kind: 'refused',
    });
    const { 'consul-roll:size': _lost, ...rest } = buildTags(intent, 'new');
    const half = { name: 'consul-7f3a', tags: { Name: 'consul', ...rest } };
    await expect(findCluster(withGroups(half), 'consul', undefined)).rejects.toMatchObject({
      code: 'record-damaged',
      message: expect.stringContaining('its tag consul-roll:size is missing'),
    });
  });
});
