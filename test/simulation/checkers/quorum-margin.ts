import type { Peer } from '../../../src/sandbox/consul/raft/log.js';
import type { Effect } from '../effect.js';
import { computeMajority, type Oracle } from '../oracle.js';
import type { Checker } from './checker.js';

/**
 * quorum-margin: the healthy voters without the departing one exceed their quorum by at least 1. Removing a dead voter, or
 * one that bootstrapped a cluster of its own, needs only the quorum itself.
 */
export function createQuorumMarginChecker(): Checker {
  return { invariant: 'quorum-margin', before: findExceededMargin };
}

function findExceededMargin(effect: Effect, oracle: Oracle): string | undefined {
  const departing = findDepartingServer(effect, oracle);
  if (departing === undefined) return undefined;
  const rest = oracle.voters.filter((peer) => peer.id !== departing.id);
  const healthy = rest.filter((peer) => oracle.isHealthy(peer)).length;
  const least = effect.kind === 'leave' && !oracle.isFounder(departing) ? 1 : 0;
  const margin = healthy - computeMajority(rest.length);
  if (margin >= least) return undefined;
  return `${effect.kind} of ${departing.address} leaves ${healthy} healthy of ${rest.length} voters`;
}

function findDepartingServer(effect: Effect, oracle: Oracle): Peer | undefined {
  if (effect.kind === 'leave') return oracle.peerAt(effect.address);
  if (effect.kind === 'remove-peer') return oracle.peers.find((peer) => peer.id === effect.peerId);
  return effect.kind === 'terminate' ? oracle.peerOf(effect.instanceId) : undefined;
}
