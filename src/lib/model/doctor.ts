import type { Intent } from './intent.js';
import type { BalancerName } from './load-balancer.js';
import type { Observation } from './observation.js';
import type { LockHolder } from './plan.js';

/** What `doctor` asks beyond the look and the facts that every roll begins with. */
export interface DoctorInput {
  readonly observation: Observation;
  readonly intent: Intent;
  /** True where a roll is recorded on the group already. */
  readonly isRollInProgress: boolean;
  /** Health checks of the classic load balancers. */
  readonly classicHealthChecks: readonly ClassicHealthCheck[];
  /** What each server that answers is set to, by instance. */
  readonly settings: Readonly<Record<string, ServerSettings>>;
  readonly raftProtocols: readonly RaftProtocol[];
  /** Gossip as the leader has it; undefined where there is no leader to ask. */
  readonly members: readonly Member[] | undefined;
  readonly aclPermissions: readonly AclPermission[];
  readonly snapshot: SnapshotProbe | undefined;
  /** Undefined where nobody holds it, `unknown` where it could not be read. */
  readonly lock: LockHolder | 'unknown' | undefined;
  readonly encrypted: boolean;
  /** What the servers may reach of each other; undefined where it could not be read. */
  readonly network: ServerNetwork | undefined;
}

export interface ClassicHealthCheck {
  readonly balancer: BalancerName;
  /** `HTTP:8500/v1/status/leader`. */
  readonly target: string;
}

/** Of one server's agent; undefined for what this version of Consul does not show. */
export interface ServerSettings {
  readonly leaveOnTerminate: boolean | undefined;
  readonly skipLeaveOnInterrupt: boolean | undefined;
  readonly leaveDrainMs: number | undefined;
  readonly aclsEnabled: boolean | undefined;
  readonly retryJoin: readonly string[] | undefined;
}

export interface RaftProtocol {
  readonly node: string;
  readonly version: string;
}

/** A member of the gossip pool. */
export interface Member {
  readonly name: string;
  readonly address: string;
  readonly server: boolean;
  /** `1.8.7`; empty where it does not say. */
  readonly version: string;
  readonly status: 'alive' | 'leaving' | 'left' | 'failed' | 'unknown';
}

/** A rule of the ACL system a roll needs, and whether the token has it; `why` where that could not be told. */
export interface AclPermission {
  readonly rule: string;
  readonly purpose: string;
  readonly isGranted: boolean | undefined;
  readonly why: string | undefined;
}

/** A snapshot taken to see whether one can be, and thrown away: its bytes, or why there is none. */
export type SnapshotProbe =
  | { readonly kind: 'taken'; readonly bytes: number }
  | { readonly kind: 'refused'; readonly why: string; readonly remedy: string };

/** Whether the caller may call an IAM action; `why` where that could not be told, or is so for a reason of its own. */
export interface IamPermissionResult {
  readonly action: string;
  readonly allowed: boolean | undefined;
  readonly why: string | undefined;
  /** AWS refused the call for another reason, which it is taken to look at only after permissions. */
  readonly inferred?: true;
  /** Nothing was asked, as AWS has no way to ask that does nothing. */
  readonly notProbed?: true;
}

/** What permissions are tried on: things of the cluster for calls that name nothing else that exists. */
export interface ProbeTargets {
  /** The group there is. */
  readonly oldGroup: string;
  /** Its processes that are suspended. */
  readonly suspended: readonly string[];
  /** A roll makes another group; in place it makes none. */
  readonly makesGroup: boolean;
  /** What a next group could be called: nothing has that name. */
  readonly unusedName: string;
  readonly launchTemplate: { readonly id: string; readonly version: string } | undefined;
  readonly imageId: string;
  readonly subnet: string | undefined;
  /** A classic load balancer of the group. */
  readonly balancer: string | undefined;
  /** The ARN of a target group of the group. */
  readonly targetGroup: string | undefined;
}

/** The security groups of servers. */
export interface ServerNetwork {
  /** Every one that some server has, or will have. */
  readonly groups: readonly SecurityGroup[];
  /** Ids by instance. */
  readonly servers: Readonly<Record<string, readonly string[]>>;
  /** Ids that the group gives to what it launches; empty where its template names none. */
  readonly newServers: readonly string[];
}

/** What one security group lets in or out. */
export interface SecurityGroup {
  readonly id: string;
  readonly ingress: readonly PortRule[];
  readonly egress: readonly PortRule[];
}

export interface PortRule {
  /** `tcp`, `udp`, or `-1` for everything; AWS may write a number in place of a name. */
  readonly protocol: string;
  /** Undefined for every port. */
  readonly from: number | undefined;
  readonly to: number | undefined;
  /** Security groups on the other side. */
  readonly groups: readonly string[];
  /** IPv4 ranges on the other side. */
  readonly ranges: readonly string[];
  /** It names a prefix list, whose ranges are not read. */
  readonly prefixLists: boolean;
}

/** What one check found. */
export interface CheckResult {
  readonly check: string;
  readonly status: CheckStatus;
  /** One clause, without a full stop. */
  readonly observed: string;
  /** What to do about it; undefined where it passes, and where nothing is to be done. */
  readonly remedy: string | undefined;
}

/**
 * `fail`: a roll would be refused, or stop part-way. `warn`: it can go ahead, or it cannot be told from here.
 * `skip`: nobody can tell without doing it, so nothing is wrong, and nothing is proved.
 */
export type CheckStatus = 'pass' | 'skip' | 'warn' | 'fail';

/** Everything `doctor` found out. */
export interface DoctorReport {
  readonly cluster: string;
  readonly group: string | undefined;
  /** The image a roll would be onto; where none was asked about, the one the group launches today. */
  readonly imageId: string | undefined;
  /** Somebody asked about that image. */
  readonly isImageGiven: boolean;
  /** Servers of the group, whatever they answer. */
  readonly servers: number;
  readonly results: readonly CheckResult[];
}
