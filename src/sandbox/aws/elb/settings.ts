import type {
  AddAvailabilityZonesInput,
  AddAvailabilityZonesOutput,
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
  RemoveAvailabilityZonesInput,
  RemoveAvailabilityZonesOutput,
  RemoveTagsInput,
} from '@aws-sdk/client-elastic-load-balancing';
import { requireMember, validationFault } from '../fault.js';
import { findSubnetInZone, getSubnet } from '../network.js';
import type { AwsState } from '../state.js';
import { getClassicLoadBalancer } from './load-balancer.js';

/** DescribeLoadBalancerAttributes. */
export function describeAttributes(
  state: AwsState,
  input: DescribeLoadBalancerAttributesInput,
): DescribeLoadBalancerAttributesOutput {
  const balancer = getClassicLoadBalancer(state, requireMember(input.LoadBalancerName, 'LoadBalancerName'));
  return { LoadBalancerAttributes: balancer.attributes };
}

/** ModifyLoadBalancerAttributes: what is not named stays. */
export function modifyAttributes(
  state: AwsState,
  input: ModifyLoadBalancerAttributesInput,
): ModifyLoadBalancerAttributesOutput {
  const balancer = getClassicLoadBalancer(state, requireMember(input.LoadBalancerName, 'LoadBalancerName'));
  const changes = requireMember(input.LoadBalancerAttributes, 'LoadBalancerAttributes');
  const idle = changes.ConnectionSettings?.IdleTimeout;
  if (idle !== undefined && (idle < 1 || idle > 4_000)) {
    throw validationFault('ConnectionSettings IdleTimeout must be between 1 and 4000');
  }
  balancer.attributes = merged(balancer.attributes, changes);
  return { LoadBalancerName: balancer.name, LoadBalancerAttributes: changes };
}

/** Within an attribute, too, what is not named stays: draining that is turned off keeps its timeout. */
function merged(before: LoadBalancerAttributes, changes: LoadBalancerAttributes): LoadBalancerAttributes {
  const { CrossZoneLoadBalancing, AccessLog, ConnectionDraining, ConnectionSettings, AdditionalAttributes } = changes;
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
  state: AwsState,
  input: ApplySecurityGroupsToLoadBalancerInput,
): ApplySecurityGroupsToLoadBalancerOutput {
  const balancer = getClassicLoadBalancer(state, requireMember(input.LoadBalancerName, 'LoadBalancerName'));
  balancer.securityGroupIds = [...requireMember(input.SecurityGroups, 'SecurityGroups')];
  return { SecurityGroups: balancer.securityGroupIds };
}

/** AttachLoadBalancerToSubnets. */
export function attachSubnets(
  state: AwsState,
  input: AttachLoadBalancerToSubnetsInput,
): AttachLoadBalancerToSubnetsOutput {
  const balancer = getClassicLoadBalancer(state, requireMember(input.LoadBalancerName, 'LoadBalancerName'));
  const added = requireMember(input.Subnets, 'Subnets').map((subnetId) => getSubnet(state.network, subnetId).subnetId);
  balancer.subnetIds = [...new Set([...balancer.subnetIds, ...added])];
  return { Subnets: balancer.subnetIds };
}

/** DetachLoadBalancerFromSubnets. */
export function detachSubnets(
  state: AwsState,
  input: DetachLoadBalancerFromSubnetsInput,
): DetachLoadBalancerFromSubnetsOutput {
  const balancer = getClassicLoadBalancer(state, requireMember(input.LoadBalancerName, 'LoadBalancerName'));
  const leaving = requireMember(input.Subnets, 'Subnets');
  balancer.subnetIds = balancer.subnetIds.filter((subnetId) => !leaving.includes(subnetId));
  return { Subnets: balancer.subnetIds };
}

/** EnableAvailabilityZonesForLoadBalancer: the default subnets of these zones are added. */
export function enableZones(state: AwsState, input: AddAvailabilityZonesInput): AddAvailabilityZonesOutput {
  const Subnets = findSubnetsInZones(state, input.AvailabilityZones);
  attachSubnets(state, { LoadBalancerName: input.LoadBalancerName, Subnets });
  return { AvailabilityZones: listZones(state, input.LoadBalancerName) };
}

/** DisableAvailabilityZonesForLoadBalancer. */
export function disableZones(state: AwsState, input: RemoveAvailabilityZonesInput): RemoveAvailabilityZonesOutput {
  const Subnets = findSubnetsInZones(state, input.AvailabilityZones);
  detachSubnets(state, { LoadBalancerName: input.LoadBalancerName, Subnets });
  return { AvailabilityZones: listZones(state, input.LoadBalancerName) };
}

function findSubnetsInZones(state: AwsState, zones: string[] | undefined): string[] {
  return requireMember(zones, 'AvailabilityZones').map((zone) => {
    const subnet = findSubnetInZone(state.network, zone);
    if (subnet === undefined) throw validationFault(`Invalid Availability Zone: ${zone}`);
    return subnet.subnetId;
  });
}

function listZones(state: AwsState, name: string | undefined): string[] {
  const { subnetIds } = getClassicLoadBalancer(state, requireMember(name, 'LoadBalancerName'));
  return subnetIds.map((subnetId) => getSubnet(state.network, subnetId).zone);
}

/** AddTags to load balancers. */
export function addTags(state: AwsState, input: AddTagsInput): Record<string, never> {
  for (const name of requireMember(input.LoadBalancerNames, 'LoadBalancerNames')) {
    const { tags } = getClassicLoadBalancer(state, name);
    for (const tag of requireMember(input.Tags, 'Tags')) tags.set(requireMember(tag.Key, 'Tags.Key'), tag.Value ?? '');
  }
  return {};
}

/** RemoveTags from load balancers. */
export function removeTags(state: AwsState, input: RemoveTagsInput): Record<string, never> {
  for (const name of requireMember(input.LoadBalancerNames, 'LoadBalancerNames')) {
    const { tags } = getClassicLoadBalancer(state, name);
    for (const tag of requireMember(input.Tags, 'Tags')) tags.delete(requireMember(tag.Key, 'Tags.Key'));
  }
  return {};
}

/** DescribeTags of load balancers. */
export function describeBalancerTags(state: AwsState, input: DescribeTagsInput): DescribeTagsOutput {
  const names = requireMember(input.LoadBalancerNames, 'LoadBalancerNames');
  return {
    TagDescriptions: names.map((name) => ({
      LoadBalancerName: name,
      Tags: [...getClassicLoadBalancer(state, name).tags].map(([Key, Value]) => ({ Key, Value })),
    })),
  };
}
