import type { Observation } from '../../model/observation.js';
import { type Gap, measureObservedMs } from '../../model/observed-time.js';
import type { ClusterStatus, LockHolder } from '../../model/plan.js';
import { findPauseRequest } from '../plan/fold.js';

/** A run of a roll, according to the lock and the tags. */
export interface RunnerState {
  /** The lock of the process that runs the roll, or did last. */
  readonly lock: LockHolder | undefined;
  /** Epoch milliseconds, by its clock. */
  readonly sinceMs: number;
  /** A pause requested before this run was first seen: it does not apply to this run. */
  readonly liftedPause: string | undefined;
  /** Who has requested a pause since. */
  readonly pausedBy: string | undefined;
}

/** The run as of this observation; undefined before the first one. */
export function updateRunnerState(
  before: RunnerState | undefined,
  { observation, intent, lock }: ClusterStatus,
): RunnerState | undefined {
  if (intent === undefined) return before;
  const pause = findPauseRequest(observation);
  if (before !== undefined && (lock === undefined || isSameRun(before.lock, lock))) {
    return { ...before, pausedBy: pause === before.liftedPause ? undefined : pause };
  }
  // A run takes the lock as it begins. Without a lock, only the record says when the roll began.
  const sinceMs = lock?.rollId === intent.rollId ? lock.sinceMs : intent.startedAtMs;
  return { lock, sinceMs, liftedPause: pause, pausedBy: undefined };
}

/** Identifies the lock of one run. */
export type RunId = Pick<LockHolder, 'holder' | 'sinceMs'>;

export function isSameRun(one: RunId | undefined, other: RunId | undefined): boolean {
  return one !== undefined && one.holder === other?.holder && one.sinceMs === other.sinceMs;
}

/** The lock is free for a moment between two runs, so that one observation without a lock proves nothing. */
const MAX_OBSERVATIONS_WITHOUT_LOCK = 2;

/**
 * Whether a process still runs the roll: it does while it renews the lock. Only this machine's clock counts, so that no
 * two clocks are compared.
 */
export class RunnerTracker {
  #holder: LockHolder | undefined;
  #renewedAtMs = 0;
  #withoutLock = 0;

  /** Without a leader the lock cannot be read: such an observation is ignored. */
  update({ observation, lock }: { readonly observation: Observation; readonly lock: LockHolder | undefined }) {
    if (observation.raft === undefined) return;
    this.#withoutLock = lock === undefined ? this.#withoutLock + 1 : 0;
    if (lock === undefined || lock.renewedAtMs === this.#holder?.renewedAtMs) return;
    this.#holder = lock;
    this.#renewedAtMs = observation.atMs;
  }

  /** True once the lock is free, or was not seen renewed for as long as it lasts. */
  isGone(nowMs: number, gaps: readonly Gap[] = []): boolean {
    if (this.#withoutLock >= MAX_OBSERVATIONS_WITHOUT_LOCK) return true;
    if (this.#withoutLock > 0 || this.#holder === undefined) return false;
    return measureObservedMs(gaps, this.#renewedAtMs, nowMs) > this.#holder.ttlMs;
  }
}
