import type { Effect } from '../effect.js';
import type { Oracle } from '../oracle.js';
import type { Checker } from './checker.js';

/** single-leader: when a server is asked to leave, every member that runs names one leader, an instance of the cluster. */
export function createOneLeaderChecker(): Checker {
  return { invariant: 'single-leader', before: findMissingLeader };
}

function findMissingLeader(effect: Effect, truth: Oracle): string | undefined {
  if (effect.kind !== 'leave' || truth.peerAt(effect.address) === undefined) return undefined;
  const { leader } = truth;
  if (leader === undefined) return `${effect.address} is asked to leave while nobody leads`;
  if (truth.groupOf(leader.nodeName) === undefined) return `the leader ${leader.nodeName} is no instance`;
  const dissent = truth.peers.find((peer) => {
    const server = truth.serverOf(peer);
    if (server?.life !== 'running' || truth.disturbed.has(server.address)) return false;
    return server.leaderView !== leader;
  });
  return dissent && `${effect.address} is asked to leave while ${dissent.address} does not name the leader`;
}
