import { describe, expect, it } from 'vitest';
import { assertCreatable } from '../../../src/lib/create/checks.js';
import type { CreationEngine } from '../../../src/lib/create/create.js';
import type { CreationPlan } from '../../../src/lib/model/cluster-spec.js';
import { buildFacts } from '../../helpers/intents.js';

type Facts = ReturnType<typeof buildFacts>;

/** Three servers in one subnet, behind a load balancer that exists already; nothing else exists. */
const PLAN = {
  spec: {
    size: 3,
    launchSource: { fields: { image: 'ami-1', instanceType: 't3.small' } },
    group: { fields: { subnets: ['subnet-1'], balancers: ['consul'] } },
  },
  resources: [{ kind: 'group', name: 'consul', state: 'missing', differences: [] }],
} as unknown as CreationPlan;
const image = { id: 'ami-1', name: 'consul', architecture: 'x86_64', state: 'available', createdAtMs: undefined };
const fit = { image, architectures: ['x86_64'], subnets: [{ id: 'subnet-1', zone: 'eu-west-1a', freeAddresses: 3 }] };

/** An account of which this is read. */
function buildEngine(change: Partial<Facts>): CreationEngine {
  const facts = buildFacts({ ...fit, ...change });
  const cloud = {
    findImage: async () => facts.image,
    findArchitectures: async () => facts.architectures,
    countFreeAddresses: async () => facts.subnets,
    readQuota: async () => facts.quota,
  };
  return { cloud, creation: { findLoadBalancer: async () => ({}) } } as unknown as CreationEngine;
}

describe('assertCreatable', () => {
  it('accepts an account that can hold the cluster', async () => {
    await expect(assertCreatable(buildEngine({}), PLAN)).resolves.toBeUndefined();
  });

  const unfit: [Partial<Facts>, string, string][] = [
    [{ image: undefined }, 'image: ami-1 is not visible to this account in this region', 'check the id and the region'],
    [{ image: { ...image, state: 'pending' } }, 'image: ami-1 is pending', 'wait until'],
    [{ architectures: ['arm64'] }, 'image: ami-1 is x86_64, t3.small runs arm64', 'build the image'],
    [
      { subnets: [{ id: 'subnet-1', zone: 'eu-west-1a', freeAddresses: 2 }] },
      'subnets: eu-west-1a (subnet-1) has 2 free addresses, for 3 more servers in one zone',
      'free addr',
    ],
    [{ subnets: [] }, 'subnets: subnet-1 not found in this region', 'check subnets and region'],
    [{ quota: { groupsLeft: 0, launchConfigurationsLeft: 9 } }, 'quotas: 0 groups and 9 launch', 'delete unused ones'],
  ];
  it.each(unfit)('refuses one with %j', async (change, message, next) => {
    const refusal = { code: 'account-unfit', kind: 'refused' };
    const expected = { message: expect.stringContaining(message), next: expect.stringContaining(next) };
    await expect(assertCreatable(buildEngine(change), PLAN)).rejects.toMatchObject({ ...refusal, ...expected });
  });

  it('refuses a load balancer that does not exist', async () => {
    const message = 'load balancers: consul not found in this region';
    const engine = buildEngine({});
    engine.creation.findLoadBalancer = async () => undefined;
    await expect(assertCreatable(engine, PLAN)).rejects.toMatchObject({ message });
  });
});
