import type { Effect } from '../effect.js';
import type { Truth } from '../truth.js';
import type { Checker } from './checker.js';

/** Asked to leave this often and still there, a server will not leave. */
const IN_VAIN = 3;

/** 6: no instance is terminated while Raft counts it, unless nobody can reach it, or it was asked to leave in vain. */
export function outOfRaftFirst(): Checker {
  const asked = new Map<string, number>();
  return {
    invariant: '6',
    before(effect, truth) {
      if (effect.kind === 'leave') asked.set(effect.address, (asked.get(effect.address) ?? 0) + 1);
      return effect.kind === 'terminate' ? objection(effect, truth, asked) : undefined;
    },
  };
}

function objection(
  { instanceId }: Extract<Effect, { readonly kind: 'terminate' }>,
  truth: Truth,
  asked: ReadonlyMap<string, number>,
): string | undefined {
  const peer = truth.peerOf(instanceId);
  const server = peer && truth.serverOf(peer);
  if (peer === undefined || server?.life !== 'running' || truth.disturbed.has(server.address))
    return undefined;
  // Up for a moment, again and again: whoever asks finds it down.
  if (truth.state.instances.get(instanceId)?.spec.image.behaviour === 'crashloop') return undefined;
  const inVain = truth.sideOf(instanceId) === 'new' && (asked.get(server.address) ?? 0) >= IN_VAIN;
  return inVain ? undefined : `${instanceId} is terminated, runs, and is in Raft`;
}
