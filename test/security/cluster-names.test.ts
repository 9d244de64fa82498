import { describe, expect, it, vi } from 'vitest';
import { planRoll } from '../../src/lib/engine/plan/plan.js';
import { readStatus } from '../../src/lib/engine/status.js';
import { buildRollName, isOwnRollName } from '../../src/lib/model/cluster-name.js';
import { buildRecordKey, type Intent } from '../../src/lib/model/intent.js';
import { formatRecord } from '../../src/lib/model/record.js';
import { buildRecordTags, CLUSTER_TAG } from '../../src/lib/model/tags.js';
import { buildPolicy, UNBOUNDED } from '../../src/lib/permissions/iam-policy.js';
import { buildOrder, createFakeEngine, type FakeEngine, listWrites, runRoll } from '../helpers/fake-engine.js';
import { buildIntent, limits } from '../helpers/intents.js';
import { buildObservation } from '../helpers/observations.js';

vi.mock('../../src/lib/model/cluster-name.js', async (importOriginal) => {
  const original = await importOriginal<typeof import('../../src/lib/model/cluster-name.js')>();
  return { ...original, buildRollName: vi.fn(original.buildRollName) };
});

/** What an attacker can do who may write the keys of one cluster, where another one has a name that is almost the same. */

async function nameCluster(engine: FakeEngine, cluster: string): Promise<void> {
  await engine.cloud.tag(engine.names.group, { [CLUSTER_TAG]: cluster });
}

/** The cluster, whose store has a record that names the group of another cluster as the one that its roll has created. */
async function forge(cluster: string, rollId: string, group: string, tags: Readonly<Record<string, string>>) {
  const engine = createFakeEngine(3);
  await nameCluster(engine, cluster);
  engine.addGroup(group, { desired: 3, tags });
  await engine.clock.sleep(60_000);
  const nextLaunchSource = { kind: 'launch-configuration', name: group } as const;
  const names = { cluster, rollId, oldGroup: engine.names.group, newGroup: group, nextLaunchSource };
  const intent: Intent = { ...buildIntent(buildObservation({ old: 3 })), ...names, direction: 'rollback' };
  await engine.servers.put(buildRecordKey(cluster), formatRecord({ intent, side: 'old' }));
  engine.calls.length = 0;
  return engine;
}

const CHOSEN = 'prod\u4e61\u93c7\u5083consul';

const OTHERS: readonly (readonly [string, string, string, Readonly<Record<string, string>>])[] = [
  ['prod/consul', '7f3a21', 'prod-consul-roll-7f3a21', { [CLUSTER_TAG]: 'prod-consul' }],
  ['prod-consul', '7f3a21', buildRollName('prod/consul', '7f3a21'), { [CLUSTER_TAG]: 'prod/consul' }],
  ['prod:consul', '7f3a21', buildRollName('prod/consul', '7f3a21'), {}],
  // Found in a second for a hash of 32 bits that can be inverted (FNV), as these names had it.
  [CHOSEN, '7f3a21', buildRollName('prod/consul', '7f3a21'), {}],
  ['猫', '7f3a21', 'cluster-roll-7f3a21', { Name: 'cluster' }],
  // An early build gave the groups of prod/consul the names of prod-consul; tags name the cluster.
  ['prod-consul', '7f3a21', 'prod-consul-roll-7f3a21', { [CLUSTER_TAG]: 'prod/consul' }],
  ['prod-consul', '7f3a21', 'prod-consul-roll-7f3a21', { Name: 'prod/consul' }],
  // As an early build named groups, the group of a cluster may be that of a roll of another one.
  ['consul', '2', 'consul-2', { Name: 'consul-2' }],
  ['consul-roll', '7f3a21', 'consul-roll-7f3a21', { [CLUSTER_TAG]: 'consul' }],
];

describe('a record that names the group of a cluster with almost the same name', () => {
  it.each(OTHERS)('leads no command of %s to it: roll %s, group %s', async (cluster, rollId, group, tags) => {
    const engine = await forge(cluster, rollId, group, tags);
    const query = { cluster, group: undefined, limits };
    for (const run of [
      () => readStatus(engine, query),
      () => planRoll(engine, buildOrder({ cluster })),
      () => planRoll(engine, buildOrder({ kind: 'resume', cluster, rollId })),
      () => planRoll(engine, buildOrder({ kind: 'rollback', cluster, rollId })),
    ]) {
      await expect(run()).rejects.toMatchObject({
        kind: 'refused',
        // By its name it could be that of the cluster, which has another one too.
        ...(isOwnRollName(group, cluster)
          ? { code: 'cluster-ambiguous' }
          : {
              code: 'record-foreign',
              message: expect.stringContaining(`names group ${group}, which no roll of this cluster has`),
            }),
      });
    }
    expect(listWrites(engine)).toEqual([]);
  });
});

describe('a policy', () => {
  /** The names of groups and launch configurations that a policy for a roll of the cluster is about. */
  function listPatterns(cluster: string): readonly RegExp[] {
    const bounds = { ...UNBOUNDED, cluster, group: 'servers', launchConfiguration: 'servers', role: 'servers' };
    const text = JSON.stringify(buildPolicy(['upgrade'], bounds).document);
    const names = [...text.matchAll(/(?:autoScalingGroupName|launchConfigurationName)\/([^"]+)"/g)];
    const patterns = [...new Set(names.map(([, name = '']) => name))];
    return patterns.map((pattern) => {
      const escaped = pattern.replaceAll(/[.+^${}()|[\]\\]/g, '\\$&');
      return new RegExp(`^${escaped.replaceAll('?', '.').replaceAll('*', '.*')}$`);
    });
  }

  const CLUSTERS = [
    'prod/consul',
    'prod:consul',
    'prod-consul',
    '-prod-consul',
    'prod-consul-x1',
    CHOSEN,
    '猫',
    '犬',
    'cluster',
  ];

  it.each(CLUSTERS)('of the cluster %s fits no name of another one', (cluster) => {
    const patterns = listPatterns(cluster);
    const owners = CLUSTERS.filter((other) => patterns.some((one) => one.test(buildRollName(other, '7f3a21'))));
    expect(owners).toEqual([cluster]);
  });
});

describe('a roll that an earlier build has begun', () => {
  it.each([
    ['prod/consul', 'prod-consul-roll-7f3a'],
    ['prod/consul', 'prod-consul-7f3a'],
    ['猫', 'cluster-roll-7f3a'],
    ['x'.repeat(120), `${'x'.repeat(100)}-roll-7f3a`],
  ])('is resumed with the names that it has given: %s, %s', async (cluster, name) => {
    for (const direction of ['resume', 'rollback'] as const) {
      const engine = createFakeEngine(3);
      await nameCluster(engine, cluster);
      vi.mocked(buildRollName).mockImplementation(() => name);
      await runRoll(engine, {
        order: { cluster },
        pauseRequested: () => engine.calls.some((call) => call.startsWith('register')),
      });
      vi.mocked(buildRollName).mockReset();
      expect(engine.account.groups.map((group) => group.name)).toContain(name);
      // Also where others have removed every tag: its servers are in Raft.
      const tags = [...Object.keys(buildRecordTags(buildIntent(buildObservation({ old: 3 })), 'old')), CLUSTER_TAG];
      if (direction === 'resume') await engine.cloud.untag(name, tags);
      const { result } = await runRoll(engine, { order: { kind: direction, cluster, allowDowngrade: true } });
      expect(result.outcome).toBe(direction === 'resume' ? 'rolled' : 'rolled-back');
      const left = direction === 'resume' ? name : engine.names.group;
      expect(engine.account.groups.map((group) => group.name)).toEqual([left]);
    }
  });
});
