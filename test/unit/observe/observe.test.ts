import { describe, expect, it, vi } from 'vitest';
import { aclDeniedError } from '../../../src/lib/consul/acl.js';
import { findCluster } from '../../../src/lib/engine/observe/find-cluster.js';
import { matchPeersToInstances, type ObservationTarget, observe } from '../../../src/lib/engine/observe/observe.js';
import { SELF_ACTING_PROCESSES } from '../../../src/lib/model/group.js';
import { buildRecordKey, type Intent } from '../../../src/lib/model/intent.js';
import { determineLeadership } from '../../../src/lib/model/raft.js';
import { formatRecord } from '../../../src/lib/model/record.js';
import { buildRecordTags, isRecorded, readIntent } from '../../../src/lib/model/tags.js';
import { createFakeEngine, type FakeEngine, NONCE } from '../../helpers/fake-engine.js';
import { buildIntent } from '../../helpers/intents.js';
import { buildObservation } from '../../helpers/observations.js';

/** Then the leader has missed it, and has not removed it yet. */
const NOTICED_MS = 4_000;

/** What a roll onto another group observes of the cluster. */
function targetOf({ names }: FakeEngine): ObservationTarget {
  return {
    cluster: 'consul',
    oldGroup: names.group,
    next: undefined,
    newGroup: 'consul-7f3a',
    launchConfigurations: [names.launchConfiguration, 'consul-7f3a'],
    balancers: [names.balancer],
    preflightFacts: undefined,
  };
}

describe('observe', () => {
  it('joins each instance with what its own agent and the leader report', async () => {
    const engine = createFakeEngine(3);
    const observation = await observe(engine, targetOf(engine));
    const commitIndex = await engine.consul.readCommitIndex(engine.servers.leader);
    expect(commitIndex).toBeGreaterThan(0);
    expect(observation).toMatchObject({
      atMs: engine.clock.now(),
      old: { name: engine.names.group },
      new: undefined,
      launchConfigurations: [engine.names.launchConfiguration],
      raft: { leader: `${engine.servers.leader}:8300`, baselineCommitIndex: commitIndex, commitIndex },
    });
    expect(observation.servers.map(({ side, agent, peer }) => [side, agent.kind, peer?.voter])).toEqual(
      Array(3).fill(['old', 'up', true]),
    );
  });

  it('observes a server that does not respond', async () => {
    const engine = createFakeEngine(3);
    const follower = engine.servers.peers.find(({ address }) => address !== engine.servers.leader)?.address;
    engine.servers.crash(follower ?? '');
    await engine.clock.sleep(NOTICED_MS);
    const { servers } = await observe(engine, targetOf(engine));
    expect(servers.find(({ address }) => address === follower)).toMatchObject({
      agent: { kind: 'down', why: 'refused' },
      peer: { voter: true },
    });
  });

  it('reads no leader when the servers do not agree on one', async () => {
    const engine = createFakeEngine(3);
    const { leader, peers } = engine.servers;
    const follower = peers.find(({ address }) => address !== leader)?.address ?? '';
    for (const address of [leader, follower]) engine.servers.crash(address);
    const { servers, raft } = await observe(engine, targetOf(engine));
    expect(raft).toBeUndefined();
    expect(servers.map((server) => server.peer)).toEqual([undefined, undefined, undefined]);
  });

  it.each([
    ['no roll is recorded', false, 0],
    ['a roll has the servers of one side only', true, 1],
  ])('asks for instance refreshes where %s', async (_case, isRolled, calls) => {
    const engine = createFakeEngine(3);
    const { group } = engine.names;
    const intent = { ...buildIntent(buildObservation()), oldGroup: group };
    if (isRolled) {
      await engine.cloud.tag(group, buildRecordTags(intent, 'old'));
      await engine.servers.put(buildRecordKey('consul'), formatRecord({ intent, side: 'old' }));
    }
    const asked = vi.spyOn(engine.cloud, 'isRefreshInProgress');
    const target = { ...targetOf(engine), record: isRolled ? ({ intent, side: 'old' } as const) : undefined };
    const { old } = await observe(engine, target);
    expect(asked).toHaveBeenCalledTimes(calls);
    expect(old?.refreshWaiting).toBe(isRolled ? false : undefined);
    asked.mockRejectedValue(new Error('busy'));
    expect((await observe(engine, target)).old?.refreshWaiting).toBeUndefined();
  });

  it('compares applied indexes with the commit index of the previous observation', async () => {
    const engine = createFakeEngine(3);
    const { raft } = await observe(engine, targetOf(engine), 42);
    const commitIndex = await engine.consul.readCommitIndex(engine.servers.leader);
    expect(raft).toMatchObject({ baselineCommitIndex: 42, commitIndex });
  });

  it.each([
    ['one follower', 1],
    ['every server', 3],
  ])('observes a server that refuses the token which others accept: %s refuses it', async (_name, count) => {
    const engine = createFakeEngine(3);
    const others = engine.servers.peers.map(({ address }) => address).filter((one) => one !== engine.servers.leader);
    const denying = [...others, engine.servers.leader].slice(0, count);
    const { readAgent } = engine.consul;
    engine.consul.readAgent = (address, key) =>
      denying.includes(address)
        ? Promise.reject(aclDeniedError(address, 'GET', 'agent/self', 'Permission denied'))
        : readAgent.call(engine.consul, address, key);
    const observed = observe(engine, targetOf(engine));
    if (count === 3) return expect(observed).rejects.toMatchObject({ code: 'acl-denied' });
    const { servers, raft } = await observed;
    expect(raft?.leader).toBe(`${engine.servers.leader}:8300`);
    expect(servers.filter(({ agent }) => agent.kind === 'down')).toMatchObject([
      { agent: { why: 'denied', detail: expect.stringContaining('Permission denied') } },
    ]);
  });

  // failure-mode: leader-denies-token
  it('observes a cluster whose leader refuses the token which others accept', async () => {
    const engine = createFakeEngine(3);
    const { leader } = engine.servers;
    const { readAgent, readLeader } = engine.consul;
    const deny = (path: string) => Promise.reject(aclDeniedError(leader, 'GET', path, 'Permission denied'));
    engine.consul.readAgent = (address, key) =>
      address === leader ? deny('agent/self') : readAgent.call(engine.consul, address, key);
    engine.consul.readLeader = () => deny('operator/raft/configuration');
    const { servers, raft } = await observe(engine, targetOf(engine));
    expect(raft).toBeUndefined();
    expect(determineLeadership({ servers, raft })).toEqual({ kind: 'silent', leader: `${leader}:8300` });
    // Where it accepts the token otherwise, the token lacks a rule.
    Object.assign(engine.consul, { readAgent });
    await expect(observe(engine, targetOf(engine))).rejects.toMatchObject({ code: 'acl-denied' });
    Object.assign(engine.consul, { readLeader });
    expect((await observe(engine, targetOf(engine))).raft).toBeDefined();
  });

  it('throws errors of AWS, not of Consul', async () => {
    const engine = createFakeEngine(3);
    engine.injectFault = () => {
      throw new Error('Rate exceeded');
    };
    await expect(observe(engine, targetOf(engine))).rejects.toThrow('Rate exceeded');
  });
});

describe('matchPeersToInstances', () => {
  const { servers, raft } = buildObservation({ old: 3 });
  const [first] = servers;
  const bare = servers.map((server) => ({ ...server, peer: undefined }));
  const silent = bare.map((server) => ({ ...server, agent: { kind: 'down', why: 'silent', detail: '' } as const }));
  const peers = raft?.peers ?? [];

  const moved = peers.map((peer) => ({ ...peer, address: '127.9.9.9:8300' }));
  const others = peers.map((peer) => ({ ...peer, id: `other-${peer.id}` }));

  it('matches a server that answers where its node id and its address agree', () => {
    expect(matchPeersToInstances(bare, peers)[0]?.peer).toEqual(first?.peer);
    expect(matchPeersToInstances(bare, moved)[0]?.peer).toBeUndefined();
    expect(matchPeersToInstances(bare, others)[0]?.peer).toBeUndefined();
  });

  it('does not take a server for another one whose node id it has', () => {
    const impostor = bare.slice(0, 1).map((one) => ({ ...one, instanceId: 'i-0b11', address: '127.1.2.11' }));
    const [, , , matched] = matchPeersToInstances([...bare, ...impostor], peers);
    expect(matched?.peer).toBeUndefined();
  });

  it('matches a server that does not answer by its address, unless it is being launched', () => {
    expect(matchPeersToInstances(silent, others)[0]?.peer?.id).toBe(others[0]?.id);
    expect(matchPeersToInstances(silent, moved)[0]?.peer).toBeUndefined();
    const pending = silent.map((server) => ({ ...server, lifecycle: 'Pending' }));
    expect(matchPeersToInstances(pending, peers)[0]?.peer).toBeUndefined();
  });

  it('matches a server whose address EC2 has removed by its node name', () => {
    const gone = silent.map((server) => ({ ...server, address: undefined }));
    expect(matchPeersToInstances(gone, moved)[0]?.peer?.id).toBe(first?.peer?.id);
  });

  it('does not match 127.1.1.1 with 127.1.1.11', () => {
    const short = silent.map((server) => ({ ...server, address: '127.1.1.1', instanceId: 'i-0' }));
    expect(matchPeersToInstances(short, peers)[0]?.peer).toBeUndefined();
  });
});

describe('findCluster', () => {
  const { group: oldGroup, launchConfiguration: name } = createFakeEngine(3).names;
  const previousLaunchSource = { kind: 'launch-configuration', name } as const;
  const intent = { ...buildIntent(buildObservation({ old: 3 }), { oldGroup, previousLaunchSource }), nonce: NONCE };
  const oldTags = buildRecordTags(intent, 'old');

  interface GroupChange {
    readonly name: string;
    readonly desired?: number;
    readonly tags?: Readonly<Record<string, string>>;
  }

  /** The cluster's group, and these groups with the same name tag. */
  function withGroups(...groups: readonly GroupChange[]) {
    const engine = createFakeEngine(3);
    for (const { name, desired = 3, tags } of groups) {
      engine.addGroup(name, { desired, tags: { Name: 'consul', ...tags } });
    }
    return engine;
  }

  /** The same, where the store has the record of a roll. */
  async function withRecord(record: Partial<Intent>, ...groups: readonly GroupChange[]) {
    const engine = withGroups(...groups);
    for (const { name } of groups) await engine.cloud.suspendProcesses(name, SELF_ACTING_PROCESSES);
    await engine.servers.put(buildRecordKey('consul'), formatRecord({ intent: { ...intent, ...record }, side: 'old' }));
    return engine;
  }

  const newGroup = { name: 'consul-7f3a', desired: 0 };

  it('finds the only group', async () => {
    const engine = withGroups();
    const found = await findCluster(engine, { cluster: 'consul' });
    expect(found).toMatchObject({ old: { name: oldGroup }, new: undefined, roll: undefined });
  });

  it('leaves out an empty group that an earlier roll kept', async () => {
    const engine = withGroups({ name: 'consul-0000', desired: 0 });
    expect(await findCluster(engine, { cluster: 'consul' })).toMatchObject({ old: { name: oldGroup } });
  });

  // failure-mode: cluster-ambiguous
  it('throws when two groups have servers, and finds the one that is named', async () => {
    const engine = withGroups({ name: 'consul-b' });
    await expect(findCluster(engine, { cluster: 'consul' })).rejects.toMatchObject({ code: 'cluster-ambiguous' });
    expect(await findCluster(engine, { cluster: 'consul', group: 'consul-b' })).toMatchObject({
      old: { name: 'consul-b' },
    });
  });

  it.each([
    ['both groups have its tags', oldTags, buildRecordTags(intent, 'new')],
    ['no group has its tags', {}, {}],
    ['a tag is damaged', { ...oldTags, 'consul-roll:size': 'many' }, buildRecordTags(intent, 'new')],
    ['a tag is another', { ...oldTags, 'consul-roll:image': 'ami-0evil' }, buildRecordTags(intent, 'new')],
    ['the groups tell of two rolls', oldTags, buildRecordTags({ ...intent, rollId: '0000' }, 'new')],
  ])('goes by the record in the store where %s', async (_case, old, tags) => {
    const engine = await withRecord({}, { ...newGroup, tags });
    await engine.cloud.tag(oldGroup, old);
    const found = await findCluster(engine, { cluster: 'consul' });
    expect(found).toMatchObject({ old: { name: oldGroup }, new: { name: 'consul-7f3a' }, roll: { kind: 'stored' } });
    expect(found.roll?.record.intent).toEqual(intent);
    for (const group of [found.old, found.new]) {
      if (isRecorded(group))
        expect(readIntent(group)).toMatchObject({ rollId: '7f3a', imageId: intent.imageId, size: 3 });
    }
  });

  // failure-mode: record-damaged
  it.each(['not a record', '[]', '{}', '{"roll":7}', 'null', '{"__proto__":{"roll":"7f3a"}}'])(
    'refuses the value %s of the key, and says how to remove it',
    async (value) => {
      const engine = withGroups();
      await engine.servers.put(buildRecordKey('consul'), value);
      await expect(findCluster(engine, { cluster: 'consul' })).rejects.toMatchObject({
        code: 'record-damaged',
        kind: 'stopped',
        message: expect.stringContaining('consul-roll/consul/record'),
        next: expect.stringContaining('consul kv delete consul-roll/consul/record'),
      });
    },
  );

  // failure-mode: record-foreign
  it.each<[string, Partial<Intent>]>([
    ['another cluster', { cluster: 'other' }],
    ['an old group of another name', { oldGroup: 'payments' }],
    ['a new group that no roll names so', { newGroup: 'payments' }],
    ['a launch configuration that no roll names so', { nextLaunchSource: { kind: 'launch-configuration', name: 'x' } }],
    ['a launch template of others', { nextLaunchSource: { kind: 'launch-template-version', id: 'lt-0abc' } }],
  ])('refuses a record of %s', async (_case, change) => {
    const engine = await withRecord(change);
    engine.addGroup('payments', { desired: 3, tags: { Name: 'payments' } });
    await expect(findCluster(engine, { cluster: 'consul' })).rejects.toMatchObject({
      code: 'record-foreign',
      kind: 'refused',
    });
  });

  it('takes what only tags tell for a roll if the operator names it, and reads none of it from groups of others', async () => {
    const engine = withGroups({ ...newGroup, tags: buildRecordTags(intent, 'new') });
    await engine.cloud.suspendProcesses(newGroup.name, SELF_ACTING_PROCESSES);
    await engine.cloud.tag(oldGroup, oldTags);
    const named = { cluster: 'consul', rollId: '7f3a' };
    const record = { intent: { imageId: intent.imageId }, side: 'old' };
    expect(await findCluster(engine, named)).toMatchObject({ roll: { kind: 'named', record, believed: oldGroup } });
    const expectRefusal = (query: typeof named) =>
      expect(findCluster(engine, query)).rejects.toMatchObject({ code: 'record-unconfirmed', kind: 'refused' });
    await expectRefusal({ ...named, rollId: '0000' });
    await engine.cloud.tag(oldGroup, { 'consul-roll:size': 'many' });
    await expectRefusal(named);
    await engine.cloud.tag(oldGroup, buildRecordTags({ ...intent, newGroup: 'payments' }, 'old'));
    await expectRefusal(named);
  });

  it('says that the leader refused the token, not that none could be asked', async () => {
    const engine = withGroups();
    await engine.cloud.tag(oldGroup, { ...oldTags, 'consul-roll:size': 'many' });
    const denied = () => aclDeniedError(engine.servers.leader, 'GET', 'kv/consul-roll', 'Permission denied');
    engine.consul.readKey = () => Promise.reject(denied());
    await expect(findCluster(engine, { cluster: 'consul' })).rejects.toMatchObject({
      code: 'record-unconfirmed',
      message: expect.stringMatching(/it could not be confirmed: .*Permission denied/),
    });
  });
});
