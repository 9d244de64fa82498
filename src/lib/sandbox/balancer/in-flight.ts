import type { Traffic } from '../seams.js';
import type { Target } from './source.js';

/** Requests (or TCP connections) in flight by load balancer and instance: what draining waits for. */
export interface InFlight extends Traffic {
  /**
   * Counts one more until the returned function is called; calling that again changes nothing.
   *
   * @param cut ends it before its time.
   */
  open(loadBalancerName: string, instanceId: string, cut: () => void): () => void;
  /** The target with the fewest requests in flight, and among equals each in turn; undefined of none. */
  pick(loadBalancerName: string, targets: readonly Target[]): Target | undefined;
  /** Cuts what is in flight to instances the load balancer does not know any more: their draining is over. */
  cutAllBut(loadBalancerName: string, instanceIds: readonly string[]): void;
}

interface Flight {
  readonly loadBalancerName: string;
  readonly instanceId: string;
  readonly cut: () => void;
}

/** Starts with nothing in flight. */
export function createInFlight(): InFlight {
  const flights = new Set<Flight>();
  let turn = 0;
  const openRequests = (name: string, instanceId: string) =>
    [...flights].filter((one) => one.loadBalancerName === name && one.instanceId === instanceId).length;

  return {
    openRequests,
    open: (loadBalancerName, instanceId, cut) => {
      const flight = { loadBalancerName, instanceId, cut };
      flights.add(flight);
      return () => flights.delete(flight);
    },
    pick: (name, targets) => {
      const loaded = targets.map((target) => ({ target, load: openRequests(name, target.instanceId) }));
      const fewest = Math.min(...loaded.map(({ load }) => load));
      const idlest = loaded.filter(({ load }) => load === fewest);
      turn += 1;
      return idlest[turn % idlest.length]?.target;
    },
    cutAllBut: (name, instanceIds) => {
      for (const flight of flights) {
        if (flight.loadBalancerName === name && !instanceIds.includes(flight.instanceId)) flight.cut();
      }
    },
  };
}
