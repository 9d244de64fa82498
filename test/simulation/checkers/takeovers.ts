import { computeMajority, type Oracle } from '../oracle.js';
import type { Checker } from './checker.js';

/**
 * no-acknowledged-write-lost: where a roll sees every server and is not killed, no server that it has launched takes the
 * cluster over: one that bootstraps a cluster of its own is terminated before it joins, whatever operators do beside.
 */
export function createTakeoversChecker(): Checker {
  let takenOver: string | undefined;
  return {
    invariant: 'no-acknowledged-write-lost',
    after: (oracle) => {
      takenOver ??= findTakeover(oracle);
      return undefined;
    },
    atEnd: (_, { isWatched }) =>
      isWatched && takenOver !== undefined ? `${takenOver} took the cluster over` : undefined,
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
