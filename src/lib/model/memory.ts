import type { LifecycleHook } from './group.js';
import type { Observation } from './observation.js';
import type { Gap } from './observed-time.js';
import type { LeaderlessCause } from './raft.js';
import type { Refusal, SharedIdentity, Side } from './server.js';
import type { FounderReason, StopReason } from './stop-reason.js';

/**
 * What this process learned from earlier observations; empty at the start, so a resumed roll checks every gate again.
 */
export interface Memory {
  /** When the last observation was made that was at least an interval after the one before it. */
  readonly lastCountedAtMs: number | undefined;
  /** By kind of streak and what it is of: when the last observation that counted for it was made. */
  readonly countedAtMs?: Readonly<Record<string, number>>;
  /** By instance: consecutive observations in which it passed every Consul gate. */
  readonly readyStreaks: Readonly<Record<string, number>>;
  /** By server of the roll: whether its agent was up when last seen, and how often it has ended since it was first up. */
  readonly agentRuns?: Readonly<Record<string, AgentRuns>>;
  /** By instance: consecutive observations in which its agent refused connections and its peer was not in Raft. */
  readonly downStreaks: Readonly<Record<string, number>>;
  /** By instance: consecutive observations in which its agent did not answer, whether or not it is in Raft. */
  readonly silentStreaks: Readonly<Record<string, number>>;
  /** By Raft id: consecutive observations in which an orphan peer was unhealthy. */
  readonly orphanStreaks: Readonly<Record<string, number>>;
  /** Consecutive observations in which Auto Scaling had nothing to change, since processes were last resumed. */
  readonly settledStreak: number;
  /** This process has seen the groups at sizes that the roll expects: a bigger one was scaled since then. */
  readonly hadExpectedSizes: boolean;
  /** This process has resumed processes. */
  readonly hasResumed: boolean;
  /** Instances whose HealthStatus this process has set to `Healthy`. */
  readonly markedHealthy: readonly string[];
  /** This process has launched a server more, to move one to another zone. */
  readonly movedServer: boolean;
  /** The sentinel key as it was last seen; undefined before that, and once this process has asked for its deletion. */
  readonly seenSentinel?: string | undefined;
  /** This process has decided to delete the record of a roll that is over. */
  readonly isOver?: boolean;
  /** The current wait: its key, when it began, and how long of it counts from before that. */
  readonly currentWait: { readonly key: string; readonly sinceMs: number; readonly waitedMs?: number } | undefined;
  /** By key: waits that gave way to other waits since the last action. */
  readonly interruptedWaits?: Readonly<Record<string, InterruptedWait>>;
  /** By instance: how often it was asked to leave, and when last. */
  readonly leaveRequests: Readonly<Record<string, LeaveRequest>>;
  /** By instance: why it refused a request to leave. */
  readonly leaveRefusals: Readonly<Record<string, Refusal>>;
  /** By side: how many dead servers of it, which the roll had launched, this process has terminated to replace them. */
  readonly replacedDead?: Readonly<Partial<Record<Side, number>>>;
  /** Instances that have passed every gate in `successThreshold` consecutive observations, at least 2. */
  readonly passedGates: readonly string[];
  /** Those of them that failed since then, and have not passed as many consecutive observations again. */
  readonly regressed: readonly string[];
  /** By Raft id: when leadership was last transferred to it. */
  readonly leadershipTransfers: Readonly<Record<string, number>>;
  readonly snapshot: { readonly path: string; readonly bytes: number } | undefined;
  /** Launch configurations AWS would not delete because another group uses them. */
  readonly launchConfigurationsInUse: readonly string[];
  /** Why AWS will never create the launch source of the new group in this account. */
  readonly launchSourceRefused: string | undefined;
  /** AWS denies the first tags of the roll, before anything else was changed. */
  readonly tagsDenied?: StopReason | undefined;
  /** Of the last founder that was terminated or asked to leave; its image must not be launched again. */
  readonly founder?: FounderReason | undefined;
  /** New servers with the node id or the node name of another server, which were terminated. */
  readonly impostors: readonly Impostor[];
  /** Node names that gossip was asked to forget, once for each request. */
  readonly forgottenMembers: readonly string[];
  /** By instance: when lifecycle hooks held it. */
  readonly holds?: Readonly<Record<string, Hold>> | undefined;
  /** The caller may not complete lifecycle hooks. */
  readonly hookCompletionDenied?: boolean | undefined;
  /** When the last observation was made, and when there was none for long. */
  readonly lastObservedAtMs?: number | undefined;
  readonly gaps: readonly Gap[];
  /** Undefined while the cluster has a leader. */
  readonly leaderless?: Leaderless | undefined;
  /** Since there have been only new servers; undefined before. */
  readonly bake?: Bake | undefined;
  /** Since when something that others had before the roll has been missing. */
  readonly missingSinceMs?: number | undefined;
}

/** A wait that gave way to another one. */
interface InterruptedWait {
  readonly waitedMs: number;
  /** When the other one began, epoch milliseconds. */
  readonly untilMs: number;
}

/** The cluster has no leader that says so itself. */
export interface Leaderless {
  readonly cause: LeaderlessCause;
  /** Since when that has been so, epoch milliseconds. */
  readonly sinceMs: number;
}

/** The time with only new servers in the cluster. Epoch milliseconds. */
export interface Bake {
  readonly aloneSinceMs: number;
  /** Since when all have been healthy, except in fewer observations in a row than a gate needs; undefined while they are not. */
  readonly healthySinceMs: number | undefined;
  /** Observations in a row in which one was not. */
  readonly misses: number;
}

/** A new server with the node id or the node name of another server. */
export interface Impostor {
  readonly instanceId: string;
  /** Its node name. */
  readonly node: string;
  /** The instance whose it is. */
  readonly owner: string;
  readonly shares: SharedIdentity;
}

/** What was seen of the agent of a new server. */
export interface AgentRuns {
  readonly isUp: boolean;
  readonly crashes: number;
}

/** The leave requests to a server. */
export interface LeaveRequest {
  readonly count: number;
  /** Epoch milliseconds. */
  readonly lastRequestedAtMs: number;
  /** Whether it has arrived is not known. */
  readonly isUncertain?: boolean;
  /** Its agent was down since then, while it was still in Raft. */
  readonly crashedMeanwhile?: boolean;
  /** Raft did not have it any more since then. If Raft has it again, its agent was restarted and joined again. */
  readonly hasLeft?: boolean;
}

/**
 * The leave requests once these servers were asked, too.
 *
 * @param atMs epoch milliseconds
 * @param hasArrived false where a request may not have arrived: it does not count
 */
export function noteLeaveRequests(
  before: Memory['leaveRequests'],
  instanceIds: readonly string[],
  atMs: number,
  hasArrived: boolean,
): Memory['leaveRequests'] {
  const requests = instanceIds.map((instanceId): readonly [string, LeaveRequest] => {
    const { count } = before[instanceId] ?? { count: 0 };
    const request = { count: hasArrived ? count + 1 : count, lastRequestedAtMs: atMs };
    return [instanceId, hasArrived ? request : { ...request, isUncertain: true }];
  });
  return { ...before, ...Object.fromEntries(requests) };
}

/** The time that lifecycle hooks held a server, as far as it was observed. Epoch milliseconds. */
export interface Hold {
  readonly transition: LifecycleHook['holds'];
  readonly side: Side;
  readonly hooks: readonly string[];
  readonly sinceMs: number;
  readonly untilMs: number;
  /** It was observed in service, or on its way there, since then. */
  readonly isReleased: boolean;
}

export const EMPTY_MEMORY: Memory = {
  lastCountedAtMs: undefined,
  readyStreaks: {},
  downStreaks: {},
  silentStreaks: {},
  orphanStreaks: {},
  settledStreak: 0,
  hadExpectedSizes: false,
  hasResumed: false,
  markedHealthy: [],
  movedServer: false,
  currentWait: undefined,
  leaveRequests: {},
  leaveRefusals: {},
  passedGates: [],
  regressed: [],
  leadershipTransfers: {},
  snapshot: undefined,
  launchConfigurationsInUse: [],
  launchSourceRefused: undefined,
  impostors: [],
  forgottenMembers: [],
  gaps: [],
};

/** An observation, and what this process learned from earlier ones. */
export interface Knowledge {
  readonly observation: Observation;
  readonly memory: Memory;
}
