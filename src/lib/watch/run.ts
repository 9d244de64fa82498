import { pauseAskedIn } from '../decide/plan.js';
import type { LockHolder, Status } from '../model/plan.js';
import { isSameRun } from './runner.js';

/** One run of the roll that is watched, as far as looks tell of it. */
export interface Run {
  /** The lock of whoever runs it, or did last. */
  readonly lock: LockHolder | undefined;
  /** Epoch milliseconds, by their clock. */
  readonly sinceMs: number;
  /** A pause asked for before this run was first seen: its beginning has lifted that. */
  readonly liftedPause: string | undefined;
  /** Who has asked it to pause since. */
  readonly pausedBy: string | undefined;
}

/** The run of a roll once this look is known; undefined while there was none. */
export function runWith(
  before: { readonly status: Status; readonly run: Run | undefined } | undefined,
  { survey, intent, lock }: Status,
): Run | undefined {
  if (intent === undefined) return before?.run;
  const pause = pauseAskedIn(survey);
  const run = before?.status.intent?.rollId === intent.rollId ? before.run : undefined;
  if (run !== undefined && (lock === undefined || isSameRun(run.lock, lock))) {
    return { ...run, pausedBy: pause === run.liftedPause ? undefined : pause };
  }
  // The lock is taken as a run begins; whoever was not seen to hold it has begun with the record.
  const sinceMs = lock?.rollId === intent.rollId ? lock.sinceMs : intent.startedAtMs;
  return { lock, sinceMs, liftedPause: pause, pausedBy: undefined };
}
