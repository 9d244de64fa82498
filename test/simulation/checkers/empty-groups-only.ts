import type { Effect } from '../effect.js';
import type { Oracle } from '../oracle.js';
import type { Checker } from './checker.js';

/** no-group-deleted-with-members: a group is deleted only when it has no instance and Raft counts none of its servers; never by force. */
export function createEmptyGroupsChecker(): Checker {
  /** Which group launched the server, by the id that Raft has ever had for it. */
  const launchers = new Map<string, string>();
  let seen: Oracle['peers'] | undefined;
  return {
    invariant: 'no-group-deleted-with-members',
    before: (effect, truth) =>
      effect.kind === 'delete-group' ? findDeletionObjection(effect, truth, launchers) : undefined,
    after(truth) {
      const { peers } = truth;
      // Noted as soon as Raft has them: later neither the instance nor its Consul need be there any more.
      if (peers !== seen) noteLaunchers(truth, launchers);
      seen = peers;
      return findForcedDeletion(truth);
    },
  };
}

function noteLaunchers(truth: Oracle, launchers: Map<string, string>): void {
  for (const peer of truth.peers) {
    const launcher = truth.launcherOf(truth.serverOf(peer)?.nodeName ?? '');
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

/** AWS itself refuses to delete a group with instances, unless it is forced. */
function findForcedDeletion(truth: Oracle): string | undefined {
  for (const group of truth.state.groups.values()) {
    if (group.deleting && group.members.size > 0) return `${group.name} is being deleted by force`;
  }
  return undefined;
}
