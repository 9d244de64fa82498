import { computeMajority, type Oracle } from '../oracle.js';
import type { Checker } from './checker.js';

/** AWS shows a server some seconds after it has booted, and it is to be terminated then. */
const MAX_TAKEOVER_MS = 60_000;

/**
 * no-acknowledged-write-lost: where a roll sees every server and is not killed, no server that it has launched takes the
 * cluster over: one that bootstraps a cluster of its own is terminated before it joins, whatever operators do beside, and
 * whatever hook holds its termination. Where AWS shows servers late, none does for long.
 */
export function createTakeoversChecker(): Checker {
  let takenOver: string | undefined;
  let sinceMs: number | undefined;
  let longestMs = 0;
  return {
    invariant: 'no-acknowledged-write-lost',
    after: (oracle) => {
      const by = findTakeover(oracle);
      takenOver ??= by;
      sinceMs = by === undefined ? undefined : (sinceMs ?? oracle.nowMs);
      if (sinceMs !== undefined) longestMs = Math.max(longestMs, oracle.nowMs - sinceMs);
      return undefined;
    },
    atEnd: (_, { watched }) => {
      if (watched === 'no' || takenOver === undefined) return undefined;
      if (watched === 'late' && longestMs <= MAX_TAKEOVER_MS) return undefined;
      return `${takenOver} took the cluster over for ${Math.round(longestMs / 1_000)} s`;
    },
  };
}

/** A server outside the cluster's Raft that a majority of its voters follows. */
function findTakeover(oracle: Oracle): string | undefined {
  const { raft, voters } = oracle;
  const leaders = voters
    .flatMap((peer) => oracle.serverOf(peer)?.leaderView ?? [])
    .filter(({ group }) => group !== raft);
  const [first] = leaders;
  return leaders.length >= computeMajority(voters.length) ? first?.nodeName : undefined;
}
