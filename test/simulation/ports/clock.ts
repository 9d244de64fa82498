import type { Clock } from '../../../src/lib/ports.js';
import type { SimulatedEnvironment } from '../environment.js';
import type { SimulatedProcess } from './process.js';

/** The environment's clock, shown wrong by `skewMs`: everything else happens while the roll sleeps. */
export function createVirtualClock(environment: SimulatedEnvironment, process: SimulatedProcess, skewMs = 0): Clock {
  return {
    now: () => environment.nowMs + skewMs,
    async sleep(ms, signal) {
      environment.advanceTo(environment.nowMs + ms, () => process.dead || signal?.aborted === true);
      if (process.dead) await process.hang();
    },
  };
}
