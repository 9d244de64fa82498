import type {
  SetIpAddressTypeInput,
  SetIpAddressTypeOutput,
  SetSecurityGroupsInput,
  SetSecurityGroupsOutput,
  SetSubnetsInput,
  SetSubnetsOutput,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { requireMember } from '../fault.js';
import type { AwsState } from '../state.js';
import { checkSecurityGroups, checkSubnets } from './create-load-balancer.js';
import { toLoadBalancerOutput } from './describe-load-balancers.js';
import { getLoadBalancer } from './load-balancer.js';

/** SetSubnets: these in place of those it had. */
export function setSubnets(state: AwsState, input: SetSubnetsInput): SetSubnetsOutput {
  const loadBalancer = getLoadBalancer(state, requireMember(input.LoadBalancerArn, 'LoadBalancerArn'));
  loadBalancer.subnets = checkSubnets(state, input, loadBalancer.type);
  return { AvailabilityZones: toLoadBalancerOutput(state, loadBalancer).AvailabilityZones };
}

/** SetSecurityGroups: these in place of those it had. */
export function setSecurityGroups(state: AwsState, input: SetSecurityGroupsInput): SetSecurityGroupsOutput {
  const loadBalancer = getLoadBalancer(state, requireMember(input.LoadBalancerArn, 'LoadBalancerArn'));
  const wanted = requireMember(input.SecurityGroups, 'SecurityGroups');
  loadBalancer.securityGroupIds = checkSecurityGroups(state, wanted, loadBalancer.type);
  return { SecurityGroupIds: loadBalancer.securityGroupIds };
}

/** SetIpAddressType: kept and described; the sandbox has IPv4 only. */
export function setIpAddressType(state: AwsState, input: SetIpAddressTypeInput): SetIpAddressTypeOutput {
  const loadBalancer = getLoadBalancer(state, requireMember(input.LoadBalancerArn, 'LoadBalancerArn'));
  loadBalancer.ipAddressType = requireMember(input.IpAddressType, 'IpAddressType');
  return { IpAddressType: input.IpAddressType };
}
