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
import { requireMember } from '../fault.js';
import { getPage } from '../paging.js';
import type { GroupRecord } from '../records.js';
import type { AwsState } from '../state.js';
import { attachSources, detachSources, getAttachmentState, listAttached } from './attachments.js';
import { getGroup } from './group.js';
import { isArn, isTargetGroup } from './traffic-source.js';

const pageSizes = { defaultSize: 100, maxSize: 100 };
const smallPages = { defaultSize: 50, maxSize: 50 };

/** The traffic sources that an input attaches, in any of its forms. */
export function listSources(input: {
  LoadBalancerNames?: string[] | undefined;
  TargetGroupARNs?: string[] | undefined;
  TrafficSources?: TrafficSourceIdentifier[] | undefined;
}): string[] {
  const { LoadBalancerNames = [], TargetGroupARNs = [], TrafficSources = [] } = input;
  return [...new Set([...LoadBalancerNames, ...TargetGroupARNs, ...identifiers(TrafficSources)])];
}

function identifiers(sources: readonly TrafficSourceIdentifier[]): string[] {
  return sources.map((source) => requireMember(source.Identifier, 'TrafficSources.Identifier'));
}

/** A group's traffic sources in the three lists that describe them. */
export function toSourceOutputs(group: GroupRecord) {
  const attached = listAttached(group);
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
export function attachLoadBalancers(state: AwsState, input: AttachLoadBalancersType): Record<string, never> {
  const group = getGroup(state, input.AutoScalingGroupName);
  attachSources(state, group, requireMember(input.LoadBalancerNames, 'LoadBalancerNames'));
  return {};
}

/** AttachLoadBalancerTargetGroups. */
export function attachTargetGroups(state: AwsState, input: AttachLoadBalancerTargetGroupsType): Record<string, never> {
  const group = getGroup(state, input.AutoScalingGroupName);
  attachSources(state, group, requireMember(input.TargetGroupARNs, 'TargetGroupARNs'));
  return {};
}

/** AttachTrafficSources, of any kind. */
export function attachTrafficSources(state: AwsState, input: AttachTrafficSourcesType): Record<string, never> {
  const group = getGroup(state, input.AutoScalingGroupName);
  attachSources(state, group, identifiers(requireMember(input.TrafficSources, 'TrafficSources')));
  return {};
}

/** DetachLoadBalancers. */
export function detachLoadBalancers(state: AwsState, input: DetachLoadBalancersType): Record<string, never> {
  const group = getGroup(state, input.AutoScalingGroupName);
  detachSources(state, group, requireMember(input.LoadBalancerNames, 'LoadBalancerNames'), 'Load Balancer');
  return {};
}

/** DetachLoadBalancerTargetGroups. */
export function detachTargetGroups(state: AwsState, input: DetachLoadBalancerTargetGroupsType): Record<string, never> {
  const group = getGroup(state, input.AutoScalingGroupName);
  detachSources(state, group, requireMember(input.TargetGroupARNs, 'TargetGroupARNs'), 'Target Group');
  return {};
}

/** DetachTrafficSources, of any kind. */
export function detachTrafficSources(state: AwsState, input: DetachTrafficSourcesType): Record<string, never> {
  const group = getGroup(state, input.AutoScalingGroupName);
  detachSources(state, group, identifiers(requireMember(input.TrafficSources, 'TrafficSources')), 'Traffic Source');
  return {};
}

/** DescribeLoadBalancers of a group: Adding, Added, InService or Removing. */
export function describeGroupBalancers(
  state: AwsState,
  input: DescribeLoadBalancersRequest,
): DescribeLoadBalancersResponse {
  const group = getGroup(state, input.AutoScalingGroupName);
  const all = [...group.attachments.keys()].filter((identifier) => !isArn(identifier));
  const page = getPage(all, input.NextToken, input.MaxRecords, pageSizes);
  return {
    LoadBalancers: page.items.map((name) => ({
      LoadBalancerName: name,
      State: getAttachmentState(state, group, name),
    })),
    NextToken: page.nextToken,
  };
}

/** DescribeLoadBalancerTargetGroups of a group, with the same states. */
export function describeTargetGroups(
  state: AwsState,
  input: DescribeLoadBalancerTargetGroupsRequest,
): DescribeLoadBalancerTargetGroupsResponse {
  const group = getGroup(state, input.AutoScalingGroupName);
  const all = [...group.attachments.keys()].filter(isTargetGroup);
  const page = getPage(all, input.NextToken, input.MaxRecords, pageSizes);
  return {
    LoadBalancerTargetGroups: page.items.map((arn) => ({
      LoadBalancerTargetGroupARN: arn,
      State: getAttachmentState(state, group, arn),
    })),
    NextToken: page.nextToken,
  };
}

/** DescribeTrafficSources of a group, of one type or of all. */
export function describeTrafficSources(
  state: AwsState,
  input: DescribeTrafficSourcesRequest,
): DescribeTrafficSourcesResponse {
  const group = getGroup(state, input.AutoScalingGroupName);
  const all = [...group.attachments.keys()].map((Identifier) => ({ Identifier, Type: typeOf(Identifier) }));
  const wanted = all.filter(({ Type }) => (input.TrafficSourceType ?? Type) === Type);
  const page = getPage(wanted, input.NextToken, input.MaxRecords, smallPages);
  return {
    TrafficSources: page.items.map((source) => ({
      ...source,
      TrafficSource: source.Identifier,
      State: getAttachmentState(state, group, source.Identifier),
    })),
    NextToken: page.nextToken,
  };
}
