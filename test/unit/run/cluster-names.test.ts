import { describe, expect, it } from 'vitest';
import { createConsul } from '../../../src/lib/consul/connect.js';
import { planRoll } from '../../../src/lib/engine/plan/plan.js';
import { buildClusterKey, buildEarlierClusterKey } from '../../../src/lib/model/cluster-name.js';
import { RollError } from '../../../src/lib/model/errors.js';
import { buildOrder, createFakeEngine, type FakeEngine, listWrites, runRoll } from '../../helpers/fake-engine.js';
import { startFakeServer, text } from '../consul/fake-server.js';

const NAMES = ['consul prod:eu', 'prod/consul', '..', '.', 'c'.repeat(256), 'Käse 猫', 'a%2Fb', '-x'];

describe('a cluster by any name', () => {
  // failure-mode: odd-name
  it.each(NAMES)('%s is rolled', async (cluster) => {
    const engine = createFakeEngine(3);
    const tag = { ResourceId: engine.names.group, ResourceType: 'auto-scaling-group', PropagateAtLaunch: false };
    engine.world.call('autoscaling', 'CreateOrUpdateTags', {
      Tags: [{ ...tag, Key: 'consul-roll:cluster', Value: cluster }],
    });
    const saved: string[] = [];
    const files = {
      ...engine.files,
      save: async (...args: Parameters<typeof engine.files.save>) => {
        saved.push(args[0]);
        return engine.files.save(...args);
      },
    };
    engine.consul.readConvergence = async () => ({ found: { clients: new Map([['web-1', 1]]) }, unread: {} });
    const written = new Set<string>();
    const { writeKey, compareAndSet } = engine.consul;
    engine.consul.writeKey = (address, key, value) => {
      written.add(key);
      return writeKey(address, key, value);
    };
    engine.consul.compareAndSet = (address, key, ...rest) => {
      written.add(key);
      return compareAndSet(address, key, ...rest);
    };
    const { result } = await runRoll({ ...engine, files }, { order: { cluster } });
    expect(result.outcome).toBe('rolled');
    const keys = (['before', 'history', 'journal', 'lock', 'record', 'sentinel'] as const).map((key) =>
      buildClusterKey(cluster, key),
    );
    expect([...written].sort()).toEqual(keys);
    expect(saved).toEqual([expect.stringMatching(/^\w[\w.-]*-7f3a\.snap$/)]);
    expect(engine.account.groups.map(({ name }) => name)).toEqual([expect.stringMatching(/^\w[\w.-]*-7f3a$/)]);
    expect(engine.servers.keys).toEqual([]);
  });
});

describe('a name that there is not', () => {
  it.each([
    ['a group is like it', { cluster: 'servesr' }, { servers: {} }, 'Did you mean servers?'],
    [
      'tags are like it, which others may write',
      { cluster: 'payroll' },
      { other: { Name: 'payrol' } },
      'Did you mean payrol (by the tags of group other)?',
    ],
    [
      'a roll has made the group, whose name is not the one of the cluster',
      { cluster: 'vault-roll-7f3a22' },
      { 'vault-roll-7f3a21': { 'consul-roll:cluster': 'vault' } },
      undefined,
    ],
    ['--group means a group', { group: 'payrol' }, { other: { Name: 'payroll' } }, undefined],
    ['--group means a group', { group: 'payrol' }, { payroll: { Name: 'other' } }, 'Did you mean payroll?'],
  ])('has a hint that is of its kind, and says what gives the name: %s', async (_case, order, groups, hint) => {
    const engine = createFakeEngine(3);
    for (const [name, tags] of Object.entries(groups)) engine.addGroup(name, { tags: { ...tags } });
    const thrown = await planRoll(engine, buildOrder(order)).catch((error) => error);
    expect(thrown).toMatchObject({ code: 'cluster-not-found', kind: 'refused' });
    if (hint === undefined) expect(thrown.message).not.toContain('Did you mean');
    else expect(thrown.message).toContain(hint);
  });
});

describe('two clusters of which one is the other’s prefix', () => {
  it('have names and keys of their own', async () => {
    const engine = createFakeEngine(3);
    engine.addGroup('consul-prod', { desired: 0, tags: { Name: 'consul-prod' } });
    const { result } = await runRoll(engine);
    expect(result.outcome).toBe('rolled');
    expect(engine.account.groups.map(({ name }) => name).sort()).toEqual(['consul-prod', 'consul-roll-7f3a']);
  });
});

describe('a cluster whose keys an earlier build wrote under other names', () => {
  const ODD: readonly (readonly [string, string])[] = [
    ['prod/consul', 'consul-roll/prod%2Fconsul'],
    ['a%b', 'consul-roll/a%25b'],
    ['a=b', 'consul-roll/a=b'],
    ['..', 'consul-roll/%2E%2E'],
  ];

  async function nameCluster(cluster: string): Promise<FakeEngine> {
    const engine = createFakeEngine(3);
    await engine.cloud.tag(engine.names.group, { 'consul-roll:cluster': cluster });
    engine.calls.length = 0;
    return engine;
  }

  // failure-mode: earlier-keys
  it.each(ODD)('is not rolled while that build may roll it: %s', async (cluster, folder) => {
    for (const [name, value] of [
      ['lock', '{"holder":"ops@there 1"}'],
      ['record', 'x'],
    ] as const) {
      const engine = await nameCluster(cluster);
      await engine.servers.put(`${folder}/${name}`, value);
      for (const order of [buildOrder({ cluster }), buildOrder({ kind: 'resume', cluster })]) {
        const thrown = await planRoll(engine, order).catch((error) => error);
        expect(thrown).toMatchObject({ code: 'earlier-keys', message: expect.stringContaining(`${folder}/${name} `) });
        expect(thrown.next).toContain(`consul kv delete -recurse ${folder}/`);
      }
      expect(listWrites(engine)).toEqual([]);
      await engine.consul.deleteKey(engine.servers.leader, `${folder}/${name}`);
      expect((await runRoll(engine, { order: { cluster } })).result.outcome).toBe('rolled');
    }
  });

  it('is not rolled by two builds that begin at the same moment', async () => {
    const engine = await nameCluster('prod/consul');
    const { compareAndSet } = engine.consul;
    engine.consul.compareAndSet = async (address, key, ...rest) => {
      await engine.servers.put('consul-roll/prod%2Fconsul/lock', '{}');
      return compareAndSet.call(engine.consul, address, key, ...rest);
    };
    await expect(runRoll(engine, { order: { cluster: 'prod/consul' } })).rejects.toMatchObject({
      code: 'earlier-keys',
    });
    expect(engine.servers.keys).toEqual(['consul-roll/prod%2Fconsul/lock']);
    expect(listWrites(engine).filter((call) => !call.startsWith('compareAnd'))).toEqual([]);
  });

  it.each([
    ['Consul refuses the names', 'consul-broken'],
    ['the token may not read them', 'acl-denied'],
  ])('is rolled where %s', async (_why, code) => {
    const engine = await nameCluster('prod eu/consul');
    const { readKey } = engine.consul;
    engine.consul.readKey = async (address, key) => {
      if (key.includes('%')) throw new RollError({ code, message: 'no', kind: 'refused', next: '' });
      return readKey.call(engine.consul, address, key);
    };
    const { result } = await runRoll(engine, { order: { cluster: 'prod eu/consul' } });
    expect(result.outcome).toBe('rolled');
  });

  it('has no other keys where its name was not encoded', () => {
    for (const name of ['consul', 'consul prod:eu', 'a.b', '猫'])
      expect(buildEarlierClusterKey(name, 'lock')).toBeUndefined();
  });

  it('is not read from Consul 1.21.5 and later, which answers so', async () => {
    const server = await startFakeServer({
      'kv/consul-roll/%252E%252E/lock': text('invalid key name, path traversal is not allowed', 500),
    });
    const consul = createConsul({ scheme: 'http', port: server.port });
    const reading = consul.readKey(server.address, 'consul-roll/%2E%2E/lock');
    await expect(reading).rejects.toMatchObject({ code: 'consul-broken' });
    await consul.close();
    await server.close();
  });
});
