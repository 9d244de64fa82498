import type { Peer } from '../../../src/sandbox/consul/raft/log.js';
import type { Effect } from '../effect.js';
import { computeMajority, type Oracle } from '../oracle.js';
import type { Checker } from './checker.js';

/**
 * quorum-margin: were every server that is leaving to die before Raft lets it go, and a member that is terminated, a quorum
 * and one more healthy voter would stand. Meanwhile no leadership is transferred, and no peer is removed.
 */
export function createInFlightChecker(): Checker {
  return { invariant: 'quorum-margin', before: findOverspentBudget };
}

function findOverspentBudget(effect: Effect, oracle: Oracle): string | undefined {
  const isRemoval = effect.kind === 'leave' || effect.kind === 'terminate';
  if (!isRemoval && effect.kind !== 'transfer-leadership' && effect.kind !== 'remove-peer') return undefined;
  const own = effect.kind === 'leave' ? oracle.peerAt(effect.address) : undefined;
  const departing = effect.kind === 'terminate' ? oracle.peerOf(effect.instanceId) : own;
  if (isRemoval && departing === undefined) return undefined;
  if (effect.kind === 'terminate' && departing !== undefined && isIntruder(departing, oracle)) return undefined;
  const leaving = oracle.peers.filter((peer) => {
    const server = oracle.serverOf(peer);
    return server?.life === 'running' && oracle.isLeaving(server) && peer !== departing;
  });
  const [first] = leaving;
  if (first === undefined) return undefined;
  if (departing === undefined) return `${effect.kind} while ${first.address} is leaving and still in Raft`;
  const isLasting = (peer: Peer) => !oracle.isLaunching(oracle.serverOf(peer)?.nodeName ?? '');
  const standing = oracle.voters.filter((peer) => oracle.isHealthy(peer) && peer !== departing && isLasting(peer));
  const least = computeMajority(oracle.voters.length) + 1;
  return standing.length >= least
    ? undefined
    : `${effect.kind} of ${departing.address} beside ${leaving.length} others that leave: ${standing.length} stay of ${oracle.voters.length} voters`;
}

/** The cluster loses no vote of its own with it. */
function isIntruder(peer: Peer, oracle: Oracle): boolean {
  return oracle.isFounder(peer) || oracle.findNamesakes(peer.host).length > 0;
}
