import { AwsFault } from '../fault.js';
import type { ClassicLoadBalancerRecord } from '../records.js';
import type { AwsState } from '../state.js';

/**
 * The load balancer of that name.
 *
 * @throws AwsFault `LoadBalancerNotFound`
 */
export function getClassicLoadBalancer(state: AwsState, name: string): ClassicLoadBalancerRecord {
  const balancer = state.balancers.get(name);
  if (balancer !== undefined) return balancer;
  throw new AwsFault('LoadBalancerNotFound', `There is no ACTIVE Load Balancer named '${name}'`);
}

/** Whether draining is on, and how long it may take; none is 0. */
export function getDrainTimeoutMs(balancer: ClassicLoadBalancerRecord): number {
  const draining = balancer.attributes.ConnectionDraining;
  return draining?.Enabled ? (draining.Timeout ?? 300) * 1_000 : 0;
}
