import type { Effect } from '../effect.js';
import type { Truth } from '../truth.js';
import type { Checker } from './checker.js';

/** 6: no instance is terminated while Raft counts it, unless nobody can reach it. */
export function outOfRaftFirst(): Checker {
  return { invariant: '6', before };
}

function before(effect: Effect, truth: Truth): string | undefined {
  if (effect.kind !== 'terminate') return undefined;
  const peer = truth.peerOf(effect.instanceId);
  if (peer === undefined || !truth.isUp(peer)) return undefined;
  const server = truth.serverOf(peer);
  if (server === undefined || truth.disturbed.has(server.address)) return undefined;
  return `${effect.instanceId} is terminated, runs, and is in Raft`;
}
