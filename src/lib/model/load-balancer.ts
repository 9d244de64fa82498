import type { Group } from './group.js';
import type { BalancerState } from './server.js';

/**
 * What sends traffic to servers goes by one name throughout a roll: a classic load balancer by its own, a target group
 * of an application or network load balancer as `target-group/consul`. No name of AWS's has a slash in it, so the two
 * cannot be confused, although AWS lets them be called the same.
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

/** As it is spoken of: `load balancer consul`, `target group consul`. */
export function formatBalancer(balancer: BalancerName): string {
  const targetGroup = parseTargetGroupName(balancer);
  return targetGroup === undefined ? `load balancer ${balancer}` : `target group ${targetGroup}`;
}

/** Everything of a group that a roll can put servers into and take them out of. */
export function listBalancers(group: Pick<Group, 'balancers' | 'targetGroups'>): readonly BalancerName[] {
  return [...group.balancers, ...group.targetGroups.map(buildTargetGroupName)];
}

/**
 * True if the server is in service or will never be more so: `unused` is a target that no load balancer reaches or
 * checks. Auto Scaling does not count it as unhealthy either.
 */
export function isInServiceState(state: BalancerState): boolean {
  return state === 'in-service' || state === 'unused';
}

/** A target group of a cluster, as far as a roll cares. */
export interface TargetGroup {
  readonly name: string;
  readonly arn: string;
  /** `instance` or `ip`; `lambda` and `alb` have no servers to gate. */
  readonly targetType: string;
  readonly healthCheck: { readonly protocol: string; readonly path: string | undefined };
  /** How long a target that is healthy again gets less than its share, milliseconds; 0 when off. */
  readonly slowStartMs: number;
  /** Whether a network load balancer ends connections when the deregistration delay is over. */
  readonly endsConnections: boolean;
  /** Behind which it stands; empty where nothing reaches it. */
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
