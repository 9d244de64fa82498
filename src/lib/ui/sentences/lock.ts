import { isAlive, type LockHolder } from '../../model/plan.js';
import { dateAndTime, wholeSpanOf } from '../time.js';

/** Somebody else holds the lock, and may have died with it. */
export function describeContest({ holder }: LockHolder): string {
  return `${holder} holds the lock; watching whether it is still alive`;
}

/** Who runs a roll, since when, and whether they seem to live. */
export function describeRunner(lock: LockHolder, nowMs: number): string {
  const { holder, sinceMs, renewedAtMs, ttlMs } = lock;
  if (ttlMs === 0) return `${holder} holds the lock`;
  const ago = wholeSpanOf(nowMs - renewedAtMs);
  const life = isAlive(lock, nowMs)
    ? `alive, last seen ${ago} ago`
    : `not seen for ${ago}, so its process has probably ended; a roll begun now would wait ${wholeSpanOf(ttlMs)} to be certain`;
  return `run by ${holder} since ${dateAndTime(sinceMs)}: ${life}`;
}
