import { describe, expect, it } from 'vitest';
import { requestPause } from '../../src/lib/engine/pause.js';
import { planRoll } from '../../src/lib/engine/plan/plan.js';
import { readStatus } from '../../src/lib/engine/status.js';
import { buildRecordTags, CLUSTER_TAG } from '../../src/lib/model/tags.js';
import { buildOrder, createFakeEngine, type FakeEngine, listWrites, runRoll } from '../helpers/fake-engine.js';
import { buildIntent, limits } from '../helpers/intents.js';
import { buildObservation } from '../helpers/observations.js';
import { VICTIM } from '../simulation/foreign-account.js';

/**
 * What an attacker can do who may write and remove the tags of every group: take both names away from the group of the
 * cluster, and give them to another group, which has a Consul cluster of its own.
 */

interface Attacked {
  readonly engine: FakeEngine;
  readonly group: string;
  /** Servers of the other group. */
  readonly hosts: readonly string[];
  /** All that were given the token. */
  readonly told: Set<string>;
}

async function moveName(rolledBefore: boolean, tags: Readonly<Record<string, string>>): Promise<Attacked> {
  const engine = createFakeEngine(3, { adversary: 'tags', rolledBefore });
  const { group } = engine.names;
  const hosts = engine.account.instances.flatMap((one) => (one.group === VICTIM.group && one.address) || []);
  expect(hosts).toHaveLength(3);
  await engine.cloud.untag(group, [CLUSTER_TAG, 'Name']);
  await engine.cloud.tag(VICTIM.group, tags);
  const told = new Set<string>();
  const { giveTokenTo } = engine.consul;
  engine.consul.giveTokenTo = (addresses) => {
    const given = [...addresses];
    for (const address of given) told.add(address);
    giveTokenTo.call(engine.consul, given);
  };
  engine.calls.length = 0;
  return { engine, group, hosts, told };
}

const commandsOf = (group?: string): readonly ((engine: FakeEngine) => Promise<unknown>)[] => {
  const query = { cluster: 'consul', group, limits };
  return [
    (engine) => readStatus(engine, query),
    (engine) => planRoll(engine, buildOrder({ group })),
    (engine) => planRoll(engine, buildOrder({ kind: 'resume', group })),
    (engine) => planRoll(engine, buildOrder({ kind: 'rollback', group })),
    (engine) => requestPause(engine, query),
  ];
};

const NAMES: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
  ['its Name', { Name: 'consul' }],
  ['the tag of a roll', { [CLUSTER_TAG]: 'consul' }],
  ['both', { Name: 'consul', [CLUSTER_TAG]: 'consul' }],
  [
    'both, and a record',
    {
      Name: 'consul',
      [CLUSTER_TAG]: 'consul',
      ...buildRecordTags(buildIntent(buildObservation({ old: 3 }), { oldGroup: VICTIM.group }), 'old'),
    },
  ],
];

describe.each([
  ['that a roll has made, whose name no tag changes', true, /consul-roll-\w+ \(named by a roll\)/],
  ['that no roll has made, whose servers have their tag from EC2', false, /\(servers tagged Name=consul\)/],
])('a cluster whose names are moved to another group, of a group %s', (_what, rolledBefore, shown) => {
  it.each(NAMES)('gives that no token, and names both: %s', async (_name, tags) => {
    const { engine, hosts, told } = await moveName(rolledBefore, tags);
    for (const run of commandsOf()) {
      await expect(run(engine)).rejects.toMatchObject({
        code: 'cluster-ambiguous',
        kind: 'refused',
        message: expect.stringMatching(shown),
        next: expect.stringContaining('select one with --group'),
      });
    }
    expect(hosts.filter((host) => told.has(host))).toEqual([]);
    expect(listWrites(engine)).toEqual([]);
  });

  it('is read with --group', async () => {
    const { engine, group, hosts, told } = await moveName(rolledBefore, { [CLUSTER_TAG]: 'consul' });
    await readStatus(engine, { cluster: 'consul', group, limits });
    await planRoll(engine, buildOrder({ group }));
    expect(hosts.filter((host) => told.has(host))).toEqual([]);
  });
});

describe('a group that no tag of a group names', () => {
  it('is not taken for the cluster by the tags of its servers alone', async () => {
    const engine = createFakeEngine(3);
    await engine.cloud.untag(engine.names.group, ['Name']);
    for (const run of commandsOf()) await expect(run(engine)).rejects.toMatchObject({ code: 'cluster-not-found' });
  });

  it('is another cluster where its name only begins like one that a roll gives', async () => {
    const engine = createFakeEngine(3);
    for (const name of ['consul-roll-clients', 'consul-2', 'consul-roll-7f3a-eu'])
      engine.addGroup(name, { desired: 1 });
    await engine.clock.sleep(60_000);
    const { result } = await runRoll(engine);
    expect(result.outcome).toBe('rolled');
  });

  it('and has no servers is a group that an earlier roll has kept', async () => {
    const engine = createFakeEngine(3);
    engine.addGroup('consul-roll-0abc', { desired: 0 });
    const { result } = await runRoll(engine);
    expect(result.outcome).toBe('rolled');
  });
});
