import type { Effect } from '../effect.js';
import type { Oracle } from '../oracle.js';
import type { Checker } from './checker.js';

/** no-group-deleted-with-members: a group is deleted only when it has no instance and Raft counts none of its servers; never by force. */
export function createEmptyGroupsChecker(): Checker {
  /** Name of the group that launched the server, by Raft id. */
  const launchers = new Map<string, string>();
  let lastPeers: Oracle['peers'] | undefined;
  return {
    invariant: 'no-group-deleted-with-members',
    before: (effect, oracle) =>
      effect.kind === 'delete-group' ? findDeletionObjection(effect, oracle, launchers) : undefined,
    after(oracle) {
      const { peers } = oracle;
      // Recorded as soon as Raft lists them: later the instance and its Consul process may be gone.
      if (peers !== lastPeers) noteLaunchers(oracle, launchers);
      lastPeers = peers;
      return findForcedDeletion(oracle);
    },
  };
}

function noteLaunchers(oracle: Oracle, launchers: Map<string, string>): void {
  for (const peer of oracle.peers) {
    const launcher = oracle.launcherOf(oracle.serverOf(peer)?.nodeName ?? '');
    if (launcher !== undefined) launchers.set(peer.id, launcher);
  }
}

function findDeletionObjection(
  { name }: Extract<Effect, { readonly kind: 'delete-group' }>,
  { state, peers }: Oracle,
  launchers: ReadonlyMap<string, string>,
): string | undefined {
  const group = state.groups.get(name);
  if (group === undefined) return undefined;
  if (group.members.size > 0) return `${name} is deleted with ${group.members.size} instances in it`;
  const counted = peers.filter(({ id }) => launchers.get(id) === name).length;
  return counted === 0 ? undefined : `${name} is deleted while Raft counts ${counted} of its servers`;
}

/** AWS refuses to delete a group with instances, except with ForceDelete. */
function findForcedDeletion(oracle: Oracle): string | undefined {
  for (const group of oracle.state.groups.values()) {
    if (group.deleting && group.members.size > 0) return `${group.name} is being deleted by force`;
  }
  return undefined;
}
