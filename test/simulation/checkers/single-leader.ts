import type { Effect } from '../effect.js';
import type { Oracle } from '../oracle.js';
import type { Checker } from './checker.js';

/** single-leader: when a server is asked to leave, every running member names the same leader, an instance of the cluster. */
export function createOneLeaderChecker(): Checker {
  return { invariant: 'single-leader', before: findMissingLeader };
}

function findMissingLeader(effect: Effect, oracle: Oracle): string | undefined {
  if (effect.kind !== 'leave' || oracle.peerAt(effect.address) === undefined) return undefined;
  const { leader } = oracle;
  if (leader === undefined) return `${effect.address} is asked to leave while there is no leader`;
  if (oracle.groupOf(leader.nodeName) === undefined)
    return `the leader ${leader.nodeName} is not an instance of the cluster`;
  const dissent = oracle.peers.find((peer) => {
    const server = oracle.serverOf(peer);
    if (server?.life !== 'running' || oracle.disturbed.has(server.address)) return false;
    return server.leaderView !== leader;
  });
  return dissent && `${effect.address} is asked to leave while ${dissent.address} does not name the leader`;
}
