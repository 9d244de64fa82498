import { computeMajority, type Oracle } from '../oracle.js';
import type { Checker } from './checker.js';

/** What the rest is for: at every moment enough voters run to elect a leader, or will when they are let. */
export function createQuorumChecker(): Checker {
  return { invariant: 'quorum-kept', after: findLostQuorum };
}

function findLostQuorum(truth: Oracle): string | undefined {
  let voters = 0;
  let up = 0;
  for (const peer of truth.peers) {
    if (!peer.voter) continue;
    voters++;
    if (truth.isUp(peer) || truth.stalled.has(peer.host)) up++;
  }
  return up >= computeMajority(voters) ? undefined : `${up} of ${voters} voters run`;
}
