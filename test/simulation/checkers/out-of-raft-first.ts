import type { Effect } from '../effect.js';
import type { Oracle } from '../oracle.js';
import type { Checker } from './checker.js';

/** A server that is still in Raft after this many leave requests may be terminated. */
const MAX_LEAVE_REQUESTS = 3;

/** no-member-terminated: no running member of Raft is terminated, unless it is unreachable or ignored its leave requests. */
export function createOutOfRaftFirstChecker(): Checker {
  const asked = new Map<string, number>();
  return {
    invariant: 'no-member-terminated',
    before(effect, oracle) {
      if (effect.kind === 'leave') asked.set(effect.address, (asked.get(effect.address) ?? 0) + 1);
      return effect.kind === 'terminate' ? findTerminationObjection(effect, oracle, asked) : undefined;
    },
  };
}

function findTerminationObjection(
  { instanceId }: Extract<Effect, { readonly kind: 'terminate' }>,
  oracle: Oracle,
  asked: ReadonlyMap<string, number>,
): string | undefined {
  const peer = oracle.peerOf(instanceId);
  const server = peer && oracle.serverOf(peer);
  if (peer === undefined || server?.life !== 'running' || oracle.disturbed.has(server.address)) return undefined;
  // It restarts all the time, so most requests find it down.
  if (oracle.state.instances.get(instanceId)?.spec.image.behaviour === 'crashloop') return undefined;
  const inVain = oracle.sideOf(instanceId) === 'new' && (asked.get(server.address) ?? 0) >= MAX_LEAVE_REQUESTS;
  return inVain ? undefined : `${instanceId} is terminated, runs, and is in Raft`;
}
