import type {
  AttachLoadBalancerTargetGroupsType,
  AttachTrafficSourcesType,
  DescribeLoadBalancerTargetGroupsRequest,
  DescribeLoadBalancerTargetGroupsResponse,
  DescribeTrafficSourcesRequest,
  DescribeTrafficSourcesResponse,
  DetachLoadBalancerTargetGroupsType,
  DetachTrafficSourcesType,
  TrafficSourceIdentifier,
} from '@aws-sdk/client-auto-scaling';
import { required } from '../fault.js';
import type { WorldState } from '../state.js';
import { attach, attachmentState, detachLoadBalancers } from './attachments.js';
import { type GroupRecord, groupNamed } from './group.js';

/** The classic load balancers among traffic sources. */
export function balancersAmong(sources: readonly TrafficSourceIdentifier[]): string[] {
  return identifiers(sources.filter(isBalancer));
}

/** The target groups, and anything else named by its ARN, among traffic sources. */
export function targetGroupsAmong(sources: readonly TrafficSourceIdentifier[]): string[] {
  return identifiers(sources.filter((source) => !isBalancer(source)));
}

function isBalancer(source: TrafficSourceIdentifier): boolean {
  return source.Type === 'elb' || (source.Type === undefined && !source.Identifier?.startsWith('arn:'));
}

function identifiers(sources: readonly TrafficSourceIdentifier[]): string[] {
  return sources.map((source) => required(source.Identifier, 'TrafficSources.Identifier'));
}

/** A group's traffic sources, as it describes them. */
export function trafficSources(group: GroupRecord): TrafficSourceIdentifier[] {
  const balancers = [...group.attachments].filter(([, attachment]) => attachment !== 'Removing');
  return [
    ...balancers.map(([Identifier]) => ({ Identifier, Type: 'elb' })),
    ...(group.fields.TargetGroupARNs ?? []).map((Identifier) => ({ Identifier, Type: 'elbv2' })),
  ];
}

/** AttachTrafficSources: classic load balancers work, target groups are kept and described. */
export function attachTrafficSources(
  state: WorldState,
  input: AttachTrafficSourcesType,
): Record<string, never> {
  const group = groupNamed(state, input.AutoScalingGroupName);
  const sources = required(input.TrafficSources, 'TrafficSources');
  attach(state, group, balancersAmong(sources));
  addTargetGroups(group, targetGroupsAmong(sources));
  return {};
}

/** DetachTrafficSources. */
export function detachTrafficSources(
  state: WorldState,
  input: DetachTrafficSourcesType,
): Record<string, never> {
  const group = groupNamed(state, input.AutoScalingGroupName);
  const sources = required(input.TrafficSources, 'TrafficSources');
  detachLoadBalancers(state, {
    AutoScalingGroupName: group.name,
    LoadBalancerNames: balancersAmong(sources),
  });
  removeTargetGroups(group, targetGroupsAmong(sources));
  return {};
}

/** DescribeTrafficSources. */
export function describeTrafficSources(
  state: WorldState,
  input: DescribeTrafficSourcesRequest,
): DescribeTrafficSourcesResponse {
  const group = groupNamed(state, input.AutoScalingGroupName);
  const wanted = trafficSources(group).filter(
    (source) => (input.TrafficSourceType ?? source.Type) === source.Type,
  );
  return {
    TrafficSources: wanted.map((source) => {
      const name = source.Identifier ?? '';
      const State = source.Type === 'elb' ? attachmentState(state, group, name) : 'Added';
      return { ...source, TrafficSource: name, State };
    }),
  };
}

/** AttachLoadBalancerTargetGroups: kept and described; the sandbox has no target groups. */
export function attachTargetGroups(
  state: WorldState,
  input: AttachLoadBalancerTargetGroupsType,
): Record<string, never> {
  const group = groupNamed(state, input.AutoScalingGroupName);
  addTargetGroups(group, required(input.TargetGroupARNs, 'TargetGroupARNs'));
  return {};
}

/** DetachLoadBalancerTargetGroups. */
export function detachTargetGroups(
  state: WorldState,
  input: DetachLoadBalancerTargetGroupsType,
): Record<string, never> {
  const group = groupNamed(state, input.AutoScalingGroupName);
  removeTargetGroups(group, required(input.TargetGroupARNs, 'TargetGroupARNs'));
  return {};
}

/** DescribeLoadBalancerTargetGroups. */
export function describeTargetGroups(
  state: WorldState,
  input: DescribeLoadBalancerTargetGroupsRequest,
): DescribeLoadBalancerTargetGroupsResponse {
  const arns = groupNamed(state, input.AutoScalingGroupName).fields.TargetGroupARNs ?? [];
  return {
    LoadBalancerTargetGroups: arns.map((arn) => ({ LoadBalancerTargetGroupARN: arn, State: 'Added' })),
  };
}

function addTargetGroups(group: GroupRecord, arns: readonly string[]): void {
  group.fields.TargetGroupARNs = [...new Set([...(group.fields.TargetGroupARNs ?? []), ...arns])];
}

function removeTargetGroups(group: GroupRecord, arns: readonly string[]): void {
  group.fields.TargetGroupARNs = (group.fields.TargetGroupARNs ?? []).filter((arn) => !arns.includes(arn));
}
