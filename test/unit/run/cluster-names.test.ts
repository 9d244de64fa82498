import { describe, expect, it } from 'vitest';
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
    const { result } = await runRoll({ ...engine, files }, { order: { cluster } });
    expect(result.outcome).toBe('rolled');
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
    expect(engine.account.groups.map(({ name }) => name).sort()).toEqual(['consul-7f3a', 'consul-prod']);
  });
});
