import type { Decision, Step } from './decision.js';
import type { Estimate } from './estimate.js';
import type { HealthIssue } from './health-issue.js';
import type { Intent, Limits, Strategy } from './intent.js';
import type { Observation } from './observation.js';

/** What a person asks for: which cluster, onto which image, how. */
export interface RollOptions {
  readonly cluster: string;
  /** Names the group outright where the cluster's name does not settle it. */
  readonly group: string | undefined;
  /** Undefined to carry on with the roll that is recorded, whatever its image. */
  readonly imageId: string | undefined;
  /** Turn the recorded roll back, wherever it is. */
  readonly rollback?: boolean;
  /** Go back although the old image runs an older Consul and a newer one has led. */
  readonly allowDowngrade?: boolean;
  /** Unrenewed for this long the lock is free; 30 s unless told. */
  readonly lockTtlMs?: number;
  /** Take the lock from whoever holds it. */
  readonly forceUnlock?: boolean;
  /** Servers beyond the cluster's size; undefined for as many as the cluster has. */
  readonly surge: number | undefined;
  readonly keepOld: boolean;
  /** A new group beside the old one unless told. */
  readonly strategy?: Strategy;
  /** What the new group is launched from; the kind the old one is on unless told. */
  readonly launchSource?: LaunchSourceChoice;
  readonly limits: Limits;
  /** Pause between two looks, in milliseconds. */
  readonly intervalMs: number;
}

/** `auto` keeps the kind of template that the group is on. */
export const LAUNCH_SOURCE_CHOICES = ['auto', 'launch-configuration', 'launch-template'] as const;
export type LaunchSourceChoice = (typeof LAUNCH_SOURCE_CHOICES)[number];

/** The steps a roll would take from here, in order, and how it would end. */
export interface RollPlan {
  readonly intent: Intent;
  readonly observation: Observation;
  /** True when a roll is recorded already and this is what is left of it. */
  readonly resumed: boolean;
  readonly steps: readonly Step[];
  /** `done`, or the `stop` that would refuse it. */
  readonly end: Decision;
  /** How long that takes; undefined where it would not go to its end. */
  readonly estimate: Estimate | undefined;
}

/** What `status` shows. */
export interface ClusterStatus {
  readonly observation: Observation;
  /** The roll recorded on the groups, if one is going on. */
  readonly intent: Intent | undefined;
  /** What that roll would do next; undefined when none is going on. */
  readonly next: Decision | undefined;
  readonly lock: LockHolder | undefined;
  /** What is not as it should be while no roll is going on. */
  readonly healthIssues: readonly HealthIssue[];
}

/** Who holds a cluster's lock. */
export interface LockHolder {
  /** `user@host pid`. */
  readonly holder: string;
  readonly rollId: string;
  readonly sinceMs: number;
  readonly renewedAtMs: number;
  /** Unrenewed for this long, its holder says, it is free. */
  readonly ttlMs: number;
}

/** The roll that was asked, and who runs it: nobody where the lock is free, unknown where it could not be read. */
export interface PauseResult {
  readonly intent: Intent;
  readonly runner: LockHolder | 'none' | 'unknown';
}

/** Whether the holder of a lock seems to live: by its own clock, so where that is wrong this is too. */
export function isLockHolderAlive({ renewedAtMs, ttlMs }: LockHolder, nowMs: number): boolean {
  return nowMs - renewedAtMs <= ttlMs;
}
