import {
  DescribeInstanceHealthCommand,
  DescribeLoadBalancerAttributesCommand,
  type InstanceState,
} from '@aws-sdk/client-elastic-load-balancing';
import type { BalancerState } from '../model/server.js';
import type { Clients } from './clients.js';

/** By instance id, the instances a load balancer lists. */
export type BalancerHealth = Readonly<Record<string, BalancerState>>;

/** One call a load balancer, whatever the number of instances: naming ids would fail for those not registered. */
export async function readBalancerHealth(clients: Clients, balancer: string): Promise<BalancerHealth> {
  const command = new DescribeInstanceHealthCommand({ LoadBalancerName: balancer });
  const { InstanceStates } = await clients.balancing.send(command);
  return Object.fromEntries((InstanceStates ?? []).map((state) => [state.InstanceId ?? '', stateOf(state)]));
}

/**
 * The state and the words of DescribeInstanceHealth. The words decide first: an instance that drains is still
 * described as InService. Source: InstanceState in the Elastic Load Balancing (Classic) API reference.
 */
export function stateOf(described: InstanceState): BalancerState {
  const words = described.Description ?? '';
  if (/deregistration currently in progress/i.test(words)) return 'draining';
  if (/registration is still in progress/i.test(words)) return 'registering';
  if (/not currently registered/i.test(words)) return 'absent';
  return described.State === 'InService' ? 'in-service' : 'out-of-service';
}

/** Connection draining of a load balancer in milliseconds, 0 when it is off. */
export async function readDrainingMs(clients: Clients, balancer: string): Promise<number> {
  const command = new DescribeLoadBalancerAttributesCommand({ LoadBalancerName: balancer });
  const { LoadBalancerAttributes } = await clients.balancing.send(command);
  const draining = LoadBalancerAttributes?.ConnectionDraining;
  return draining?.Enabled ? (draining.Timeout ?? 0) * 1000 : 0;
}
