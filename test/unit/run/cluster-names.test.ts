import { describe, expect, it } from 'vitest';
import { buildClusterKey } from '../../../src/lib/model/cluster-name.js';
import { createFakeEngine, runRoll } from '../../helpers/fake-engine.js';

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
    const keys = (['before', 'journal', 'lock', 'record', 'sentinel'] as const).map((key) =>
      buildClusterKey(cluster, key),
    );
    expect([...written].sort()).toEqual(keys);
    expect(saved).toEqual([expect.stringMatching(/^\w[\w.-]*-7f3a\.snap$/)]);
    expect(engine.account.groups.map(({ name }) => name)).toEqual([expect.stringMatching(/^\w[\w.-]*-7f3a$/)]);
    expect(engine.servers.keys).toEqual([]);
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
