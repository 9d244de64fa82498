import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { clusterSchema } from '../../../src/lib/config/cluster-file.js';
import { blueprintOf, byFileKey } from '../../../src/lib/create/cluster-spec.js';

const written = {
  cluster: 'consul',
  image: 'ami-0c0515ea000000001',
  subnets: ['subnet-0c0515ea00000000a'],
  securityGroups: ['sg-0c0515ea000000002'],
  instanceProfile: 'consul',
  rootVolume: { sizeGiB: 20 },
  loadBalancer: {},
  lifecycleHooks: [{ name: 'h', on: 'launching', timeout: '1m' }],
};

const blueprint = (more: object = {}) =>
  blueprintOf(clusterSchema.parse({ ...written, ...more }), { userData: 'eA==', rootDevice: undefined });

/** Every key of the schema, with those below it: `health.grace`. */
function keysOf(schema: z.core.JSONSchema.BaseSchema, above = ''): string[] {
  return Object.entries(schema.properties ?? {}).flatMap(([key, inner]) => [
    `${above}${key}`,
    ...(typeof inner === 'object' ? keysOf(inner, `${above}${key}.`) : []),
  ]);
}

describe('what create tells', () => {
  it('has the keys of the cluster file and no others', () => {
    const file = keysOf(z.toJSONSchema(clusterSchema, { io: 'input' }));
    const { balancer, template, group } = blueprint();
    const told = [
      ...Object.keys(byFileKey('balancer', balancer?.fields ?? {}, blueprint())),
      ...Object.keys(byFileKey('template', template.fields, blueprint())),
      ...Object.keys(byFileKey('group', group.fields, blueprint())),
    ];
    expect(told.length).toBeGreaterThan(25);
    expect(told.filter((key) => !file.includes(key))).toEqual([]);
  });

  it('has values as the file has them, and all three sizes of a group that has them', () => {
    const { group, balancer } = blueprint();
    expect(byFileKey('group', group.fields, blueprint())).toMatchObject({
      size: 5,
      'health.grace': '300s',
      lifecycleHooks: [{ name: 'h', on: 'launching', timeout: '60s', otherwise: 'continue' }],
    });
    const sizes = { ...group.fields, minSize: 3, maxSize: 7 };
    expect(byFileKey('group', sizes, blueprint())).toMatchObject({ size: '5 (from 3 to 7)' });
    expect(byFileKey('balancer', balancer?.fields ?? {}, blueprint())).toMatchObject({
      'loadBalancer.draining': '60s',
      'loadBalancer.listeners': [{ port: 8500, protocol: 'http', instanceProtocol: 'http' }],
    });
  });

  it('says where a script and load balancers come from', () => {
    const own = blueprint({ userDataFile: 'boot.sh', existing: { loadBalancers: ['old'] } });
    expect(byFileKey('template', own.template.fields, own)).toHaveProperty('userDataFile');
    expect(Object.keys(byFileKey('group', own.group.fields, own))).toContain(
      'loadBalancer and existing.loadBalancers',
    );
  });
});
