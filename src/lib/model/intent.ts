import { buildClusterKey } from './cluster-name.js';
import type { NextLaunchSource, PreviousLaunchSource } from './launch-source.js';

/**
 * The goal of a roll. It is recorded in the cluster's own store (model/record.ts) and as tags on the groups
 * (model/tags.ts) before the first change; a resumed roll reads it from the store.
 */
export interface Intent {
  /** Short id of this roll, unique among the rolls of a cluster. */
  readonly rollId: string;
  /**
   * 128 random bits in hex, which are in the record and in no tag. Undefined in a roll that an earlier build began, and as
   * read from tags.
   */
  readonly nonce?: string | undefined;
  readonly cluster: string;
  readonly direction: Direction;
  /** The image to roll onto. */
  readonly imageId: string;
  /** Servers the cluster has, and will have. */
  readonly size: number;
  /** Servers beyond `size` during the roll; 1 to `size`. */
  readonly surge: number;
  readonly oldGroup: string;
  readonly previousLaunchSource: PreviousLaunchSource;
  /** The old group itself where the roll is in place. */
  readonly newGroup: string;
  readonly nextLaunchSource: NextLaunchSource;
  /** The settings of the old group before the roll, restored on it or given to the new group. */
  readonly original: Sizes & {
    readonly suspended: readonly string[];
    /** Undefined in a roll of an earlier version: it protects no server, and restores nothing. */
    readonly protection?: ScaleInProtection | undefined;
  };
  readonly keepOld: boolean;
  /** The Consul version of the old leader when the roll began; undefined if it did not report one. */
  readonly fromVersion?: string;
  /** The rollback may make an older Consul the leader after a newer one has written the Raft log. */
  readonly allowDowngrade?: boolean;
  /** New servers may lack protections that the old ones have turned on. */
  readonly allowWeakerSecurity?: boolean;
  /** The first launch is of as many servers as may die, not of one. */
  readonly skipCanary?: boolean;
  /** Stop for an operator after this phase. In the record and in no tag; gone from it once the roll has stopped there. */
  readonly pauseAfter?: PausePoint | undefined;
  readonly startedAtMs: number;
  /** In no record: this run was asked to turn the recorded rollback forward, and has not yet. */
  readonly turnsForward?: boolean | undefined;
}

/** Phases after which a roll can stop for an operator. */
export const PAUSE_POINTS = ['canary', 'grow'] as const;
export type PausePoint = (typeof PAUSE_POINTS)[number];

export type Direction = 'forward' | 'rollback';

export interface Sizes {
  readonly minSize: number;
  readonly maxSize: number;
  readonly desired: number;
}

/** Which servers of a group Auto Scaling may not choose when the group shrinks. */
export interface ScaleInProtection {
  /** Those that it launches. */
  readonly newServers: boolean;
  /** Instances for which the opposite was set. */
  readonly exceptions: readonly string[];
}

/** More servers than any cluster has; a plan of many more would take minutes to compute. */
export const MAX_CLUSTER_SIZE = 100;

/** Where the new servers are launched: in a new group beside the old one, or in the existing group. */
export const STRATEGIES = ['beside', 'in-place'] as const;
export type StrategyName = (typeof STRATEGIES)[number];

/**
 * Limits of one run; not part of the record. All in milliseconds except `successThreshold`. What is undefined is derived
 * from the servers' own timeouts (model/limits.ts).
 */
export interface Limits {
  /** From a server's launch to passing every gate, and to in service in the load balancer. */
  readonly healthTimeoutMs: number;
  /** For a load balancer to finish draining one instance. */
  readonly drainTimeoutMs: number;
  /** From `agent/leave` until the server is out of Raft, and again until its agent is down. */
  readonly leaveTimeoutMs: number | undefined;
  /** How long there may be no leader, or two, before manual action is required. */
  readonly leaderTimeoutMs: number | undefined;
  /** For AWS to finish a termination or a deletion. */
  readonly awsTimeoutMs: number;
  /** How long the new cluster must stay healthy before the old group is deleted. */
  readonly bakeMs: number;
  /** Consecutive observations in which every gate must pass; at least 2, whatever this is (decide/memory.ts). */
  readonly successThreshold: number;
}

/** Maximum length of the description of a launch template version. */
const MAX_DESCRIPTION_LENGTH = 255;

/** The description of a launch template version, by which a roll recognises its own. */
export function buildVersionDescription({ rollId, imageId, newGroup }: Intent): string {
  return `consul-roll ${rollId}: ${imageId} for ${newGroup}`.slice(0, MAX_DESCRIPTION_LENGTH);
}

/** Keys of a roll in Consul's key-value store. */

export function buildSentinelKey(cluster: string): string {
  return buildClusterKey(cluster, 'sentinel');
}

/** What others had in the cluster before the first change of a roll. */
export function buildBeforeKey(cluster: string): string {
  return buildClusterKey(cluster, 'before');
}

export function buildLockKey(cluster: string): string {
  return buildClusterKey(cluster, 'lock');
}

/** Written before the first change, under the lock: model/record.ts. */
export function buildRecordKey(cluster: string): string {
  return buildClusterKey(cluster, 'record');
}

/** The value written before the first new server, which every server must show to pass its gates. */
export function buildSentinel({ nonce, rollId }: Intent): string {
  return nonce ?? rollId;
}

/** The value written once only new servers are left: the proof that they accept and replicate a write. */
export function buildFinalSentinel(intent: Intent): string {
  return `${buildSentinel(intent)} done`;
}
