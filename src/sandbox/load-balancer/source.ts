/** What the data plane must know of the account's load balancers; the account answers it at any time. */
export interface LoadBalancerSource {
  balancers(): readonly ServedLoadBalancer[];
  /** Instances that may get a new request of that pool now; empty when there are none, or the pool does not exist. */
  inService(pool: string): readonly Target[];
}

/** One load balancer, as far as its sockets go. */
export interface ServedLoadBalancer {
  readonly name: string;
  /** Its loopback address, what its DNS name would resolve to. */
  readonly address: string;
  readonly listeners: readonly ServedListener[];
  /** A connection with no byte either way for this long is closed, with 504 if there was no answer yet. */
  readonly idleTimeoutMs: number;
  /** Pools in which requests to any other instance are cut: its draining is over. */
  readonly cutting: readonly { readonly pool: string; readonly instanceIds: readonly string[] }[];
}

/** One listener: the protocol and port of its clients, the port of the instances, and the pool they are of. */
export interface ServedListener {
  readonly protocol: 'HTTP' | 'HTTPS' | 'TCP' | 'SSL';
  readonly port: number;
  readonly instancePort: number;
  /** A classic load balancer's name, or a target group's ARN. */
  readonly pool: string;
}

/** An instance as a place to send requests to. */
export interface Target {
  readonly instanceId: string;
  readonly address: string;
}
