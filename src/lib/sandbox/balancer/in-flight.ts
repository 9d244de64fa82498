import type { Traffic } from '../seams.js';
import type { Target } from './source.js';

/** Requests (or TCP connections) in flight by load balancer and instance: what draining waits for. */
export interface InFlight extends Traffic {
  /** Counts one more until the returned function is called; calling that again changes nothing. */
  open(loadBalancerName: string, instanceId: string): () => void;
  /** The target with the fewest requests in flight, and among equals each in turn; undefined of none. */
  pick(loadBalancerName: string, targets: readonly Target[]): Target | undefined;
}

/** Starts with nothing in flight. */
export function createInFlight(): InFlight {
  const counts = new Map<string, number>();
  let turn = 0;
  const key = (loadBalancerName: string, instanceId: string) => `${loadBalancerName} ${instanceId}`;
  const openRequests = (name: string, instanceId: string) => counts.get(key(name, instanceId)) ?? 0;

  return {
    openRequests,
    open: (name, instanceId) => {
      const place = key(name, instanceId);
      counts.set(place, (counts.get(place) ?? 0) + 1);
      let released = false;
      return () => {
        if (released) return;
        released = true;
        const left = (counts.get(place) ?? 1) - 1;
        if (left === 0) counts.delete(place);
        else counts.set(place, left);
      };
    },
    pick: (name, targets) => {
      const fewest = Math.min(...targets.map((target) => openRequests(name, target.instanceId)));
      const idlest = targets.filter((target) => openRequests(name, target.instanceId) === fewest);
      turn += 1;
      return idlest[turn % idlest.length];
    },
  };
}
