import type { WorldState } from '../state.js';
import type { ListenerProtocol, RegistrationPhase } from './balancer.js';

/** A load balancer as the data plane sees it: where it listens, and where requests may go. */
export interface BalancerView {
  readonly name: string;
  /** The loopback address it listens on. */
  readonly address: string;
  readonly listeners: readonly {
    readonly protocol: ListenerProtocol;
    readonly port: number;
    readonly instanceProtocol: ListenerProtocol;
    readonly instancePort: number;
  }[];
  readonly idleTimeoutMs: number;
  /** Only those `in-service` may get a new request. */
  readonly instances: readonly {
    readonly instanceId: string;
    readonly address: string;
    readonly phase: RegistrationPhase;
  }[];
}

/** Every load balancer, as the data plane sees it. */
export function viewBalancers(state: WorldState): BalancerView[] {
  return [...state.balancers.values()].map((balancer) => ({
    name: balancer.name,
    address: balancer.address,
    listeners: [...balancer.listeners.values()].map(({ listener }) => ({
      protocol: listener.Protocol,
      port: listener.LoadBalancerPort,
      instanceProtocol: listener.InstanceProtocol,
      instancePort: listener.InstancePort,
    })),
    idleTimeoutMs: (balancer.attributes.ConnectionSettings?.IdleTimeout ?? 60) * 1_000,
    instances: [...balancer.registrations.values()].map(({ instance, phase }) => ({
      instanceId: instance.instanceId,
      address: instance.address,
      phase,
    })),
  }));
}

/** The instances that may get a new request from that load balancer now; none when there is no such one. */
export function viewInService(state: WorldState, name: string): { instanceId: string; address: string }[] {
  const registrations = [...(state.balancers.get(name)?.registrations.values() ?? [])];
  const serving = registrations.filter((registration) => registration.phase === 'in-service');
  return serving.map(({ instance }) => ({ instanceId: instance.instanceId, address: instance.address }));
}
