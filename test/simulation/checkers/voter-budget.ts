import type { Peer } from '../../../src/sandbox/consul/raft/log.js';
import type { Effect } from '../effect.js';
import { computeMajority, type Oracle } from '../oracle.js';
import type { Checker } from './checker.js';

/**
 * voter-budget: healthy voters without the one that goes, less their quorum, is at least 1. One that is dead already takes
 * nothing with it: there the quorum itself must remain.
 */
export function createQuorumMarginChecker(): Checker {
  return { invariant: 'voter-budget', before: findExceededMargin };
}

function findExceededMargin(effect: Effect, truth: Oracle): string | undefined {
  const victim = findDepartingServer(effect, truth);
  if (victim === undefined) return undefined;
  const rest = truth.voters.filter((peer) => peer.id !== victim.id);
  const healthy = rest.filter((peer) => truth.isHealthy(peer)).length;
  const least = effect.kind === 'leave' ? 1 : 0;
  const spare = healthy - computeMajority(rest.length);
  if (spare >= least) return undefined;
  return `${effect.kind} of ${victim.address} leaves ${healthy} healthy of ${rest.length} voters`;
}

function findDepartingServer(effect: Effect, truth: Oracle): Peer | undefined {
  if (effect.kind === 'leave') return truth.peerAt(effect.address);
  if (effect.kind === 'remove-peer') return truth.peers.find((peer) => peer.id === effect.peerId);
  return effect.kind === 'terminate' ? truth.peerOf(effect.instanceId) : undefined;
}
