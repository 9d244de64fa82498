import type { Peer } from '../../../src/sandbox/consul/raft/log.js';
import type { Effect } from '../effect.js';
import { computeMajority, type Oracle } from '../oracle.js';
import type { Checker } from './checker.js';

/**
 * quorum-margin: the healthy voters without the departing one exceed their quorum by at least 1. One that a lifecycle hook
 * may still abandon does not count. Removing a dead voter, such a one, or one that bootstrapped a cluster of its own, needs
 * only the quorum itself.
 */
export function createQuorumMarginChecker(): Checker {
  return { invariant: 'quorum-margin', before: findExceededMargin };
}

function findExceededMargin(effect: Effect, oracle: Oracle): string | undefined {
  const departing = findDepartingServer(effect, oracle);
  if (departing === undefined) return undefined;
  const rest = oracle.voters.filter((peer) => peer.id !== departing.id);
  const lives = effect.kind === 'leave' && !oracle.isFounder(departing);
  const isCounted = (peer: Peer) => oracle.isHealthy(peer) && !(lives && isLaunching(oracle, peer));
  const healthy = rest.filter(isCounted).length;
  const least = lives && !isLaunching(oracle, departing) ? 1 : 0;
  const margin = healthy - computeMajority(rest.length);
  if (margin >= least) return undefined;
  return `${effect.kind} of ${departing.address} leaves ${healthy} healthy of ${rest.length} voters`;
}

function isLaunching(oracle: Oracle, peer: Peer): boolean {
  return oracle.isLaunching(oracle.serverOf(peer)?.nodeName ?? '');
}

function findDepartingServer(effect: Effect, oracle: Oracle): Peer | undefined {
  if (effect.kind === 'leave') return oracle.peerAt(effect.address);
  if (effect.kind === 'remove-peer') return oracle.peers.find((peer) => peer.id === effect.peerId);
  return effect.kind === 'terminate' ? oracle.peerOf(effect.instanceId) : undefined;
}

/** quorum-margin: of servers that are launched together none need live for the others to keep the quorum. */
export function createLaunchBudgetChecker(): Checker {
  return { invariant: 'quorum-margin', before: findExceededBudget };
}

function findExceededBudget(effect: Effect, oracle: Oracle): string | undefined {
  const group = effect.kind === 'resize' ? oracle.state.groups.get(effect.name) : undefined;
  if (effect.kind !== 'resize' || effect.desired === undefined || group === undefined) return undefined;
  const living = [...group.members.values()].filter(({ lifecycle }) => !lifecycle.startsWith('Terminat'));
  // A size that only follows the servers launches none.
  const more = effect.desired - Math.max(group.desired, living.length);
  if (more < 2) return undefined;
  const standing = oracle.voters.filter((peer) => oracle.isHealthy(peer) && !isLaunching(oracle, peer)).length;
  const voters = oracle.peers.length + more;
  if (standing >= computeMajority(voters)) return undefined;
  return `${more} servers are launched together beside ${standing} healthy of ${oracle.voters.length} voters`;
}
