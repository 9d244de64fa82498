import type { NextLaunchSource, PreviousLaunchSource } from './launch-source.js';

/**
 * What a roll is to do. It is recorded as tags on the groups (model/tags.ts) before the first change, and a resumed
 * roll reads it from there.
 */
export interface Intent {
  /** Short id of this roll, unique among the rolls of a cluster. */
  readonly rollId: string;
  readonly cluster: string;
  readonly direction: Direction;
  /** The image to roll onto. */
  readonly imageId: string;
  /** Servers the cluster has, and will have. */
  readonly size: number;
  /** How many servers there may be beyond `size` during the roll; 1 to `size`. */
  readonly surge: number;
  readonly oldGroup: string;
  readonly previousLaunchSource: PreviousLaunchSource;
  /** The old group itself where the roll is in place. */
  readonly newGroup: string;
  readonly nextLaunchSource: NextLaunchSource;
  /** The old group as it was, to be restored on it or given to its successor. */
  readonly original: Sizes & { readonly suspended: readonly string[] };
  readonly keepOld: boolean;
  /** The Consul the old leader ran when the roll began; undefined where it did not say. */
  readonly fromVersion?: string;
  /** Going back may put an older Consul in the lead of what a newer one has logged. */
  readonly allowDowngrade?: boolean;
  readonly startedAtMs: number;
}

export type Direction = 'forward' | 'rollback';

export interface Sizes {
  readonly minSize: number;
  readonly maxSize: number;
  readonly desired: number;
}

/** Where the new servers go: into a new group beside the old one, or into the group there is. */
export const STRATEGIES = ['beside', 'in-place'] as const;
export type StrategyName = (typeof STRATEGIES)[number];

/** Limits of one run; not part of the record. All in milliseconds except `successThreshold`. */
export interface Limits {
  /** From a server's launch to passing every gate, and to in service in the load balancer. */
  readonly healthTimeoutMs: number;
  /** For a load balancer to finish draining one instance. */
  readonly drainTimeoutMs: number;
  /** From `agent/leave` until the server is out of Raft, and again until its agent is down. */
  readonly leaveTimeoutMs: number;
  /** How long no leader, or two, may last before manual action is required. */
  readonly leaderTimeoutMs: number;
  /** For AWS to finish a termination or a deletion. */
  readonly awsTimeoutMs: number;
  /** How long the new cluster must stay healthy before the old group is deleted. */
  readonly bakeMs: number;
  /** Consecutive observations in which every gate must pass. */
  readonly successThreshold: number;
}

/** Maximum length of the description of a launch template version. */
const MAX_DESCRIPTION_LENGTH = 255;

/** What a version of a launch template is described with, by which a roll knows its own again. */
export function buildVersionDescription({ rollId, imageId, newGroup }: Intent): string {
  return `consul-roll ${rollId}: ${imageId} for ${newGroup}`.slice(0, MAX_DESCRIPTION_LENGTH);
}

/** Keys of a roll in Consul's key-value store. */

export function buildSentinelKey(cluster: string): string {
  return `consul-roll/${cluster}/sentinel`;
}

export function buildLockKey(cluster: string): string {
  return `consul-roll/${cluster}/lock`;
}

/** The value written before the first new server, which every server must show to pass its gates. */
export function buildSentinel(intent: Intent): string {
  return intent.rollId;
}

/** The value written once only new servers are left: the proof that they accept and replicate a write. */
export function buildFinalSentinel(intent: Intent): string {
  return `${intent.rollId} done`;
}
