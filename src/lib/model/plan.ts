import type { Decision, Step } from './decision.js';
import type { Estimate, PathPart } from './estimate.js';
import type { HealthIssue } from './health-issue.js';
import type { ImageReference } from './image-reference.js';
import type { Intent, Limits, PausePoint, StrategyName } from './intent.js';
import type { Knowledge } from './memory.js';
import type { Observation } from './observation.js';
import type { RollContext } from './roll-context.js';

/** The operator's request. */
export type RollOptions = UpgradeOptions | ResumeOptions | RollbackOptions;

/** The cluster, and the behaviour of one run; not part of the recorded roll. */
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
  /** New servers may lack protections that the old ones have turned on. */
  readonly allowWeakerSecurity?: boolean;
  /** The image was proved elsewhere: do not launch one server alone first. */
  readonly skipCanary?: boolean;
  /** Stop for an operator after this phase. */
  readonly pauseAfter?: PausePoint | undefined;
}

/** An upgrade as it is asked for: the image may be named by what stands for it. */
export type UpgradeOrder = Omit<UpgradeOptions, 'imageId'> & { readonly image: ImageReference };

/** What `doctor` checks: an upgrade, of which the image may be left out. */
export type DoctorOrder = Omit<UpgradeOrder, 'kind' | 'image'> & Partial<Pick<UpgradeOrder, 'image'>>;

/** Continue the recorded roll. */
export interface ResumeOptions extends RunOptions {
  readonly kind: 'resume';
  /** Turn a recorded rollback forward again. */
  readonly forward?: boolean;
  /** Refuse a roll onto another image; undefined for any image. */
  readonly imageId: string | undefined;
  /** Refuse another roll; undefined for any. */
  readonly rollId?: string | undefined;
}

/** Roll the recorded roll back. */
export interface RollbackOptions extends RunOptions {
  readonly kind: 'rollback';
  /** Even if the old image has an older Consul and a newer one was the leader. */
  readonly allowDowngrade: boolean;
  /** Refuse another roll; undefined for any. */
  readonly rollId?: string | undefined;
}

/** `auto` keeps the kind of launch source of the group. */
export const LAUNCH_SOURCE_CHOICES = ['auto', 'launch-configuration', 'launch-template'] as const;
export type LaunchSourceChoice = (typeof LAUNCH_SOURCE_CHOICES)[number];

/** The steps a roll would take from here, in order, and how it would end. */
export interface RollPlan {
  readonly intent: Intent;
  readonly observation: Observation;
  readonly context: RollContext;
  /** True if a roll is recorded already and these are its remaining steps. */
  readonly resumed: boolean;
  readonly steps: readonly Step[];
  /** `done`, or the `stop` that would refuse it. */
  readonly end: Decision;
  /** How long that takes; undefined if it would not complete. */
  readonly estimate: Estimate | undefined;
  /** What it waits for, in order; empty if it would not complete. */
  readonly path: readonly PathPart[];
}

/** What `status` shows. */
export interface ClusterStatus extends Knowledge {
  /** The roll recorded on the groups, if one is in progress. */
  readonly intent: Intent | undefined;
  /** What that roll would do next; undefined if none is in progress. */
  readonly next: Decision | undefined;
  readonly lock: LockHolder | undefined;
  /** Problems of a cluster without a roll in progress. */
  readonly healthIssues: readonly HealthIssue[];
}

/** Who holds a cluster's lock. */
export interface LockHolder {
  /** `user@host pid`. */
  readonly holder: string;
  readonly rollId: string;
  readonly sinceMs: number;
  readonly renewedAtMs: number;
  /** The lock is free if it was not renewed for this long. */
  readonly ttlMs: number;
}

/** The roll that was asked to pause, and who runs it: `none` if the lock is free, `unknown` if it could not be read. */
export interface PauseResult {
  readonly intent: Intent;
  readonly runner: LockHolder | 'none' | 'unknown';
}

/** The longest time to live of a lock, as a setting and as read. */
export const MAX_LOCK_TTL_MS = 3_600_000;

/**
 * Whether the holder of a lock seems to be alive. Uses the holder's clock, so it is wrong if that clock is. A renewal far
 * ahead of now is a wrong clock or a forged value, and says nothing of a holder.
 */
export function isLockHolderAlive({ renewedAtMs, ttlMs }: LockHolder, nowMs: number): boolean {
  return Math.abs(nowMs - renewedAtMs) <= ttlMs;
}
