import { RollError } from './errors.js';
import type { Clock } from './ports.js';

/** What fails this often in a row is given up. */
export const MOST_FAILURES = 5;
/** A missing permission does not come by itself. But one that was just given takes a moment to spread: one more try. */
const MOST_DENIALS = 2;

/** How often in a row a step may fail in this way before it is given up. */
export function triesFor(thrown: unknown): number {
  return thrown instanceof RollError && thrown.code === 'access-denied' ? MOST_DENIALS : MOST_FAILURES;
}

/**
 * Reads something, again after each failure that may pass by itself (AWS throttles, an answer got lost).
 *
 * @throws what the last try threw
 */
export async function patiently<Found>(
  clock: Clock,
  pauseMs: number,
  read: () => Promise<Found>,
  signal?: AbortSignal,
): Promise<Found> {
  for (let failures = 1; ; failures += 1) {
    try {
      return await read();
    } catch (thrown) {
      const passing = thrown instanceof RollError && thrown.passing;
      if (!passing || failures >= MOST_FAILURES || signal?.aborted) throw thrown;
      await clock.sleep(pauseMs, signal);
    }
  }
}
