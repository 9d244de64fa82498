import type { Effect } from '../effect.js';
import type { Oracle } from '../oracle.js';
import type { Checker } from './checker.js';

/** Asked to leave this often and still there, a server will not leave. */
const MAX_LEAVE_REQUESTS = 3;

/** no-member-terminated: no instance is terminated while Raft counts it, unless nobody can reach it, or it was asked to leave in vain. */
export function createOutOfRaftFirstChecker(): Checker {
  const asked = new Map<string, number>();
  return {
    invariant: 'no-member-terminated',
    before(effect, truth) {
      if (effect.kind === 'leave') asked.set(effect.address, (asked.get(effect.address) ?? 0) + 1);
      return effect.kind === 'terminate' ? findTerminationObjection(effect, truth, asked) : undefined;
    },
  };
}

function findTerminationObjection(
  { instanceId }: Extract<Effect, { readonly kind: 'terminate' }>,
  truth: Oracle,
  asked: ReadonlyMap<string, number>,
): string | undefined {
  const peer = truth.peerOf(instanceId);
  const server = peer && truth.serverOf(peer);
  if (peer === undefined || server?.life !== 'running' || truth.disturbed.has(server.address)) return undefined;
  // Up for a moment, again and again: whoever asks finds it down.
  if (truth.state.instances.get(instanceId)?.spec.image.behaviour === 'crashloop') return undefined;
  const inVain = truth.sideOf(instanceId) === 'new' && (asked.get(server.address) ?? 0) >= MAX_LEAVE_REQUESTS;
  return inVain ? undefined : `${instanceId} is terminated, runs, and is in Raft`;
}
