import type { Group } from './group.js';
import type { BalancerState } from './server.js';

/**
 * A load balancer has one name throughout a roll: a classic load balancer its own, a target group of an application or
 * network load balancer `target-group/consul`. No name in AWS contains a slash, so the two cannot be confused, even if
 * AWS has both under one name.
 */
export type BalancerName = string;

const TARGET_GROUP = 'target-group/';

/** The name of a target group, by its ARN, `arn:aws:elasticloadbalancing:...:targetgroup/consul/73e2d6bc24d8a067`. */
export function buildTargetGroupName(targetGroupArn: string): BalancerName {
  return `${TARGET_GROUP}${targetGroupArn.split('/')[1] ?? targetGroupArn}`;
}

/** What AWS calls the target group; undefined for a classic load balancer. */
export function parseTargetGroupName(balancer: BalancerName): string | undefined {
  return balancer.startsWith(TARGET_GROUP) ? balancer.slice(TARGET_GROUP.length) : undefined;
}

/** In a sentence: `load balancer consul`, `target group consul`. */
export function formatBalancer(balancer: BalancerName): string {
  const targetGroup = parseTargetGroupName(balancer);
  return targetGroup === undefined ? `load balancer ${balancer}` : `target group ${targetGroup}`;
}

/** Everything of a group in which a roll registers servers. */
export function listBalancers(group: Pick<Group, 'balancers' | 'targetGroups'>): readonly BalancerName[] {
  return [...group.balancers, ...group.targetGroups.map(buildTargetGroupName)];
}

/**
 * True if the server is in service, or its state will not improve: `unused` is a target that no load balancer reaches
 * or checks. Auto Scaling does not count it as unhealthy either.
 */
export function isInServiceState(state: BalancerState): boolean {
  return state === 'in-service' || state === 'unused';
}

/** The fields of a target group that a roll needs. */
export interface TargetGroup {
  readonly name: string;
  readonly arn: string;
  /** `instance` or `ip`; `lambda` and `alb` have no servers. */
  readonly targetType: string;
  readonly healthCheck: { readonly protocol: string; readonly path: string | undefined };
  /** How long a target that is healthy again gets less than its share, milliseconds; 0 when off. */
  readonly slowStartMs: number;
  /** Whether a network load balancer ends connections when the deregistration delay is over. */
  readonly endsConnections: boolean;
  /** The load balancers that forward to it; empty if there are none. */
  readonly loadBalancers: readonly LoadBalancer[];
}

/** The load balancer of a target group. */
export interface LoadBalancer {
  readonly name: string;
  /** `application`, `network` or `gateway`. */
  readonly type: string;
  /** `internal` or `internet-facing`. */
  readonly scheme: string;
}
