import { describe, expect, it } from 'vitest';
import { locate } from '../../../src/lib/engine/observe/find-cluster.js';
import { joinPeers, type Scene, takeSurvey } from '../../../src/lib/engine/observe/observe.js';
import { tagsOf } from '../../../src/lib/model/tags.js';
import { fakeEngine } from '../../helpers/fake-engine.js';
import { intentFor } from '../../helpers/intents.js';
import { addressOf, BALANCER, OLD_IMAGE } from '../../helpers/servers.js';
import { surveyOf } from '../../helpers/surveys.js';

const scene: Scene = {
  cluster: 'consul',
  oldGroup: 'consul',
  fresh: undefined,
  newGroup: 'consul-7f3a',
  templates: ['consul-lc', 'consul-7f3a'],
  balancers: [BALANCER],
  facts: undefined,
};

describe('a look', () => {
  it('joins every instance with what its own agent and the leader say', async () => {
    const engine = fakeEngine(3);
    const survey = await takeSurvey(engine, scene);
    expect(survey).toMatchObject({
      atMs: engine.clock.now(),
      old: { name: 'consul' },
      new: undefined,
      templates: ['consul-lc'],
      raft: {
        leader: `${addressOf('old', 0)}:8300`,
        failureTolerance: 1,
        committedBefore: 100,
        commitIndex: 100,
      },
    });
    expect(survey.servers.map(({ side, agent, peer }) => [side, agent.kind, peer?.voter])).toEqual(
      Array(3).fill(['old', 'up', true]),
    );
  });

  it('takes a server that does not answer for an answer', async () => {
    const engine = fakeEngine(3);
    engine.consul.crash(addressOf('old', 1));
    const { servers, raft } = await takeSurvey(engine, scene);
    expect(servers[1]).toMatchObject({
      agent: { kind: 'down', why: 'refused' },
      peer: { healthy: false, voter: true },
    });
    expect(raft?.failureTolerance).toBe(0);
  });

  it('asks no leader where none is agreed on', async () => {
    const engine = fakeEngine(3);
    for (const index of [0, 1]) engine.consul.crash(addressOf('old', index));
    const { servers, raft } = await takeSurvey(engine, scene);
    expect(raft).toBeUndefined();
    expect(servers.map((server) => server.peer)).toEqual([undefined, undefined, undefined]);
  });

  it('holds what was applied against what had been committed at the look before', async () => {
    const survey = await takeSurvey(fakeEngine(3), scene, { history: surveyOf().history, committed: 42 });
    expect(survey.raft).toMatchObject({ committedBefore: 42, commitIndex: 100 });
  });

  it('fails with the cloud, not with Consul', async () => {
    const engine = fakeEngine(3);
    engine.sabotage = () => {
      throw new Error('Rate exceeded');
    };
    await expect(takeSurvey(engine, scene)).rejects.toThrow('Rate exceeded');
  });
});

describe('joining servers with the Raft configuration', () => {
  const { servers, raft } = surveyOf({ old: 3 });
  const [first] = servers;
  const bare = servers.map((server) => ({ ...server, peer: undefined }));
  const silent = bare.map((server) => ({
    ...server,
    agent: { kind: 'down', why: 'silent', detail: '' } as const,
  }));
  const peers = raft?.peers ?? [];

  it('goes by Raft id, then by address, then by node name', () => {
    expect(joinPeers(bare, peers)[0]?.peer).toEqual(first?.peer);
    const moved = peers.map((peer) => ({ ...peer, address: '127.9.9.9:8300' }));
    expect(joinPeers(bare, moved)[0]?.peer?.id).toBe(first?.peer?.id);
    const renamed = peers.map((peer) => ({ ...peer, node: 'other' }));
    expect(joinPeers(silent, renamed)[0]?.peer?.id).toBe(first?.peer?.id);
    expect(joinPeers(silent, moved)[0]?.peer?.id).toBe(first?.peer?.id);
    const strange = peers.map((peer) => ({ ...peer, node: 'other', address: '127.9.9.9:8300' }));
    expect(joinPeers(silent, strange)[0]?.peer).toBeUndefined();
  });

  it('takes 127.1.1.1 for no part of 127.1.1.11', () => {
    const short = silent.map((server) => ({ ...server, address: '127.1.1.1', instanceId: 'i-0' }));
    expect(joinPeers(short, peers)[0]?.peer).toBeUndefined();
  });
});

describe('finding the groups of a cluster', () => {
  const { old } = surveyOf({ old: 3 });
  const intent = intentFor(surveyOf({ old: 3 }));
  const pattern = old ?? undefined;

  function withGroups(...changes: readonly object[]) {
    const engine = fakeEngine(3);
    for (const change of changes) if (pattern) engine.cloud.seed({ ...pattern, ...change }, [], OLD_IMAGE);
    return engine.cloud;
  }

  it('finds the only one', async () => {
    const found = await locate(withGroups(), 'consul', undefined);
    expect(found).toMatchObject({ old: { name: 'consul' }, new: undefined, recorded: undefined });
  });

  it('leaves out an empty one that an earlier roll kept', async () => {
    const cloud = withGroups({ name: 'consul-0000', desired: 0, instanceIds: [] });
    expect(await locate(cloud, 'consul', undefined)).toMatchObject({ old: { name: 'consul' } });
  });

  it('asks which, where two have servers, and takes the one that is named', async () => {
    const cloud = withGroups({ name: 'consul-b' });
    await expect(locate(cloud, 'consul', undefined)).rejects.toMatchObject({ code: 'cluster-ambiguous' });
    expect(await locate(cloud, 'consul', 'consul-b')).toMatchObject({ old: { name: 'consul-b' } });
  });

  it('names the tag that is damaged, and how to put it back where the other group still has it', async () => {
    const size = 'consul-roll:size';
    const groups = [
      { tags: { Name: 'consul', ...tagsOf(intent, 'old'), [size]: 'many' } },
      { name: 'consul-7f3a', tags: { Name: 'consul', ...tagsOf(intent, 'new') } },
    ];
    await expect(locate(withGroups(...groups), 'consul', undefined)).rejects.toMatchObject({
      code: 'record-damaged',
      exitCode: 5,
      message: 'The record of a roll on the group consul is damaged: its tag consul-roll:size says "many".',
      next: expect.stringMatching(/as it is on consul-7f3a: aws .*Key=consul-roll:size,Value="3",/),
    });
  });

  it('takes up the roll that is recorded, from either group', async () => {
    const cloud = withGroups({ name: 'consul-7f3a', tags: { Name: 'consul', ...tagsOf(intent, 'new') } });
    expect(await locate(cloud, 'consul', undefined)).toMatchObject({
      old: { name: 'consul' },
      new: { name: 'consul-7f3a' },
      recorded: { rollId: '7f3a', direction: 'forward' },
    });
  });

  it('refuses two rolls, and half a record', async () => {
    const one = { name: 'consul-7f3a', tags: { Name: 'consul', ...tagsOf(intent, 'new') } };
    const two = {
      name: 'consul-0000',
      tags: { Name: 'consul', ...tagsOf({ ...intent, rollId: '0000' }, 'old') },
    };
    await expect(locate(withGroups(one, two), 'consul', undefined)).rejects.toMatchObject({ exitCode: 3 });
    const { 'consul-roll:size': _lost, ...rest } = tagsOf(intent, 'new');
    const half = { name: 'consul-7f3a', tags: { Name: 'consul', ...rest } };
    await expect(locate(withGroups(half), 'consul', undefined)).rejects.toMatchObject({
      code: 'record-damaged',
      message: expect.stringContaining('its tag consul-roll:size is missing'),
    });
  });
});
