import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { clusterSchema } from '../../../src/lib/config/cluster-file.js';
import { buildClusterSpec, mapToFileKeys } from '../../../src/lib/create/cluster-spec.js';

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

const spec = (more: object = {}) =>
  buildClusterSpec(clusterSchema.parse({ ...written, ...more }), { userData: 'eA==', rootDevice: undefined });

/** Every key of the schema, with those below it: `health.grace`. */
function keysOf(schema: z.core.JSONSchema.BaseSchema, above = ''): string[] {
  return Object.entries(schema.properties ?? {}).flatMap(([key, inner]) => [
    `${above}${key}`,
    ...(typeof inner === 'object' ? keysOf(inner, `${above}${key}.`) : []),
  ]);
}

describe('mapToFileKeys', () => {
  it('uses only keys of the cluster file', () => {
    const file = keysOf(z.toJSONSchema(clusterSchema, { io: 'input' }));
    const { balancer, launchSource, group } = spec();
    const told = [
      ...Object.keys(mapToFileKeys('balancer', balancer?.fields ?? {}, spec())),
      ...Object.keys(mapToFileKeys('launchSource', launchSource.fields, spec())),
      ...Object.keys(mapToFileKeys('group', group.fields, spec())),
    ];
    expect(told.length).toBeGreaterThan(25);
    expect(told.filter((key) => !file.includes(key))).toEqual([]);
  });

  it('formats values as in the file, and the three sizes of a group', () => {
    const { group, balancer } = spec();
    expect(mapToFileKeys('group', group.fields, spec())).toMatchObject({
      size: 5,
      'health.grace': '300s',
      lifecycleHooks: [{ name: 'h', on: 'launching', timeout: '60s', otherwise: 'continue' }],
    });
    const sizes = { ...group.fields, minSize: 3, maxSize: 7 };
    expect(mapToFileKeys('group', sizes, spec())).toMatchObject({ size: '5 (from 3 to 7)' });
    expect(mapToFileKeys('balancer', balancer?.fields ?? {}, spec())).toMatchObject({
      'loadBalancer.draining': '60s',
      'loadBalancer.listeners': [{ port: 8500, protocol: 'http', instanceProtocol: 'http' }],
    });
  });

  it('names the source of a script and of load balancers', () => {
    const own = spec({ userDataFile: 'boot.sh', existing: { loadBalancers: ['old'] } });
    expect(mapToFileKeys('launchSource', own.launchSource.fields, own)).toHaveProperty('userDataFile');
    expect(Object.keys(mapToFileKeys('group', own.group.fields, own))).toContain(
      'loadBalancer and existing.loadBalancers',
    );
  });
});
