import { describe, expect, it } from 'vitest';
import type { Engine } from '../../src/lib/engine/engine.js';
import { listClusters } from '../../src/lib/engine/list.js';
import { CLUSTER_TAG, ROLL_TAG } from '../../src/lib/model/tags.js';
import type { CloudInstance, ClusterDescription } from '../../src/lib/ports.js';
import { createFakeEngine, type FakeEngine } from '../helpers/fake-engine.js';
import { OLD_IMAGE } from '../helpers/servers.js';

type ListEngine = Pick<Engine, 'cloud' | 'consul'>;

/** The engine, where these servers say other things, or nothing. */
function withClaims(
  engine: Engine,
  change: (address: string) => { leader: string; peers: string[] } | undefined,
): ListEngine {
  const consul = {
    ...engine.consul,
    readClaims: async (address: string) => change(address),
    readAgent: engine.consul.readAgent,
  };
  return { cloud: engine.cloud, consul: consul as unknown as Engine['consul'] };
}

/** The engine, where AWS describes the cluster's group otherwise. */
function withGroup(
  engine: FakeEngine,
  change: { name?: string; tags?: Record<string, string>; instances?: number },
): ListEngine {
  const rename = (described: ClusterDescription): ClusterDescription => ({
    ...described,
    groups: described.groups.map((group) => ({
      ...group,
      name: change.name ?? group.name,
      tags: change.tags ?? group.tags,
    })),
    instances: described.instances
      .slice(0, change.instances)
      .map((one: CloudInstance) => ({ ...one, group: change.name ?? one.group })),
  });
  const cloud = {
    findImage: (id: string) => engine.cloud.findImage(id),
    listGroups: async () =>
      (await engine.cloud.listGroups()).map((one) => ({
        ...one,
        name: change.name ?? one.name,
        tags: change.tags ?? one.tags,
      })),
    describeCluster: async () => rename(await engine.cloud.describeCluster([engine.names.group], [], [])),
  };
  return { cloud: cloud as unknown as Engine['cloud'], consul: engine.consul };
}

describe('listClusters', () => {
  it('tells image, version, health and leader of a cluster, and of no roll', async () => {
    const { clusters, leftOut } = await listClusters(createFakeEngine(3));
    expect(leftOut).toBe(0);
    expect(clusters).toEqual([
      {
        cluster: 'consul',
        group: expect.any(String),
        images: [{ id: OLD_IMAGE, image: expect.objectContaining({ name: 'consul-v1' }) }],
        versions: ['1.20.2'],
        servers: 3,
        answering: 3,
        peers: 3,
        leader: expect.stringMatching(/^i-/),
        rollId: undefined,
      },
    ]);
  });

  it('lists a group that only its servers show to be one', async () => {
    const { clusters } = await listClusters(withGroup(createFakeEngine(3), { name: 'kv-prod', tags: {} }));
    expect(clusters).toMatchObject([{ cluster: 'kv-prod', group: 'kv-prod', answering: 3 }]);
  });

  it('leaves out a group of other programs, and one of clients, which know the peers and are none', async () => {
    const other = withGroup(createFakeEngine(3), { name: 'web', tags: {} });
    const silent = { ...other, consul: withClaims(createFakeEngine(3), () => undefined).consul };
    expect((await listClusters(silent)).clusters).toEqual([]);
    const peers = ['10.9.9.1:8300', '10.9.9.2:8300', '10.9.9.3:8300'];
    const clients = {
      ...other,
      consul: withClaims(createFakeEngine(3), () => ({ leader: '10.9.9.1:8300', peers })).consul,
    };
    expect((await listClusters(clients)).clusters).toEqual([]);
  });

  it.each([
    ['consul-clients', {}, 0],
    ['web', { Name: 'consul client agents' }, 0],
    // Of a roll whose servers are not in Raft, or no more.
    ['consul-roll-7f3a', { [CLUSTER_TAG]: 'consul' }, 1],
  ])(
    'lists a group of clients only where a roll has marked it, whatever it is called: %s %j',
    async (name, tags, count) => {
      const { cloud } = withGroup(createFakeEngine(3), { name, tags });
      const peers = ['10.9.9.1:8300', '10.9.9.2:8300', '10.9.9.3:8300'];
      const { consul } = withClaims(createFakeEngine(3), () => ({ leader: '10.9.9.1:8300', peers }));
      expect((await listClusters({ cloud, consul })).clusters).toHaveLength(count);
    },
  );

  it('lists one by its name where no server can be reached, and says so', async () => {
    const { clusters } = await listClusters(withClaims(createFakeEngine(3), () => undefined));
    expect(clusters).toMatchObject([
      { cluster: 'consul', servers: 3, answering: 0, leader: undefined, peers: undefined },
    ]);
  });

  it('names no leader where servers name two, or none', async () => {
    const engine = createFakeEngine(3);
    const peers = engine.account.instances.map(({ address }) => `${address}:8300`);
    const two = withClaims(engine, (address) => ({ leader: `${address}:8300`, peers }));
    expect((await listClusters(two)).clusters).toMatchObject([{ answering: 3, leader: undefined, peers: 3 }]);
    const none = withClaims(engine, () => ({ leader: '', peers }));
    expect((await listClusters(none)).clusters).toMatchObject([{ answering: 3, leader: undefined }]);
  });

  it('tells of a roll by its tags, which may hold any text', async () => {
    const roll = async (value: string) =>
      (await listClusters(withGroup(createFakeEngine(3), { tags: { [ROLL_TAG]: value } }))).clusters[0]?.rollId;
    expect(await roll('7f3a1c')).toBe('7f3a1c');
    expect(await roll('\u001b[31mrun this')).toBe('without a valid id');
  });
});
