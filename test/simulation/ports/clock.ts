import type { Clock } from '../../../src/lib/ports.js';
import type { Universe } from '../universe.js';
import type { Process } from './process.js';

/** The universe's clock: to sleep is to let everything else happen. */
export function virtualClock(universe: Universe, process: Process): Clock {
  return {
    now: () => universe.nowMs,
    async sleep(ms, signal) {
      universe.advanceTo(universe.nowMs + ms, () => process.dead || signal?.aborted === true);
      if (process.dead) await process.hang();
    },
  };
}
