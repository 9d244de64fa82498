import type {
  SetIpAddressTypeInput,
  SetIpAddressTypeOutput,
  SetSecurityGroupsInput,
  SetSecurityGroupsOutput,
  SetSubnetsInput,
  SetSubnetsOutput,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { required } from '../fault.js';
import type { WorldState } from '../state.js';
import { checkedSecurityGroups, checkedSubnets } from './create-load-balancer.js';
import { describedLoadBalancer } from './describe-load-balancers.js';
import { loadBalancerOf } from './load-balancer.js';

/** SetSubnets: these in place of those it had. */
export function setSubnets(state: WorldState, input: SetSubnetsInput): SetSubnetsOutput {
  const loadBalancer = loadBalancerOf(state, required(input.LoadBalancerArn, 'LoadBalancerArn'));
  loadBalancer.subnets = checkedSubnets(state, input, loadBalancer.type);
  return { AvailabilityZones: describedLoadBalancer(state, loadBalancer).AvailabilityZones };
}

/** SetSecurityGroups: these in place of those it had. */
export function setSecurityGroups(state: WorldState, input: SetSecurityGroupsInput): SetSecurityGroupsOutput {
  const loadBalancer = loadBalancerOf(state, required(input.LoadBalancerArn, 'LoadBalancerArn'));
  const wanted = required(input.SecurityGroups, 'SecurityGroups');
  loadBalancer.securityGroupIds = checkedSecurityGroups(state, wanted, loadBalancer.type);
  return { SecurityGroupIds: loadBalancer.securityGroupIds };
}

/** SetIpAddressType: kept and described; the sandbox has IPv4 only. */
export function setIpAddressType(state: WorldState, input: SetIpAddressTypeInput): SetIpAddressTypeOutput {
  const loadBalancer = loadBalancerOf(state, required(input.LoadBalancerArn, 'LoadBalancerArn'));
  loadBalancer.ipAddressType = required(input.IpAddressType, 'IpAddressType');
  return { IpAddressType: input.IpAddressType };
}
