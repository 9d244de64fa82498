/** How to talk to Consul servers. Every one is asked on its own address, so there is a port but no host. */
export interface ConsulSettings {
  readonly scheme: 'http' | 'https';
  readonly port: number;
  /** Sent as a header, never in a URL. */
  readonly token?: string | undefined;
  readonly tls?: ConsulTls | undefined;
  readonly timeouts?: Partial<ConsulTimeouts> | undefined;
}

/** PEM texts. */
export interface ConsulTls {
  readonly ca?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  /** The name in the servers' certificate, for instance `server.dc1.consul`. */
  readonly serverName?: string | undefined;
}

/** All in milliseconds. */
export interface ConsulTimeouts {
  readonly connectMs: number;
  /** For what a server answers from its own memory. */
  readonly askMs: number;
  /** For what needs the leader: Consul itself holds such a request for 7 s while there is none. */
  readonly callMs: number;
  readonly snapshotMs: number;
  /** After connecting, how long a leave may still be refused before it counts as under way. */
  readonly underWayMs: number;
  /** For a leave to be answered, which takes 14 to 15 s. */
  readonly leaveMs: number;
}

export const TIMEOUTS: ConsulTimeouts = {
  connectMs: 2_000,
  askMs: 3_000,
  callMs: 10_000,
  snapshotMs: 600_000,
  underWayMs: 1_000,
  leaveMs: 30_000,
};
