import type { LockHolder, Status } from '../model/plan.js';

/** The same process holds the lock, and has in between. */
export function isSameRun(before: LockHolder | undefined, now: LockHolder | undefined): boolean {
  return before !== undefined && before.holder === now?.holder && before.sinceMs === now.sinceMs;
}

/** Looks in a row without a lock after which nobody runs the roll: between two holders there may be one. */
const LOOKS_WITHOUT = 2;

/**
 * Whether somebody runs the roll. A holder is alive while the lock is renewed: that is seen, by this machine's clock
 * alone, so that no two clocks are compared.
 */
export class Runner {
  #holder: LockHolder | undefined;
  #changedAtMs = 0;
  #without = 0;

  /** Takes a look in. Where no leader can be asked for the lock, nothing is known. */
  see({ survey, lock }: Status): void {
    if (survey.raft === undefined) return;
    this.#without = lock === undefined ? this.#without + 1 : 0;
    if (lock === undefined || lock.renewedAtMs === this.#holder?.renewedAtMs) return;
    this.#holder = lock;
    this.#changedAtMs = survey.atMs;
  }

  /** True once it is certain that nobody does. */
  isGone(nowMs: number): boolean {
    if (this.#without >= LOOKS_WITHOUT) return true;
    if (this.#without > 0 || this.#holder === undefined) return false;
    return nowMs - this.#changedAtMs > this.#holder.ttlMs;
  }
}
