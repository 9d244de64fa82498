import type { MissingState } from './comparison.js';

/** The two sides of a roll: old servers and new ones. */
export type Side = 'old' | 'new';

/** The state of an instance in one load balancer or target group; `unused` if no load balancer reaches or checks it. */
export type BalancerState = 'in-service' | 'out-of-service' | 'registering' | 'draining' | 'absent' | 'unused';

/** One server: an EC2 instance, with what Consul at its address reports. */
export interface Server {
  readonly instanceId: string;
  readonly side: Side;
  /** Private IPv4 address; undefined until EC2 assigns one. */
  readonly address: string | undefined;
  readonly zone: string;
  readonly imageId: string;
  readonly launchedAtMs: number;
  /** Auto Scaling's lifecycle state: `Pending`, `InService`, `Terminating`, ... */
  readonly lifecycle: string;
  readonly protectedFromScaleIn: boolean;
  /** Auto Scaling has it as `Unhealthy`, and replaces it unless `ReplaceUnhealthy` is suspended. */
  readonly markedUnhealthy: boolean;
  /** State in every load balancer and target group of the cluster, by name (model/load-balancer.ts). */
  readonly balancers: Readonly<Record<string, BalancerState>>;
  readonly agent: Agent;
  /** Its entry in the leader's Raft configuration, if it has one. */
  readonly peer: Peer | undefined;
  /** Of a new server in a roll: `pending` until its state was compared with the leader's; undefined if nothing is missing. */
  readonly missing?: 'pending' | MissingState | undefined;
  /** Of a new server in a roll: `pending` until it was probed; undefined if it would accept a request to leave. */
  readonly leaveRefusal?: 'pending' | Refusal | undefined;
  /** Of a new server in a roll with a gate of the operator: `pending` until that ran; undefined once it passed. */
  readonly operatorGate?: 'pending' | 'refused' | undefined;
  /** As gossip has it, of one that answers and that Raft does not have: without a token it may not say who it is. */
  readonly member?: GossipMember | undefined;
  /** Raft has taken it out although it did not leave; undefined otherwise. */
  readonly expelled?: Expulsion | undefined;
}

/**
 * Raft does not have a server that runs, and that gossip has alive: the leader takes one out whose node id another
 * member shows, and takes it in again within a minute, unless it still knows a member that has left with that id.
 */
export interface Expulsion {
  /** Node names of those: members that are gone and have its node id. */
  readonly claimants: readonly string[];
}

/** A server as gossip has it. */
export interface GossipMember {
  readonly node: string;
  readonly nodeId: string;
  readonly address: string;
  readonly isAlive: boolean;
}

/** What the server's own agent reports, at its own address. */
export type Agent = AgentUp | AgentDown;

export interface AgentUp {
  readonly kind: 'up';
  /** Consul's node id, which is also its Raft id. */
  readonly nodeId: string;
  readonly nodeName: string;
  readonly version: string;
  /** `ip:8300` of the leader it knows; empty when it knows none. */
  readonly leader: string;
  /** `ip:8300` of every member of its Raft configuration, sorted. */
  readonly peers: readonly string[];
  /** Last Raft index applied to its state store. */
  readonly appliedIndex: number;
  /**
   * Its Raft log ends before what it has applied. Another cluster's leader has overwritten the log: the server has its state
   * in memory only (measured on 1.8.7 and 1.23).
   */
  readonly isLogCut?: boolean;
  /** The sentinel key as this server has it (`?stale`); undefined when it has none. */
  readonly sentinel: string | undefined;
  /** By its own word gossip has it leaving, or left: someone has asked it to leave, whether this process did or not. */
  readonly isLeaving?: boolean;
  /** It has a vote in the Raft configuration that it has itself; undefined where its version does not report that. */
  readonly votes?: boolean | undefined;
  /** How many servers its configuration says bootstrap a cluster together: 1 in bootstrap mode, undefined for none. */
  readonly bootstrapExpect?: number | undefined;
  /** The longer of its Raft timeouts, heartbeat and election, which `raft_multiplier` scales: it decides how long an election takes. */
  readonly raftTimeoutMs?: number | undefined;
  /** Which of these its configuration turns on; undefined for what its version does not report. */
  readonly security?: Readonly<Partial<Record<SecuritySetting, boolean | undefined>>>;
}

/** Settings that protect a cluster, by their names in Consul's configuration. `encrypt` is that of gossip. */
export const SECURITY_SETTINGS = [
  'acl.enabled',
  'acl.default_policy = "deny"',
  'encrypt',
  'encrypt_verify_incoming',
  'encrypt_verify_outgoing',
  'verify_incoming',
  'verify_incoming_https',
  'verify_outgoing',
  'verify_server_hostname',
] as const;
export type SecuritySetting = (typeof SECURITY_SETTINGS)[number];

export interface AgentDown {
  readonly kind: 'down';
  /**
   * `refused`: nothing listens there; `silent`: no answer in time, or no address yet (it may be alive); `broken`: the
   * answer is not Consul's; `denied`: it refused the ACL token that others accept.
   */
  readonly why: 'refused' | 'silent' | 'broken' | 'denied';
  readonly detail: string;
  /** Where a setting of this machine is the cause. */
  readonly remedy?: string;
  /** Of a server that does not say who it is, for instance to an unknown token, but says these. */
  readonly leader?: string;
  readonly peers?: readonly string[];
}

/** What two servers of one cluster must not both have. */
export const SHARED_IDENTITIES = ['node-id', 'node-name'] as const;
export type SharedIdentity = (typeof SHARED_IDENTITIES)[number];
export type Identity = Readonly<Record<SharedIdentity, string>>;

/** One entry of the Raft configuration, with its health from autopilot. */
export interface Peer {
  /** Raft id. */
  readonly id: string;
  readonly node: string;
  /** `ip:8300`. */
  readonly address: string;
  readonly leader: boolean;
  readonly voter: boolean;
  /** Autopilot's health; false while autopilot does not list it. */
  readonly healthy: boolean;
}

/** The host part of a Raft address, `ip:8300`. */
export function parseHost(raftAddress: string): string {
  const colon = raftAddress.lastIndexOf(':');
  return colon < 0 ? raftAddress : raftAddress.slice(0, colon);
}

/** Why a server refuses a request of the roll: Consul's own sentence, and what changes that. */
export interface Refusal {
  readonly instanceId: string;
  readonly message: string;
  readonly remedy: string;
}

/** True if Consul on it answers, but refuses the ACL token. */
export function refusesToken({ agent }: Server): boolean {
  return agent.kind === 'down' && agent.why === 'denied';
}
