import type { Peer } from '../../../src/sandbox/consul/raft/log.js';
import type { Effect } from '../effect.js';
import { computeMajority, type Oracle } from '../oracle.js';
import type { Checker } from './checker.js';

/**
 * quorum-margin: were every server that is leaving to die before Raft lets it go, a quorum and one more healthy voter would
 * stand. Meanwhile no leadership is transferred.
 */
export function createInFlightChecker(): Checker {
  return { invariant: 'quorum-margin', before: findOverspentBudget };
}

function findOverspentBudget(effect: Effect, oracle: Oracle): string | undefined {
  if (effect.kind !== 'leave' && effect.kind !== 'transfer-leadership') return undefined;
  const own = effect.kind === 'leave' ? effect.address : undefined;
  if (own !== undefined && oracle.peerAt(own) === undefined) return undefined;
  const leaving = oracle.peers.filter((peer) => {
    const server = oracle.serverOf(peer);
    return server?.life === 'running' && server.leaving && peer.host !== own;
  });
  const [first] = leaving;
  if (first === undefined) return undefined;
  if (effect.kind === 'transfer-leadership')
    return `${effect.kind} while ${first.address} is leaving and still in Raft`;
  const isLasting = (peer: Peer) => !oracle.isLaunching(oracle.serverOf(peer)?.nodeName ?? '');
  const standing = oracle.voters.filter((peer) => oracle.isHealthy(peer) && peer.host !== own && isLasting(peer));
  const least = computeMajority(oracle.voters.length) + 1;
  return standing.length >= least
    ? undefined
    : `leave of ${own} beside ${leaving.length} others that leave: ${standing.length} stay of ${oracle.voters.length} voters`;
}
