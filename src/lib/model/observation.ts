import type { Group } from './group.js';
import type { LaunchTemplateState } from './launch-source.js';
import type { TargetGroup } from './load-balancer.js';
import type { Peer, Server } from './server.js';

/** Everything one look found out, as one immutable value. Times are epoch milliseconds. */
export interface Observation {
  readonly atMs: number;
  readonly cluster: string;
  readonly old: Group | undefined;
  readonly new: Group | undefined;
  /** Every instance of both groups, oldest first. */
  readonly servers: readonly Server[];
  /** What the leader says; undefined when no server that answers is an undisputed leader. */
  readonly raft: Raft | undefined;
  /** Names of launch configurations that exist, of those the roll uses. */
  readonly launchConfigurations: readonly string[];
  /** The launch template that the roll adds a version to, or makes; undefined where there is none. */
  readonly launchTemplate: LaunchTemplateState | undefined;
  /**
   * Connection draining of each load balancer, and the deregistration delay of each target group, in milliseconds; 0
   * where it is off. A load balancer is done earlier when its connections have ended, a target group never is.
   */
  readonly drainingMs: Readonly<Record<string, number>>;
  /** Facts that are read once, before the first change; undefined later. */
  readonly preflightFacts: PreflightFacts | undefined;
  readonly memory: Memory;
}

/** The leader's own account of the cluster. */
export interface Raft {
  /** `ip:8300`. */
  readonly leader: string;
  readonly peers: readonly Peer[];
  /** The leader's commit index now; undefined when it would not say. */
  readonly commitIndex: number | undefined;
  /** Its commit index at the look before, which every server should have applied by now. */
  readonly previousCommitIndex: number | undefined;
  /** The sentinel key, read consistently through the leader. */
  readonly sentinel: string | undefined;
  /** Autopilot's number: healthy voters that may fail without loss of quorum. */
  readonly failureTolerance: number;
}

/** What only the first look reads, for the preflight. */
export interface PreflightFacts {
  readonly account: string;
  readonly image: MachineImage | undefined;
  /** Architecture of the group's instance type, for instance `x86_64`; undefined when EC2 would not say. */
  readonly architectures: readonly string[] | undefined;
  readonly refreshInProgress: boolean;
  readonly subnets: readonly { readonly id: string; readonly freeAddresses: number }[];
  readonly quota: { readonly groupsLeft: number; readonly templatesLeft: number } | undefined;
  readonly autopilot: AutopilotSettings | undefined;
  /** Those the group is attached to. */
  readonly targetGroups: readonly TargetGroup[];
  /** Other groups of the account on the same launch template. */
  readonly launchTemplateUsers: readonly LaunchTemplateUser[];
  /** What the old template says and the new kind of template cannot; empty where the kind stays. */
  readonly unsupportedSettings: readonly string[];
  /** What of the group stays behind, a sentence each. */
  readonly notCopied: readonly string[];
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
}

export interface AutopilotSettings {
  readonly cleanupDeadServers: boolean;
  readonly minQuorum: number;
  readonly serverStabilizationMs: number;
  /** Enterprise only: it would promote and demote servers by itself. */
  readonly upgradeMigrationDisabled: boolean;
  readonly redundancyZoneTag: string;
}

/** What earlier looks of this process saw; empty at the start, so a resumed roll proves everything anew. */
export interface Memory {
  /** When the last look was taken that counted towards a row. */
  readonly lastCountedAtMs: number | undefined;
  /** By instance: looks in a row in which it passed every Consul gate. */
  readonly readyStreaks: Readonly<Record<string, number>>;
  /** By instance: looks in a row in which its agent was refused and its Raft id gone. */
  readonly downStreaks: Readonly<Record<string, number>>;
  /** By instance: looks in a row in which its agent did not answer, whatever Raft says. */
  readonly silentStreaks: Readonly<Record<string, number>>;
  /** By Raft id: looks in a row in which a peer without a standing instance was unhealthy. */
  readonly orphanStreaks: Readonly<Record<string, number>>;
  /** The wait that is on, by its key, since when. */
  readonly currentWait: { readonly key: string; readonly sinceMs: number } | undefined;
  /** By instance: how often it was asked to leave, and when last. */
  readonly leaveRequests: Readonly<Record<string, LeaveRequest>>;
  /** Instances that once passed every Consul gate as many looks in a row as it takes. */
  readonly passedGates: readonly string[];
  /** Those of them that fell ill since then, and have not passed as many looks in a row again. */
  readonly regressed: readonly string[];
  /** By Raft id: when leadership was last asked to go there. */
  readonly leadershipTransfers: Readonly<Record<string, number>>;
  readonly snapshot: { readonly path: string; readonly bytes: number } | undefined;
  /** Launch configurations AWS would not delete because another group uses them. */
  readonly launchConfigurationsInUse: readonly string[];
  /** Why AWS will never make the template of the new group in this account. */
  readonly launchSourceRefused: string | undefined;
  /** Since when nothing but healthy new servers has been seen. */
  readonly onlyNewSinceMs: number | undefined;
  /** How long Consul watches a new server before it lets it vote, where a watcher has asked. */
  readonly stabilizationMs?: number | undefined;
}

/** What was asked of a server that is to leave. */
export interface LeaveRequest {
  readonly count: number;
  /** Epoch milliseconds. */
  readonly lastRequestedAtMs: number;
  /** Its agent was seen down since then while Raft still counted it. */
  readonly crashedMeanwhile?: boolean;
}

export const EMPTY_MEMORY: Memory = {
  lastCountedAtMs: undefined,
  readyStreaks: {},
  downStreaks: {},
  silentStreaks: {},
  orphanStreaks: {},
  currentWait: undefined,
  leaveRequests: {},
  passedGates: [],
  regressed: [],
  leadershipTransfers: {},
  snapshot: undefined,
  launchConfigurationsInUse: [],
  launchSourceRefused: undefined,
  onlyNewSinceMs: undefined,
};
