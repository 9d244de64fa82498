import type { LockHolder } from '../../model/plan.js';

/** Somebody else holds the lock, and may have died with it. */
export function describeContest({ holder }: LockHolder): string {
  return `${holder} holds the lock; watching whether it is still alive`;
}
