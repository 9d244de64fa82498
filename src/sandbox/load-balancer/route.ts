import type { ConnectionTracker } from './in-flight.js';
import type { LoadBalancerSource, ServedListener, ServedLoadBalancer, Target } from './source.js';

/** What one listener's proxy needs to know: where a request may go now, and where its answer is accounted. */
export interface ListenerRoute {
  /** The listener's configured port. */
  readonly port: number;
  readonly instancePort: number;
  readonly idleTimeoutMs: number;
  /** An instance in service at this moment, or undefined. */
  pick(): Target | undefined;
  /** Counts a request in flight to the instance until the returned function is called; `cut` ends it before. */
  open(instanceId: string, cut: () => void): () => void;
}

/** The route of one listener. The attributes of its load balancer are read at every request: they may change. */
export function buildListenerRoute(
  balancer: ServedLoadBalancer,
  listener: ServedListener,
  source: LoadBalancerSource,
  inFlight: ConnectionTracker,
): ListenerRoute {
  const { address } = balancer;
  const { pool } = listener;
  return {
    port: listener.port,
    instancePort: listener.instancePort,
    get idleTimeoutMs() {
      const now = source.balancers().find((one) => one.address === address);
      return (now ?? balancer).idleTimeoutMs;
    },
    pick: () => inFlight.pick(pool, source.inService(pool)),
    open: (instanceId, cut) => inFlight.open(pool, instanceId, cut),
  };
}
