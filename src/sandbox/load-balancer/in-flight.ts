import type { Traffic } from '../interfaces.js';
import type { Target } from './source.js';

/** Requests (or TCP connections) in flight by pool and instance: what draining waits for. */
export interface ConnectionTracker extends Traffic {
  /**
   * Counts one more until the returned function is called; calling that again changes nothing.
   *
   * @param cut ends it before its time.
   */
  open(pool: string, instanceId: string, cut: () => void): () => void;
  /** The target with the fewest requests in flight, and among equals each in turn; undefined of none. */
  pick(pool: string, targets: readonly Target[]): Target | undefined;
  /** Cuts requests to instances that the pool no longer has: their draining is over. */
  closeAllExcept(pool: string, instanceIds: readonly string[]): void;
}

interface Flight {
  readonly pool: string;
  readonly instanceId: string;
  readonly cut: () => void;
}

/** Starts with nothing in flight. */
export function createConnectionTracker(): ConnectionTracker {
  const flights = new Set<Flight>();
  let turn = 0;
  const openRequests = (pool: string, instanceId: string) =>
    [...flights].filter((one) => one.pool === pool && one.instanceId === instanceId).length;

  return {
    openRequests,
    open: (pool, instanceId, cut) => {
      const flight = { pool, instanceId, cut };
      flights.add(flight);
      return () => flights.delete(flight);
    },
    pick: (pool, targets) => {
      const loaded = targets.map((target) => ({ target, load: openRequests(pool, target.instanceId) }));
      const fewest = Math.min(...loaded.map(({ load }) => load));
      const idlest = loaded.filter(({ load }) => load === fewest);
      turn += 1;
      return idlest[turn % idlest.length]?.target;
    },
    closeAllExcept: (pool, instanceIds) => {
      for (const flight of flights) {
        if (flight.pool === pool && !instanceIds.includes(flight.instanceId)) flight.cut();
      }
    },
  };
}
