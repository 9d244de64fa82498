import type { BootstrapSetting } from './boot-script.js';
import type { Convergence } from './convergence.js';
import type { Group, LifecycleHook } from './group.js';
import type { LaunchTemplateState } from './launch-source.js';
import type { BalancerName, TargetGroup } from './load-balancer.js';
import type { StoredRecord } from './record.js';
import type { Peer, Refusal, Server } from './server.js';

/** What one observation read, as one immutable value. Times are epoch milliseconds. */
export interface Observation {
  readonly atMs: number;
  readonly cluster: string;
  readonly old: Group | undefined;
  readonly new: Group | undefined;
  /** Every instance of both groups, oldest first. */
  readonly servers: readonly Server[];
  /** What the leader reports; undefined without an undisputed leader. */
  readonly raft: Raft | undefined;
  /** Names of launch configurations that exist, of those the roll uses. */
  readonly launchConfigurations: readonly string[];
  /** The launch template that the roll creates or adds a version to; undefined if there is not one. */
  readonly launchTemplate: LaunchTemplateState | undefined;
  /**
   * Connection draining of each load balancer, and the deregistration delay of each target group, in milliseconds; 0
   * where it is off. A load balancer is done earlier if its connections end; a target group always takes the whole
   * time.
   */
  readonly drainingMs: Readonly<Record<string, number>>;
  /**
   * Read once, before the first change, and the same in every observation of that run: the image and
   * Autopilot's settings, as input of preflight checks, notices and estimates. Undefined where no new roll starts.
   */
  readonly preflightFacts: PreflightFacts | undefined;
  /** The last comparison at the end of a roll; undefined before all servers of one side are gone, and in a plan. */
  readonly convergence?: Convergence | undefined;
}

/** The cluster as the leader reports it. */
export interface Raft {
  /** `ip:8300`. */
  readonly leader: string;
  readonly peers: readonly Peer[];
  /** The leader's commit index now; undefined if it did not answer. */
  readonly commitIndex: number | undefined;
  /** The leader's commit index before the servers were asked, about one interval ago: each should have applied it. */
  readonly baselineCommitIndex: number | undefined;
  /** The sentinel key, read consistently through the leader. */
  readonly sentinel: string | undefined;
  /** The record of the roll in the cluster's store, read in the same way; undefined without one. */
  readonly record?: StoredRecord | undefined;
}

/** How many more servers a subnet has addresses for. */
export interface SubnetRoom {
  readonly id: string;
  readonly zone: string;
  readonly freeAddresses: number;
}

/** Why a file cannot be written, as one clause, and what to do. */
export interface FileProblem {
  readonly why: string;
  readonly remedy: string;
}

/** What is read once for a new roll; no decision after the first change depends on it. */
export interface PreflightFacts {
  readonly image: MachineImage | undefined;
  /** Architecture of the group's instance type, for instance `x86_64`; undefined if EC2 did not return it. */
  readonly architectures: readonly string[] | undefined;
  readonly refreshInProgress: boolean;
  readonly subnets: readonly SubnetRoom[];
  readonly quota: { readonly groupsLeft: number; readonly launchConfigurationsLeft: number } | undefined;
  readonly autopilot: AutopilotSettings | undefined;
  /** Why no snapshot could be saved. */
  readonly snapshotProblem: FileProblem | undefined;
  /** Servers that would refuse to leave. */
  readonly leaveRefusals: readonly Refusal[];
  /** Servers that would refuse to remove a peer from Raft. */
  readonly peerRemovalRefusals: readonly Refusal[];
  /** Those the group is attached to. */
  readonly targetGroups: readonly TargetGroup[];
  /** By load balancer: how long the checks take that find a new server healthy, milliseconds. */
  readonly healthyAfterMs: Readonly<Record<BalancerName, number>>;
  /** Those the group is attached to with cross-zone load balancing off: each zone needs a server in service. */
  readonly zonalBalancers: readonly BalancerName[];
  /** Other groups of the account on the same launch template. */
  readonly launchTemplateUsers: readonly LaunchTemplateUser[];
  /** Settings of the old launch source that the other kind cannot have; empty if the kind stays. */
  readonly unsupportedSettings: readonly string[];
  /** Settings of the group that are not copied, one sentence each. */
  readonly notCopied: readonly string[];
  /** Instances at the addresses of Raft peers that no instance of the group has. */
  readonly strays: readonly StrayInstance[];
  /** Of the old group; the new one has the same. */
  readonly lifecycleHooks: readonly LifecycleHook[];
  /** Of the user data that new servers get. */
  readonly bootstrap: BootstrapSetting;
}

/** An instance that is in Raft, and not in the group: it was detached, or never in it. */
export interface StrayInstance {
  readonly address: string;
  readonly instanceId: string;
  /** The group that it is in instead. */
  readonly group: string | undefined;
}

/** Another group on the launch template of a roll. */
export interface LaunchTemplateUser {
  readonly group: string;
  /** A number, `$Latest` or `$Default`. */
  readonly version: string;
}

export interface MachineImage {
  readonly id: string;
  readonly name: string;
  readonly architecture: string;
  /** `available`, `pending`, `failed`, ... */
  readonly state: string;
  /** Epoch milliseconds; undefined where AWS does not say. */
  readonly createdAtMs: number | undefined;
}

export interface AutopilotSettings {
  readonly cleanupDeadServers: boolean;
  readonly minQuorum: number;
  readonly serverStabilizationMs: number;
  /** Enterprise only: with this, autopilot promotes and demotes servers itself. */
  readonly upgradeMigrationDisabled: boolean;
  readonly redundancyZoneTag: string;
}
