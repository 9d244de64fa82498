/** What the data plane must know of the account's load balancers; the world answers it, at any moment. */
export interface BalancerSource {
  balancers(): readonly BalancerView[];
  /** Instances that may get a new request now; empty when there are none, or no such load balancer. */
  inService(loadBalancerName: string): readonly Target[];
}

/** One classic load balancer, as far as its sockets go. */
export interface BalancerView {
  readonly name: string;
  /** Its loopback address, what its DNS name would resolve to. */
  readonly address: string;
  readonly listeners: readonly ListenerView[];
  /** A connection with no byte either way for this long is closed, with 504 if there was no answer yet. */
  readonly idleTimeoutMs: number;
  /** Every instance it knows, those that drain included. */
  readonly instances: readonly { readonly instanceId: string }[];
}

/** One listener: the protocol and port of its clients, and the port of the instances. */
export interface ListenerView {
  readonly protocol: 'HTTP' | 'HTTPS' | 'TCP' | 'SSL';
  readonly port: number;
  readonly instancePort: number;
}

/** An instance as a place to send requests to. */
export interface Target {
  readonly instanceId: string;
  readonly address: string;
}
