import type { StateKind } from './comparison.js';
import type { Intent, Limits } from './intent.js';
import type { BalancerName } from './load-balancer.js';
import type { Observation } from './observation.js';
import type { LockHolder } from './plan.js';

/** What preflight checks read. */
export interface PreflightInput {
  /** With the preflight facts in it. */
  readonly observation: Observation;
  readonly intent: Intent;
  readonly limits: Limits;
}

/** What the checks of `doctor` read. */
export interface DoctorInput extends PreflightInput {
  /** Whether a roll is recorded on the group already. */
  readonly isRollInProgress: boolean;
  /** Health checks of the classic load balancers. */
  readonly classicHealthChecks: readonly ClassicHealthCheck[];
  /** Settings of each server that responds, by instance id. */
  readonly settings: Readonly<Record<string, ServerSettings>>;
  /** Servers of other clusters on the same machines, by instance id. */
  readonly otherServers: Readonly<Record<string, readonly OtherServer[]>>;
  readonly raftProtocols: readonly RaftProtocol[];
  /** The gossip pool as the leader reports it; undefined without a leader. */
  readonly members: readonly Member[] | undefined;
  readonly aclPermissions: readonly AclPermission[];
  /** State of new servers that the token may not read, or only in part, so that it is not compared with the leader's. */
  readonly hiddenState: readonly StateKind[];
  /** Undefined without a leader. */
  readonly snapshot: SnapshotProbe | undefined;
  /** Undefined where no roll holds it, `unknown` where it could not be read. */
  readonly lock: LockHolder | 'unknown' | undefined;
  /** Whether Consul's HTTP API is called over TLS. */
  readonly encrypted: boolean;
  /** Undefined where it could not be read. */
  readonly network: ServerNetwork | undefined;
}

export interface ClassicHealthCheck {
  readonly balancer: BalancerName;
  /** `HTTP:8500/v1/status/leader` or `TCP:8500`. */
  readonly target: string;
}

/** Settings of one server's agent; undefined for what its version of Consul does not report. */
export interface ServerSettings {
  readonly leaveOnTerminate: boolean | undefined;
  readonly skipLeaveOnInterrupt: boolean | undefined;
  readonly leaveDrainMs: number | undefined;
  readonly aclsEnabled: boolean | undefined;
  readonly retryJoin: readonly string[] | undefined;
}

/** What often runs on the machines of Consul servers, with a quorum of its own. */
export const OTHER_SERVERS = ['Nomad', 'Vault'] as const;
export type OtherServer = (typeof OTHER_SERVERS)[number];

export interface RaftProtocol {
  readonly node: string;
  readonly version: string;
}

/** A member of the gossip pool. */
export interface Member {
  readonly name: string;
  readonly address: string;
  readonly server: boolean;
  /** `1.8.7`; empty where it is not reported. */
  readonly version: string;
  readonly status: 'alive' | 'leaving' | 'left' | 'failed' | 'unknown';
}

/** An ACL rule that a roll needs, and whether the token has it; `why` where that could not be determined. */
export interface AclPermission {
  readonly rule: string;
  readonly purpose: string;
  readonly isGranted: boolean | undefined;
  readonly why: string | undefined;
}

/** A snapshot that was taken, verified and discarded: its size, and the free space where a roll saves one; or the error. */
export type SnapshotProbe =
  | { readonly kind: 'taken'; readonly bytes: number; readonly freeBytes: number | undefined }
  | { readonly kind: 'refused'; readonly why: string; readonly remedy: string };

/** Whether the caller may call an IAM action; `why` explains a result that was not simply allowed or refused. */
export interface IamPermissionResult {
  readonly action: string;
  readonly allowed: boolean | undefined;
  readonly why: string | undefined;
  /** AWS refused the call for another reason, which AWS is assumed to check only after permissions. */
  readonly inferred?: true;
  /** No call was made, because AWS offers none without an effect. */
  readonly notProbed?: true;
}

/** Resources of the cluster that permission probes name, so that they can name something that exists. */
export interface ProbeTargets {
  /** The group of the cluster. */
  readonly oldGroup: string;
  /** Its processes that are suspended. */
  readonly suspended: readonly string[];
  /** Whether the roll creates a group. */
  readonly createsGroup: boolean;
  /** Actions that are never taken on the group of the cluster. */
  readonly newGroupActions: readonly string[];
  /** A name for the next group that no resource has. */
  readonly unusedName: string;
  readonly launchTemplate: { readonly id: string; readonly version: string } | undefined;
  readonly imageId: string;
  readonly subnet: string | undefined;
  /** A server of the group. */
  readonly instanceId: string | undefined;
  /** A classic load balancer of the group. */
  readonly balancer: string | undefined;
  /** The ARN of a target group of the group. */
  readonly targetGroup: string | undefined;
}

/** The security groups of servers. */
export interface ServerNetwork {
  /** Each group of a server, and of the servers to be launched. */
  readonly groups: readonly SecurityGroup[];
  /** Group ids by instance id. */
  readonly servers: Readonly<Record<string, readonly string[]>>;
  /** Ids that the launch source names for new instances; empty where it names none. */
  readonly newServers: readonly string[];
}

export interface SecurityGroup {
  readonly id: string;
  readonly ingress: readonly PortRule[];
  readonly egress: readonly PortRule[];
}

export interface PortRule {
  /** `tcp`, `udp`, or `-1` for all; AWS may write a protocol number. */
  readonly protocol: string;
  /** Undefined for every port. */
  readonly from: number | undefined;
  readonly to: number | undefined;
  /** Ids of security groups on the other side. */
  readonly groups: readonly string[];
  /** IPv4 ranges on the other side. */
  readonly ranges: readonly string[];
  /** Whether the rule names a prefix list, whose ranges are not read. */
  readonly prefixLists: boolean;
}
