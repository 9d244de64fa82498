import type { Action, Tag } from '@aws-sdk/client-elastic-load-balancing-v2';
import { AwsFault, requireMember } from '../fault.js';
import type { ListenerRecord, LoadBalancerRecord, RuleRecord } from '../records.js';
import type { AwsState } from '../state.js';

/**
 * The load balancer of that ARN.
 *
 * @throws AwsFault `LoadBalancerNotFound`
 */
export function getLoadBalancer(state: AwsState, arn: string): LoadBalancerRecord {
  const found = state.loadBalancers.get(arn);
  if (found !== undefined) return found;
  throw new AwsFault('LoadBalancerNotFound', `Load balancer '${arn}' not found`);
}

/**
 * The listener of that ARN, and its load balancer.
 *
 * @throws AwsFault `ListenerNotFound`
 */
export function getListener(
  state: AwsState,
  arn: string,
): { loadBalancer: LoadBalancerRecord; listener: ListenerRecord } {
  for (const loadBalancer of state.loadBalancers.values()) {
    const listener = loadBalancer.listeners.get(arn);
    if (listener !== undefined) return { loadBalancer, listener };
  }
  throw new AwsFault('ListenerNotFound', `Listener '${arn}' not found`);
}

/** Every rule of a load balancer, the listeners' default ones included. */
export function listRules(loadBalancer: LoadBalancerRecord): RuleRecord[] {
  return [...loadBalancer.listeners.values()].flatMap((listener) => [listener.defaultRule, ...listener.rules.values()]);
}

/** The target groups that these actions forward to, each with its weight; an unweighted one has 1. */
export function listForwardTargets(actions: readonly Action[]): { arn: string; weight: number }[] {
  return actions.flatMap(({ TargetGroupArn, ForwardConfig }) => {
    const tuples = ForwardConfig?.TargetGroups ?? [];
    if (tuples.length === 0) return TargetGroupArn === undefined ? [] : [{ arn: TargetGroupArn, weight: 1 }];
    return tuples.map((tuple) => ({ arn: tuple.TargetGroupArn ?? '', weight: tuple.Weight ?? 1 }));
  });
}

/** Tags as they are kept. */
export function toTagMap(tags: readonly Tag[] | undefined): Map<string, string> {
  return new Map((tags ?? []).map((tag) => [requireMember(tag.Key, 'Tags.Key'), tag.Value ?? '']));
}
