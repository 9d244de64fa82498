import type { Observation } from './observation.js';

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

/** An observation, and what the earlier ones of this process taught. */
export interface Knowledge {
  readonly observation: Observation;
  readonly memory: Memory;
}
