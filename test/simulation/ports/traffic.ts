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

/** What is attached to a group, in the two lists a roll has. */
export function listAttached({ attachments }: GroupRecord): { balancers: string[]; targetGroups: string[] } {
  const balancers: string[] = [];
  const targetGroups: string[] = [];
  for (const [identifier, at] of attachments) {
    if (at !== 'Removing') (identifier.startsWith('arn:') ? targetGroups : balancers).push(identifier);
  }
  return { balancers, targetGroups };
}

/** Where an instance stands in a classic load balancer or a target group. */
export function getLoadBalancerState(state: AwsState, balancer: string, instanceId: string): BalancerState {
  const group = findTargetGroup(state, balancer);
  if (group === undefined)
    return getClassicLoadBalancer(state, balancer).registrations.get(instanceId)?.phase ?? 'absent';
  const target = group.targets.get(buildTargetKey(instanceId, group.port ?? 0));
  return target === undefined ? 'absent' : toTargetState(getTargetHealth(state, group, target));
}

/** Connection draining or deregistration delay of each. */
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

/** What the adapter would say of the target groups among these. */
export function listTargetGroups(state: AwsState, balancers: readonly string[]): TargetGroup[] {
  return balancers.flatMap((balancer) => {
    const group = findTargetGroup(state, balancer);
    if (group === undefined) return [];
    const { healthCheck, attributes } = group;
    return {
      name: group.name,
      arn: group.arn,
      targetType: group.targetType,
      healthCheck: {
        protocol: healthCheck.HealthCheckProtocol ?? '',
        path: healthCheck.HealthCheckPath,
      },
      slowStartMs: Number(attributes.get('slow_start.duration_seconds') ?? 0) * 1_000,
      endsConnections: attributes.get('deregistration_delay.connection_termination.enabled') === 'true',
      loadBalancers: listTargetGroupUsers(state, group.arn).map(({ name, type, scheme }) => ({
        name,
        type,
        scheme,
      })),
    };
  });
}

/** Registers instances, as the adapter does. */
export function register(world: SandboxAws, balancer: string, ids: readonly string[]): void {
  const group = findTargetGroup(world.inside, balancer);
  if (group !== undefined) {
    const Targets = ids.map((Id) => ({ Id }));
    world.call('elasticloadbalancingv2', 'RegisterTargets', { TargetGroupArn: group.arn, Targets });
    return;
  }
  const Instances = ids.map((InstanceId) => ({ InstanceId }));
  const LoadBalancerName = balancer;
  world.call('elasticloadbalancing', 'RegisterInstancesWithLoadBalancer', { LoadBalancerName, Instances });
}

/** One at a time, and one that is gone is as good as done, as the adapter has it. */
export function deregister(world: SandboxAws, balancer: string, ids: readonly string[]): void {
  const group = findTargetGroup(world.inside, balancer);
  for (const id of ids) {
    if ((world.inside.instances.get(id)?.state ?? 'terminated') === 'terminated') continue;
    if (group !== undefined) {
      const Targets = [{ Id: id }];
      world.call('elasticloadbalancingv2', 'DeregisterTargets', { TargetGroupArn: group.arn, Targets });
    } else {
      world.call('elasticloadbalancing', 'DeregisterInstancesFromLoadBalancer', {
        LoadBalancerName: balancer,
        Instances: [{ InstanceId: id }],
      });
    }
  }
}

/** Attaches a group to load balancers and target groups. */
export function attach(world: SandboxAws, AutoScalingGroupName: string, balancers: readonly string[]): void {
  const LoadBalancerNames = balancers.filter((balancer) => parseTargetGroupName(balancer) === undefined);
  const TargetGroupARNs = balancers.flatMap((balancer) => findTargetGroup(world.inside, balancer)?.arn ?? []);
  if (LoadBalancerNames.length > 0)
    world.call('autoscaling', 'AttachLoadBalancers', { AutoScalingGroupName, LoadBalancerNames });
  if (TargetGroupARNs.length > 0)
    world.call('autoscaling', 'AttachLoadBalancerTargetGroups', { AutoScalingGroupName, TargetGroupARNs });
}

function findTargetGroup(state: AwsState, balancer: string): TargetGroupRecord | undefined {
  if (parseTargetGroupName(balancer) === undefined) return undefined;
  return [...state.targetGroups.values()].find(({ arn }) => buildTargetGroupName(arn) === balancer);
}
