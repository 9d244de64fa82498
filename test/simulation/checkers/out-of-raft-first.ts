import type { Effect } from '../effect.js';
import type { Oracle } from '../oracle.js';
import type { Checker } from './checker.js';

/** A server that is still in Raft after this many leave requests may be terminated. */
const MAX_LEAVE_REQUESTS = 3;

/**
 * no-member-terminated: no running member of Raft is terminated, unless it is unreachable, or is a new one that ignored
 * its leave requests (one where it has no vote), refuses them, or has the node id of another server.
 */
export function createOutOfRaftFirstChecker(): Checker {
  const asked = new Map<string, number>();
  /** Addresses of servers that have refused to leave. */
  const refused = new Set<string>();
  return {
    invariant: 'no-member-terminated',
    before(effect, oracle) {
      if (effect.kind === 'leave') {
        asked.set(effect.address, (asked.get(effect.address) ?? 0) + 1);
        if (oracle.refusesToLeave(effect.address)) refused.add(effect.address);
      }
      if (effect.kind === 'complete-hooks') return findCompletionObjection(effect.instanceIds, oracle);
      return effect.kind === 'terminate' ? findTerminationObjection(effect, oracle, asked, refused) : undefined;
    },
  };
}

/** The roll ends what a hook holds only where it is new, and is being terminated. */
function findCompletionObjection(instanceIds: readonly string[], oracle: Oracle): string | undefined {
  const other = instanceIds.find(
    (id) => oracle.sideOf(id) !== 'new' || !oracle.groupOf(id)?.members.get(id)?.lifecycle.startsWith('Terminating'),
  );
  return other && `the hook that holds ${other} is completed`;
}

function findTerminationObjection(
  { instanceId }: Extract<Effect, { readonly kind: 'terminate' }>,
  oracle: Oracle,
  asked: ReadonlyMap<string, number>,
  refused: ReadonlySet<string>,
): string | undefined {
  const peer = oracle.peerOf(instanceId);
  const server = peer && oracle.serverOf(peer);
  if (peer === undefined || server?.life !== 'running' || oracle.disturbed.has(server.address)) return undefined;
  // It restarts all the time, so most requests find it down.
  if (oracle.state.instances.get(instanceId)?.spec.image.behaviour === 'crashloop') return undefined;
  if (oracle.sideOf(instanceId) === 'new' && oracle.findNamesakes(server.address).length > 0) return undefined;
  const requests = asked.get(server.address) ?? 0;
  const inVain = requests >= (peer.voter ? MAX_LEAVE_REQUESTS : 1) || refused.has(server.address);
  return inVain && oracle.sideOf(instanceId) === 'new'
    ? undefined
    : `${instanceId} is terminated, runs, and is in Raft`;
}
