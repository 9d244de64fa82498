import { type Checker, OVER } from './checker.js';

/**
 * everything-restored: a run does not say that the roll is over while Raft has a server that runs and that none of the
 * cluster's groups has: one that was detached, or never was an instance of them.
 */
export function createStrayPeersChecker(): Checker {
  return {
    invariant: 'everything-restored',
    ended: (end, oracle) => {
      if (!OVER.includes(end)) return undefined;
      const servers = oracle.peers.flatMap((peer) => oracle.serverOf(peer) ?? []);
      const stray = servers.find(({ nodeName }) => oracle.groupOf(nodeName) === undefined);
      return stray && `the run ends ${end}, and Raft has ${stray.nodeName}, which is in no group`;
    },
  };
}
