import type { Checker } from './checker.js';

/** A server that is still leaving may be asked again after this time: the least that a roll waits for it is 30 s. */
const LEAVE_MS = 25_000;

/** one-change: a server that has agreed to leave, and is leaving, is not asked again by the same process. */
export function createAskedOnceChecker(): Checker {
  /** By address: when it agreed. */
  const agreed = new Map<string, number>();
  return {
    invariant: 'one-change',
    before(effect, oracle) {
      if (effect.kind !== 'leave') return undefined;
      const peer = oracle.peerAt(effect.address);
      const server = peer && oracle.serverOf(peer);
      const agreedMs = agreed.get(effect.address);
      if (agreedMs === undefined || server?.life !== 'running' || !server.leaving) return undefined;
      const sinceMs = oracle.nowMs - agreedMs;
      return sinceMs < LEAVE_MS
        ? `${effect.address} is asked to leave again, ${sinceMs} ms after it agreed`
        : undefined;
    },
    done(effect, oracle) {
      if (effect.kind === 'leave') agreed.set(effect.address, oracle.nowMs);
    },
    // A new leader may take in one again that has left, and then it is asked again.
    after(oracle) {
      for (const address of agreed.keys()) if (oracle.peerAt(address) === undefined) agreed.delete(address);
      return undefined;
    },
    // The next process knows what the servers say, which may take seconds to show.
    ended() {
      agreed.clear();
      return undefined;
    },
  };
}
