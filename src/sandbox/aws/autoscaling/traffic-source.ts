import * as classic from '../elb/registration.js';
import { deregisterTarget, listTargetKeys, registerTarget } from '../elbv2/registration.js';
import { getUnusedReason } from '../elbv2/target-group.js';
import type { ClassicLoadBalancerRecord, InstanceRecord, TargetGroupRecord } from '../records.js';
import type { AwsState } from '../state.js';

/** What a group registers its instances with: a classic load balancer or a target group. */
export interface TrafficSource {
  register(instance: InstanceRecord): void;
  /** `drained` is called when the instance is deregistered; at once when it was not registered. */
  deregister(instanceId: string, drained: () => void): void;
  /** Whether it lists the instance, draining or not. */
  lists(instanceId: string): boolean;
  serves(instanceId: string): boolean;
  /** What the health type ELB takes for a failure; what nothing checks never fails. */
  fails(instanceId: string): boolean;
}

/** What a target group or anything else but a classic load balancer is named by. */
export function isArn(identifier: string): boolean {
  return identifier.startsWith('arn:');
}

/** Whether the ARN is that of a target group. */
export function isTargetGroup(identifier: string): boolean {
  return /^arn:[^:]*:elasticloadbalancing:.*:targetgroup\//.test(identifier);
}

/** The source of that name or ARN; undefined for one that does not exist, or that the sandbox only describes. */
export function findTrafficSource(state: AwsState, identifier: string): TrafficSource | undefined {
  if (!isArn(identifier)) {
    const balancer = state.balancers.get(identifier);
    return balancer && classicSource(state, balancer);
  }
  const group = state.targetGroups.get(identifier);
  return group && targetGroupSource(state, group);
}

function classicSource(state: AwsState, balancer: ClassicLoadBalancerRecord): TrafficSource {
  const phaseOf = (instanceId: string) => balancer.registrations.get(instanceId)?.phase;
  return {
    register: (instance) => classic.register(state, balancer, instance),
    deregister: (instanceId, drained) => classic.deregister(state, balancer, instanceId, drained),
    lists: (instanceId) => balancer.registrations.has(instanceId),
    serves: (instanceId) => phaseOf(instanceId) === 'in-service',
    fails: (instanceId) => phaseOf(instanceId) === 'out-of-service',
  };
}

function targetGroupSource(state: AwsState, group: TargetGroupRecord): TrafficSource {
  const targetsOf = (instanceId: string) =>
    listTargetKeys(group, instanceId).flatMap((key) => group.targets.get(key) ?? []);
  const isUsed = (instanceId: string) =>
    targetsOf(instanceId).some((target) => getUnusedReason(state, group, target) === undefined);
  const hasPhase = (instanceId: string, phase: string) =>
    targetsOf(instanceId).some((target) => target.phase === phase);
  return {
    register: (instance) => registerTarget(state, group, { id: instance.instanceId, port: group.port ?? 0, instance }),
    deregister: (instanceId, drained) => deregisterAll(state, group, instanceId, drained),
    lists: (instanceId) => targetsOf(instanceId).length > 0,
    serves: (instanceId) => hasPhase(instanceId, 'healthy') && isUsed(instanceId),
    fails: (instanceId) => hasPhase(instanceId, 'unhealthy') && isUsed(instanceId),
  };
}

function deregisterAll(state: AwsState, group: TargetGroupRecord, instanceId: string, drained: () => void): void {
  const keys = listTargetKeys(group, instanceId);
  let left = keys.length;
  if (left === 0) drained();
  for (const key of keys) {
    deregisterTarget(state, group, key, () => {
      left -= 1;
      if (left === 0) drained();
    });
  }
}
