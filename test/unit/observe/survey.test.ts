import { describe, expect, it } from 'vitest';
import { findCluster } from '../../../src/lib/engine/observe/find-cluster.js';
import {
  matchPeersToInstances,
  type ObservationTarget,
  observe,
} from '../../../src/lib/engine/observe/observe.js';
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

describe('a look', () => {
  it('joins every instance with what its own agent and the leader say', async () => {
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

  it('takes a server that does not answer for an answer', async () => {
    const engine = createFakeEngine(3);
    engine.consul.crash(buildAddress('old', 1));
    const { servers, raft } = await observe(engine, target);
    expect(servers[1]).toMatchObject({
      agent: { kind: 'down', why: 'refused' },
      peer: { healthy: false, voter: true },
    });
    expect(raft?.failureTolerance).toBe(0);
  });

  it('asks no leader where none is agreed on', async () => {
    const engine = createFakeEngine(3);
    for (const index of [0, 1]) engine.consul.crash(buildAddress('old', index));
    const { servers, raft } = await observe(engine, target);
    expect(raft).toBeUndefined();
    expect(servers.map((server) => server.peer)).toEqual([undefined, undefined, undefined]);
  });

  it('holds what was applied against what had been committed at the look before', async () => {
    const observation = await observe(createFakeEngine(3), target, 42);
    expect(observation.raft).toMatchObject({ previousCommitIndex: 42, commitIndex: 100 });
  });

  it('fails with the cloud, not with Consul', async () => {
    const engine = createFakeEngine(3);
    engine.injectFault = () => {
      throw new Error('Rate exceeded');
    };
    await expect(observe(engine, target)).rejects.toThrow('Rate exceeded');
  });
});

describe('joining servers with the Raft configuration', () => {
  const { servers, raft } = buildObservation({ old: 3 });
  const [first] = servers;
  const bare = servers.map((server) => ({ ...server, peer: undefined }));
  const silent = bare.map((server) => ({
    ...server,
    agent: { kind: 'down', why: 'silent', detail: '' } as const,
  }));
  const peers = raft?.peers ?? [];

  it('goes by Raft id, then by address, then by node name', () => {
    expect(matchPeersToInstances(bare, peers)[0]?.peer).toEqual(first?.peer);
    const moved = peers.map((peer) => ({ ...peer, address: '127.9.9.9:8300' }));
    expect(matchPeersToInstances(bare, moved)[0]?.peer?.id).toBe(first?.peer?.id);
    const renamed = peers.map((peer) => ({ ...peer, node: 'other' }));
    expect(matchPeersToInstances(silent, renamed)[0]?.peer?.id).toBe(first?.peer?.id);
    expect(matchPeersToInstances(silent, moved)[0]?.peer?.id).toBe(first?.peer?.id);
    const strange = peers.map((peer) => ({ ...peer, node: 'other', address: '127.9.9.9:8300' }));
    expect(matchPeersToInstances(silent, strange)[0]?.peer).toBeUndefined();
  });

  it('takes 127.1.1.1 for no part of 127.1.1.11', () => {
    const short = silent.map((server) => ({ ...server, address: '127.1.1.1', instanceId: 'i-0' }));
    expect(matchPeersToInstances(short, peers)[0]?.peer).toBeUndefined();
  });
});

describe('finding the groups of a cluster', () => {
  const { old } = buildObservation({ old: 3 });
  const intent = buildIntent(buildObservation({ old: 3 }));
  const pattern = old ?? undefined;

  function withGroups(...changes: readonly object[]) {
    const engine = createFakeEngine(3);
    for (const change of changes) if (pattern) engine.cloud.seed({ ...pattern, ...change }, [], OLD_IMAGE);
    return engine.cloud;
  }

  it('finds the only one', async () => {
    const found = await findCluster(withGroups(), 'consul', undefined);
    expect(found).toMatchObject({ old: { name: 'consul' }, new: undefined, recorded: undefined });
  });

  it('leaves out an empty one that an earlier roll kept', async () => {
    const cloud = withGroups({ name: 'consul-0000', desired: 0, instanceIds: [] });
    expect(await findCluster(cloud, 'consul', undefined)).toMatchObject({ old: { name: 'consul' } });
  });

  it('asks which, where two have servers, and takes the one that is named', async () => {
    const cloud = withGroups({ name: 'consul-b' });
    await expect(findCluster(cloud, 'consul', undefined)).rejects.toMatchObject({
      code: 'cluster-ambiguous',
    });
    expect(await findCluster(cloud, 'consul', 'consul-b')).toMatchObject({ old: { name: 'consul-b' } });
  });

  // failure-mode: record-damaged
  it('names the tag that is damaged, and how to put it back where the other group still has it', async () => {
    const size = 'consul-roll:size';
    const groups = [
      { tags: { Name: 'consul', ...buildTags(intent, 'old'), [size]: 'many' } },
      { name: 'consul-7f3a', tags: { Name: 'consul', ...buildTags(intent, 'new') } },
    ];
    await expect(findCluster(withGroups(...groups), 'consul', undefined)).rejects.toMatchObject({
      code: 'record-damaged',
      kind: 'stopped',
      message:
        'The record of a roll on the group consul is damaged: its tag consul-roll:size has the value "many".',
      next: expect.stringMatching(/as it is on consul-7f3a: aws .*Key=consul-roll:size,Value="3",/),
    });
  });

  it('takes up the roll that is recorded, from either group', async () => {
    const cloud = withGroups({ name: 'consul-7f3a', tags: { Name: 'consul', ...buildTags(intent, 'new') } });
    expect(await findCluster(cloud, 'consul', undefined)).toMatchObject({
      old: { name: 'consul' },
      new: { name: 'consul-7f3a' },
      recorded: { rollId: '7f3a', direction: 'forward' },
    });
  });

  it('refuses two rolls, and half a record', async () => {
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
