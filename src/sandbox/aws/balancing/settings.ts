import type {
  AdditionalAttribute,
  AddTagsInput,
  ApplySecurityGroupsToLoadBalancerInput,
  ApplySecurityGroupsToLoadBalancerOutput,
  AttachLoadBalancerToSubnetsInput,
  AttachLoadBalancerToSubnetsOutput,
  DescribeLoadBalancerAttributesInput,
  DescribeLoadBalancerAttributesOutput,
  DescribeTagsInput,
  DescribeTagsOutput,
  DetachLoadBalancerFromSubnetsInput,
  DetachLoadBalancerFromSubnetsOutput,
  LoadBalancerAttributes,
  ModifyLoadBalancerAttributesInput,
  ModifyLoadBalancerAttributesOutput,
  RemoveTagsInput,
} from '@aws-sdk/client-elastic-load-balancing';
import { required, validationError } from '../fault.js';
import { subnetOf } from '../network.js';
import type { WorldState } from '../state.js';
import { balancerNamed } from './balancer.js';

/** DescribeLoadBalancerAttributes. */
export function describeAttributes(
  state: WorldState,
  input: DescribeLoadBalancerAttributesInput,
): DescribeLoadBalancerAttributesOutput {
  const balancer = balancerNamed(state, required(input.LoadBalancerName, 'LoadBalancerName'));
  return { LoadBalancerAttributes: balancer.attributes };
}

/** ModifyLoadBalancerAttributes: what is not named stays. */
export function modifyAttributes(
  state: WorldState,
  input: ModifyLoadBalancerAttributesInput,
): ModifyLoadBalancerAttributesOutput {
  const balancer = balancerNamed(state, required(input.LoadBalancerName, 'LoadBalancerName'));
  const changes = required(input.LoadBalancerAttributes, 'LoadBalancerAttributes');
  const idle = changes.ConnectionSettings?.IdleTimeout;
  if (idle !== undefined && (idle < 1 || idle > 4_000)) {
    throw validationError('ConnectionSettings IdleTimeout must be between 1 and 4000');
  }
  balancer.attributes = merged(balancer.attributes, changes);
  return { LoadBalancerName: balancer.name, LoadBalancerAttributes: changes };
}

/** Within an attribute, too, what is not named stays: draining that is turned off keeps its timeout. */
function merged(before: LoadBalancerAttributes, changes: LoadBalancerAttributes): LoadBalancerAttributes {
  const { CrossZoneLoadBalancing, AccessLog, ConnectionDraining, ConnectionSettings, AdditionalAttributes } =
    changes;
  return {
    CrossZoneLoadBalancing: CrossZoneLoadBalancing ?? before.CrossZoneLoadBalancing,
    AccessLog: AccessLog ?? before.AccessLog,
    ConnectionDraining: ConnectionDraining
      ? { ...ConnectionDraining, Timeout: ConnectionDraining.Timeout ?? before.ConnectionDraining?.Timeout }
      : before.ConnectionDraining,
    ConnectionSettings: ConnectionSettings ?? before.ConnectionSettings,
    AdditionalAttributes: mergedPairs(before.AdditionalAttributes ?? [], AdditionalAttributes ?? []),
  };
}

function mergedPairs(before: readonly AdditionalAttribute[], changes: readonly AdditionalAttribute[]) {
  const changed = changes.map((pair) => pair.Key);
  return [...before.filter((pair) => !changed.includes(pair.Key)), ...changes];
}

/** ApplySecurityGroupsToLoadBalancer. */
export function applySecurityGroups(
  state: WorldState,
  input: ApplySecurityGroupsToLoadBalancerInput,
): ApplySecurityGroupsToLoadBalancerOutput {
  const balancer = balancerNamed(state, required(input.LoadBalancerName, 'LoadBalancerName'));
  balancer.securityGroupIds = [...required(input.SecurityGroups, 'SecurityGroups')];
  return { SecurityGroups: balancer.securityGroupIds };
}

/** AttachLoadBalancerToSubnets. */
export function attachSubnets(
  state: WorldState,
  input: AttachLoadBalancerToSubnetsInput,
): AttachLoadBalancerToSubnetsOutput {
  const balancer = balancerNamed(state, required(input.LoadBalancerName, 'LoadBalancerName'));
  const added = required(input.Subnets, 'Subnets').map(
    (subnetId) => subnetOf(state.network, subnetId).subnetId,
  );
  balancer.subnetIds = [...new Set([...balancer.subnetIds, ...added])];
  return { Subnets: balancer.subnetIds };
}

/** DetachLoadBalancerFromSubnets. */
export function detachSubnets(
  state: WorldState,
  input: DetachLoadBalancerFromSubnetsInput,
): DetachLoadBalancerFromSubnetsOutput {
  const balancer = balancerNamed(state, required(input.LoadBalancerName, 'LoadBalancerName'));
  const leaving = required(input.Subnets, 'Subnets');
  balancer.subnetIds = balancer.subnetIds.filter((subnetId) => !leaving.includes(subnetId));
  return { Subnets: balancer.subnetIds };
}

/** AddTags to load balancers. */
export function addTags(state: WorldState, input: AddTagsInput): Record<string, never> {
  for (const name of required(input.LoadBalancerNames, 'LoadBalancerNames')) {
    const { tags } = balancerNamed(state, name);
    for (const tag of required(input.Tags, 'Tags')) tags.set(required(tag.Key, 'Tags.Key'), tag.Value ?? '');
  }
  return {};
}

/** RemoveTags from load balancers. */
export function removeTags(state: WorldState, input: RemoveTagsInput): Record<string, never> {
  for (const name of required(input.LoadBalancerNames, 'LoadBalancerNames')) {
    const { tags } = balancerNamed(state, name);
    for (const tag of required(input.Tags, 'Tags')) tags.delete(required(tag.Key, 'Tags.Key'));
  }
  return {};
}

/** DescribeTags of load balancers. */
export function describeBalancerTags(state: WorldState, input: DescribeTagsInput): DescribeTagsOutput {
  const names = required(input.LoadBalancerNames, 'LoadBalancerNames');
  return {
    TagDescriptions: names.map((name) => ({
      LoadBalancerName: name,
      Tags: [...balancerNamed(state, name).tags].map(([Key, Value]) => ({ Key, Value })),
    })),
  };
}
