import type {
  AttachLoadBalancersType,
  AttachLoadBalancerTargetGroupsType,
  AttachTrafficSourcesType,
  DescribeLoadBalancersRequest,
  DescribeLoadBalancersResponse,
  DescribeLoadBalancerTargetGroupsRequest,
  DescribeLoadBalancerTargetGroupsResponse,
  DescribeTrafficSourcesRequest,
  DescribeTrafficSourcesResponse,
  DetachLoadBalancersType,
  DetachLoadBalancerTargetGroupsType,
  DetachTrafficSourcesType,
  TrafficSourceIdentifier,
} from '@aws-sdk/client-auto-scaling';
import { required } from '../fault.js';
import { pageOf } from '../paging.js';
import type { WorldState } from '../state.js';
import { attach, attachedTo, attachmentState, detach } from './attachments.js';
import { type GroupRecord, groupNamed } from './group.js';
import { isArn, isTargetGroup } from './source.js';

const pageSizes = { usual: 100, most: 100 };
const smallPages = { usual: 50, most: 50 };

/** What an input attaches, whichever way it says so. */
export function sourcesIn(input: {
  LoadBalancerNames?: string[] | undefined;
  TargetGroupARNs?: string[] | undefined;
  TrafficSources?: TrafficSourceIdentifier[] | undefined;
}): string[] {
  const { LoadBalancerNames = [], TargetGroupARNs = [], TrafficSources = [] } = input;
  return [...new Set([...LoadBalancerNames, ...TargetGroupARNs, ...identifiers(TrafficSources)])];
}

function identifiers(sources: readonly TrafficSourceIdentifier[]): string[] {
  return sources.map((source) => required(source.Identifier, 'TrafficSources.Identifier'));
}

/** A group's traffic sources in the three lists that describe them. */
export function describedSources(group: GroupRecord) {
  const attached = attachedTo(group);
  return {
    LoadBalancerNames: attached.filter((identifier) => !isArn(identifier)),
    TargetGroupARNs: attached.filter(isTargetGroup),
    TrafficSources: attached.map((Identifier) => ({ Identifier, Type: typeOf(Identifier) })),
  };
}

function typeOf(identifier: string): string {
  if (!isArn(identifier)) return 'elb';
  return isTargetGroup(identifier) ? 'elbv2' : 'vpc-lattice';
}

/** AttachLoadBalancers. */
export function attachLoadBalancers(
  state: WorldState,
  input: AttachLoadBalancersType,
): Record<string, never> {
  const group = groupNamed(state, input.AutoScalingGroupName);
  attach(state, group, required(input.LoadBalancerNames, 'LoadBalancerNames'));
  return {};
}

/** AttachLoadBalancerTargetGroups. */
export function attachTargetGroups(
  state: WorldState,
  input: AttachLoadBalancerTargetGroupsType,
): Record<string, never> {
  const group = groupNamed(state, input.AutoScalingGroupName);
  attach(state, group, required(input.TargetGroupARNs, 'TargetGroupARNs'));
  return {};
}

/** AttachTrafficSources, of any kind. */
export function attachTrafficSources(
  state: WorldState,
  input: AttachTrafficSourcesType,
): Record<string, never> {
  const group = groupNamed(state, input.AutoScalingGroupName);
  attach(state, group, identifiers(required(input.TrafficSources, 'TrafficSources')));
  return {};
}

/** DetachLoadBalancers. */
export function detachLoadBalancers(
  state: WorldState,
  input: DetachLoadBalancersType,
): Record<string, never> {
  const group = groupNamed(state, input.AutoScalingGroupName);
  detach(state, group, required(input.LoadBalancerNames, 'LoadBalancerNames'), 'Load Balancer');
  return {};
}

/** DetachLoadBalancerTargetGroups. */
export function detachTargetGroups(
  state: WorldState,
  input: DetachLoadBalancerTargetGroupsType,
): Record<string, never> {
  const group = groupNamed(state, input.AutoScalingGroupName);
  detach(state, group, required(input.TargetGroupARNs, 'TargetGroupARNs'), 'Target Group');
  return {};
}

/** DetachTrafficSources, of any kind. */
export function detachTrafficSources(
  state: WorldState,
  input: DetachTrafficSourcesType,
): Record<string, never> {
  const group = groupNamed(state, input.AutoScalingGroupName);
  detach(state, group, identifiers(required(input.TrafficSources, 'TrafficSources')), 'Traffic Source');
  return {};
}

/** DescribeLoadBalancers of a group: Adding, Added, InService or Removing. */
export function describeGroupBalancers(
  state: WorldState,
  input: DescribeLoadBalancersRequest,
): DescribeLoadBalancersResponse {
  const group = groupNamed(state, input.AutoScalingGroupName);
  const all = [...group.attachments.keys()].filter((identifier) => !isArn(identifier));
  const page = pageOf(all, input.NextToken, input.MaxRecords, pageSizes);
  return {
    LoadBalancers: page.items.map((name) => ({
      LoadBalancerName: name,
      State: attachmentState(state, group, name),
    })),
    NextToken: page.nextToken,
  };
}

/** DescribeLoadBalancerTargetGroups of a group, with the same states. */
export function describeTargetGroups(
  state: WorldState,
  input: DescribeLoadBalancerTargetGroupsRequest,
): DescribeLoadBalancerTargetGroupsResponse {
  const group = groupNamed(state, input.AutoScalingGroupName);
  const all = [...group.attachments.keys()].filter(isTargetGroup);
  const page = pageOf(all, input.NextToken, input.MaxRecords, pageSizes);
  return {
    LoadBalancerTargetGroups: page.items.map((arn) => ({
      LoadBalancerTargetGroupARN: arn,
      State: attachmentState(state, group, arn),
    })),
    NextToken: page.nextToken,
  };
}

/** DescribeTrafficSources of a group, of one type or of all. */
export function describeTrafficSources(
  state: WorldState,
  input: DescribeTrafficSourcesRequest,
): DescribeTrafficSourcesResponse {
  const group = groupNamed(state, input.AutoScalingGroupName);
  const all = [...group.attachments.keys()].map((Identifier) => ({ Identifier, Type: typeOf(Identifier) }));
  const wanted = all.filter(({ Type }) => (input.TrafficSourceType ?? Type) === Type);
  const page = pageOf(wanted, input.NextToken, input.MaxRecords, smallPages);
  return {
    TrafficSources: page.items.map((source) => ({
      ...source,
      TrafficSource: source.Identifier,
      State: attachmentState(state, group, source.Identifier),
    })),
    NextToken: page.nextToken,
  };
}
