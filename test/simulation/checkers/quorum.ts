import { computeMajority, type Oracle } from '../oracle.js';
import type { Checker } from './checker.js';

/** quorum-kept: at every moment enough voters run to elect a leader; paused ones count, because they continue later. */
export function createQuorumChecker(): Checker {
  return { invariant: 'quorum-kept', after: findLostQuorum };
}

function findLostQuorum(oracle: Oracle): string | undefined {
  let voters = 0;
  let up = 0;
  for (const peer of oracle.peers) {
    if (!peer.voter) continue;
    voters++;
    if (oracle.isUp(peer) || oracle.stalled.has(peer.host)) up++;
  }
  return up >= computeMajority(voters) ? undefined : `${up} of ${voters} voters run`;
}
