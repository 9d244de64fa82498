import type { Peer } from '../../../src/sandbox/consul/raft/log.js';
import type { Effect } from '../effect.js';
import { majority, type Truth } from '../truth.js';
import type { Checker } from './checker.js';

/**
 * 2: healthy voters without the one that goes, less their quorum, is at least 1. One that is dead already takes
 * nothing with it: there the quorum itself must remain.
 */
export function voterBudget(): Checker {
  return { invariant: '2', before };
}

function before(effect: Effect, truth: Truth): string | undefined {
  const victim = victimOf(effect, truth);
  if (victim === undefined) return undefined;
  const rest = truth.voters.filter((peer) => peer.id !== victim.id);
  const healthy = rest.filter((peer) => truth.isHealthy(peer)).length;
  const least = effect.kind === 'leave' ? 1 : 0;
  const spare = healthy - majority(rest.length);
  if (spare >= least) return undefined;
  return `${effect.kind} of ${victim.address} leaves ${healthy} healthy of ${rest.length} voters`;
}

function victimOf(effect: Effect, truth: Truth): Peer | undefined {
  if (effect.kind === 'leave') return truth.peerAt(effect.address);
  if (effect.kind === 'remove-peer') return truth.peers.find((peer) => peer.id === effect.peerId);
  return effect.kind === 'terminate' ? truth.peerOf(effect.instanceId) : undefined;
}
