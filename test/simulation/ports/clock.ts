import type { Clock } from '../../../src/lib/ports.js';
import type { SimulatedEnvironment } from '../environment.js';
import type { SimulatedProcess } from './process.js';

/** The universe's clock: to sleep is to let everything else happen. */
export function createVirtualClock(universe: SimulatedEnvironment, process: SimulatedProcess): Clock {
  return {
    now: () => universe.nowMs,
    async sleep(ms, signal) {
      universe.advanceTo(universe.nowMs + ms, () => process.dead || signal?.aborted === true);
      if (process.dead) await process.hang();
    },
  };
}
