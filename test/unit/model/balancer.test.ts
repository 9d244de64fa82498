import { describe, expect, it } from 'vitest';
import {
  balancerNameOf,
  balancersOf,
  isServing,
  spokenBalancer,
  targetGroupNamed,
} from '../../../src/lib/model/load-balancer.js';

const ARN = 'arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/consul/73e2d6bc24d8a067';

describe('the name of what sends traffic', () => {
  it('tells a target group from a classic load balancer that AWS calls the same', () => {
    const names = balancersOf({ balancers: ['consul'], targetGroups: [ARN] });
    expect(names).toEqual(['consul', 'target-group/consul']);
    expect(names.map(targetGroupNamed)).toEqual([undefined, 'consul']);
    expect(names.map(spokenBalancer)).toEqual(['load balancer consul', 'target group consul']);
  });

  it('is the same in every partition of AWS', () => {
    expect(balancerNameOf(ARN.replace('arn:aws:', 'arn:aws-cn:'))).toBe('target-group/consul');
  });
});

it('counts as serving what nothing will ever check, and nothing that is on its way', () => {
  expect(isServing('in-service')).toBe(true);
  expect(isServing('unused')).toBe(true);
  for (const state of ['registering', 'out-of-service', 'draining', 'absent'] as const) {
    expect(isServing(state)).toBe(false);
  }
});
