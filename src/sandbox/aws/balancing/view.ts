import { buildLoadBalancerView, listServingTargets } from '../elbv2/view.js';
import type { AwsState } from '../state.js';
import type { BalancerRecord, ListenerProtocol, RegistrationPhase } from './balancer.js';

/** A load balancer of any kind as the data plane sees it: where it listens, and where requests may go. */
export interface BalancerView {
  readonly name: string;
  readonly kind: 'classic' | 'application' | 'network';
  /** The loopback address it listens on. */
  readonly address: string;
  readonly listeners: readonly {
    readonly protocol: ListenerProtocol;
    readonly port: number;
    readonly instanceProtocol: ListenerProtocol;
    readonly instancePort: number;
    /** Where its requests go: a classic load balancer's own name, or a target group's ARN. */
    readonly pool: string;
  }[];
  readonly idleTimeoutMs: number;
  /** Only those `in-service` may get a new request. */
  readonly instances: readonly InstanceView[];
  /** Pools in which what is in flight to anybody else is cut: its draining is over. */
  readonly cutting: readonly { readonly pool: string; readonly instanceIds: readonly string[] }[];
}

/** An instance of a load balancer. */
export interface InstanceView {
  readonly instanceId: string;
  readonly address: string;
  readonly phase: RegistrationPhase;
}

/** Every load balancer, as the data plane sees it. */
export function listLoadBalancerViews(state: AwsState): BalancerView[] {
  return [
    ...[...state.balancers.values()].map(viewClassic),
    ...[...state.loadBalancers.values()].map((one) => buildLoadBalancerView(state, one)),
  ];
}

function viewClassic(balancer: BalancerRecord): BalancerView {
  const { name } = balancer;
  return {
    name,
    kind: 'classic',
    address: balancer.address,
    listeners: [...balancer.listeners.values()].map(({ listener }) => ({
      protocol: listener.Protocol,
      port: listener.LoadBalancerPort,
      instanceProtocol: listener.InstanceProtocol,
      instancePort: listener.InstancePort,
      pool: name,
    })),
    idleTimeoutMs: (balancer.attributes.ConnectionSettings?.IdleTimeout ?? 60) * 1_000,
    instances: [...balancer.registrations.values()].map(({ instance, phase }) => ({
      instanceId: instance.instanceId,
      address: instance.address,
      phase,
    })),
    cutting: [{ pool: name, instanceIds: [...balancer.registrations.keys()] }],
  };
}

/** The instances that may get a new request of that pool now; none when there is no such one. */
export function listInService(state: AwsState, pool: string): { instanceId: string; address: string }[] {
  const group = state.targetGroups.get(pool);
  if (group !== undefined) return listServingTargets(state, group);
  const registrations = [...(state.balancers.get(pool)?.registrations.values() ?? [])];
  const serving = registrations.filter((registration) => registration.phase === 'in-service');
  return serving.map(({ instance }) => ({ instanceId: instance.instanceId, address: instance.address }));
}
