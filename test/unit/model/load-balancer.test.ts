import { describe, expect, it } from 'vitest';
import {
  buildTargetGroupName,
  formatBalancer,
  isInServiceState,
  listBalancers,
  parseTargetGroupName,
} from '../../../src/lib/model/load-balancer.js';

const ARN = 'arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/consul/73e2d6bc24d8a067';

describe('the name of a load balancer', () => {
  it('differs for a target group and a classic load balancer with the same name', () => {
    const names = listBalancers({ balancers: ['consul'], targetGroups: [ARN] });
    expect(names).toEqual(['consul', 'target-group/consul']);
    expect(names.map(parseTargetGroupName)).toEqual([undefined, 'consul']);
    expect(names.map(formatBalancer)).toEqual(['load balancer consul', 'target group consul']);
  });

  it('is the same in every partition of AWS', () => {
    expect(buildTargetGroupName(ARN.replace('arn:aws:', 'arn:aws-cn:'))).toBe('target-group/consul');
  });
});

it('an unchecked target counts as serving, one on its way in or out does not', () => {
  expect(isInServiceState('in-service')).toBe(true);
  expect(isInServiceState('unused')).toBe(true);
  for (const state of ['registering', 'out-of-service', 'draining', 'absent'] as const) {
    expect(isInServiceState(state)).toBe(false);
  }
});
