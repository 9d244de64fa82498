import type { Decision, Step } from './decision.js';
import type { Estimate } from './estimate.js';
import type { HealthIssue } from './health-issue.js';
import type { Intent, Limits, StrategyName } from './intent.js';
import type { Knowledge } from './memory.js';
import type { Observation } from './observation.js';

/** What the operator asks for. */
export type RollOptions = UpgradeOptions | ResumeOptions | RollbackOptions;

/** Which cluster, and how a run of a roll behaves; the record of a roll says nothing of it. */
export interface RunOptions {
  readonly cluster: string;
  /** Name of the Auto Scaling group, where the cluster's name matches several. */
  readonly group: string | undefined;
  readonly limits: Limits;
  /** Pause between two observations. */
  readonly intervalMs: number;
  /** The lock is free once it was not renewed for this long. */
  readonly lockTtlMs: number;
  /** Take the lock from its holder. */
  readonly forceUnlock: boolean;
}

/** Roll onto an image; or continue the recorded roll, if it is onto the same image. */
export interface UpgradeOptions extends RunOptions {
  readonly kind: 'upgrade';
  readonly imageId: string;
  /** Servers beyond the cluster's size; undefined for the strategy's default. */
  readonly surge: number | undefined;
  readonly strategy: StrategyName;
  readonly launchSource: LaunchSourceChoice;
  /** Keep the old group, empty. */
  readonly keepOld: boolean;
}

/** Continue the recorded roll. */
export interface ResumeOptions extends RunOptions {
  readonly kind: 'resume';
  /** Refuse a roll onto another image; undefined for any image. */
  readonly imageId: string | undefined;
}

/** Roll the recorded roll back. */
export interface RollbackOptions extends RunOptions {
  readonly kind: 'rollback';
  /** Also where the old image runs an older Consul and a newer one has led. */
  readonly allowDowngrade: boolean;
}

/** `auto` keeps the kind of launch source of the group. */
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
export interface ClusterStatus extends Knowledge {
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

/** The roll that was asked to pause, and who runs it: `none` if the lock is free, `unknown` if it could not be read. */
export interface PauseResult {
  readonly intent: Intent;
  readonly runner: LockHolder | 'none' | 'unknown';
}

/** Whether the holder of a lock seems to live: by its own clock, so where that is wrong this is too. */
export function isLockHolderAlive({ renewedAtMs, ttlMs }: LockHolder, nowMs: number): boolean {
  return nowMs - renewedAtMs <= ttlMs;
}
