import { RollError } from './errors.js';
import type { Clock } from './ports.js';

/** What fails this often in a row is given up. */
export const MOST_FAILURES = 5;

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
