import { toTargetState } from '../../../src/lib/aws/target-groups.js';
import { buildTargetGroupName, parseTargetGroupName, type TargetGroup } from '../../../src/lib/model/load-balancer.js';
import type { BalancerState } from '../../../src/lib/model/server.js';
import { getClassicLoadBalancer, getDrainTimeoutMs } from '../../../src/sandbox/aws/elb/load-balancer.js';
import {
  buildTargetKey,
  getDeregistrationDelayMs,
  listTargetGroupUsers,
} from '../../../src/sandbox/aws/elbv2/target-group.js';
import { getTargetHealth } from '../../../src/sandbox/aws/elbv2/targets.js';
import type { GroupRecord, TargetGroupRecord } from '../../../src/sandbox/aws/records.js';
import type { SandboxAws } from '../../../src/sandbox/aws/sandbox-aws.js';
import type { AwsState } from '../../../src/sandbox/aws/state.js';

/** The load balancers and target groups that are attached to a group. */
export function listAttached({ attachments }: GroupRecord): { balancers: string[]; targetGroups: string[] } {
  const balancers: string[] = [];
  const targetGroups: string[] = [];
  for (const [identifier, at] of attachments) {
    if (at !== 'Removing') (identifier.startsWith('arn:') ? targetGroups : balancers).push(identifier);
  }
  return { balancers, targetGroups };
}

/** State of an instance in a classic load balancer or a target group. */
export function getLoadBalancerState(state: AwsState, balancer: string, instanceId: string): BalancerState {
  const group = findTargetGroup(state, balancer);
  if (group === undefined)
    return getClassicLoadBalancer(state, balancer).registrations.get(instanceId)?.phase ?? 'absent';
  const target = group.targets.get(buildTargetKey(instanceId, group.port ?? 0));
  return target === undefined ? 'absent' : toTargetState(getTargetHealth(state, group, target));
}

/** Connection draining timeout or deregistration delay of each, in milliseconds. */
export function getDrainTimeouts(state: AwsState, balancers: readonly string[]): Record<string, number> {
  const delays: Record<string, number> = {};
  for (const balancer of balancers) {
    const group = findTargetGroup(state, balancer);
    delays[balancer] =
      group === undefined
        ? getDrainTimeoutMs(getClassicLoadBalancer(state, balancer))
        : getDeregistrationDelayMs(group);
  }
  return delays;
}

/** How long the checks of each take that find a server healthy. */
export function listHealthyAfterMs(state: AwsState, balancers: readonly string[]): Record<string, number> {
  const read = balancers.map((balancer) => {
    const group = findTargetGroup(state, balancer);
    if (group !== undefined) {
      const { HealthCheckIntervalSeconds = 0, HealthyThresholdCount = 0 } = group.healthCheck;
      return [balancer, HealthCheckIntervalSeconds * HealthyThresholdCount * 1000] as const;
    }
    const { Interval = 0, HealthyThreshold = 0 } = getClassicLoadBalancer(state, balancer).healthCheck;
    return [balancer, Interval * HealthyThreshold * 1000] as const;
  });
  return Object.fromEntries(read);
}

/** Those of these with cross-zone load balancing off. */
export function listZonal(state: AwsState, balancers: readonly string[]): string[] {
  return balancers.filter((balancer) => {
    const group = findTargetGroup(state, balancer);
    if (group === undefined) {
      return getClassicLoadBalancer(state, balancer).attributes.CrossZoneLoadBalancing?.Enabled !== true;
    }
    const own = group.attributes.get(CROSS_ZONE);
    if (own !== 'use_load_balancer_configuration') return own === 'false';
    return listTargetGroupUsers(state, group.arn).some(({ attributes }) => attributes.get(CROSS_ZONE) === 'false');
  });
}

const CROSS_ZONE = 'load_balancing.cross_zone.enabled';

/** The target groups among these, as the adapter describes them. */
export function listTargetGroups(state: AwsState, balancers: readonly string[]): TargetGroup[] {
  return balancers.flatMap((balancer) => {
    const group = findTargetGroup(state, balancer);
    if (group === undefined) return [];
    const { healthCheck, attributes } = group;
    return {
      name: group.name,
      arn: group.arn,
      targetType: group.targetType,
      healthCheck: { protocol: healthCheck.HealthCheckProtocol ?? '', path: healthCheck.HealthCheckPath },
      slowStartMs: Number(attributes.get('slow_start.duration_seconds') ?? 0) * 1_000,
      endsConnections: attributes.get('deregistration_delay.connection_termination.enabled') === 'true',
      loadBalancers: listTargetGroupUsers(state, group.arn).map(({ name, type, scheme }) => ({ name, type, scheme })),
    };
  });
}

/** Registers instances, as the adapter does. */
export function register(aws: SandboxAws, balancer: string, ids: readonly string[]): void {
  const group = findTargetGroup(aws.inside, balancer);
  if (group !== undefined) {
    const Targets = ids.map((Id) => ({ Id }));
    aws.call('elasticloadbalancingv2', 'RegisterTargets', { TargetGroupArn: group.arn, Targets });
    return;
  }
  const Instances = ids.map((InstanceId) => ({ InstanceId }));
  const LoadBalancerName = balancer;
  aws.call('elasticloadbalancing', 'RegisterInstancesWithLoadBalancer', { LoadBalancerName, Instances });
}

/** Deregisters instances one at a time, and skips terminated ones, as the adapter does. */
export function deregister(aws: SandboxAws, balancer: string, ids: readonly string[]): void {
  const group = findTargetGroup(aws.inside, balancer);
  for (const id of ids) {
    if ((aws.inside.instances.get(id)?.state ?? 'terminated') === 'terminated') continue;
    if (group !== undefined) {
      const Targets = [{ Id: id }];
      aws.call('elasticloadbalancingv2', 'DeregisterTargets', { TargetGroupArn: group.arn, Targets });
    } else {
      aws.call('elasticloadbalancing', 'DeregisterInstancesFromLoadBalancer', {
        LoadBalancerName: balancer,
        Instances: [{ InstanceId: id }],
      });
    }
  }
}

/** Attaches a group to load balancers and target groups. */
export function attach(aws: SandboxAws, AutoScalingGroupName: string, balancers: readonly string[]): void {
  const LoadBalancerNames = balancers.filter((balancer) => parseTargetGroupName(balancer) === undefined);
  const TargetGroupARNs = balancers.flatMap((balancer) => findTargetGroup(aws.inside, balancer)?.arn ?? []);
  if (LoadBalancerNames.length > 0)
    aws.call('autoscaling', 'AttachLoadBalancers', { AutoScalingGroupName, LoadBalancerNames });
  if (TargetGroupARNs.length > 0)
    aws.call('autoscaling', 'AttachLoadBalancerTargetGroups', { AutoScalingGroupName, TargetGroupARNs });
}

function findTargetGroup(state: AwsState, balancer: string): TargetGroupRecord | undefined {
  if (parseTargetGroupName(balancer) === undefined) return undefined;
  return [...state.targetGroups.values()].find(({ arn }) => buildTargetGroupName(arn) === balancer);
}
