import type { Effect } from '../effect.js';
import type { Truth } from '../truth.js';
import type { Checker } from './checker.js';

/** 7: a group is deleted only when it has no instance and Raft counts none of its servers; never by force. */
export function emptyGroupsOnly(): Checker {
  return { invariant: '7', before, after };
}

function before(effect: Effect, truth: Truth): string | undefined {
  if (effect.kind !== 'delete-group') return undefined;
  const group = truth.state.groups.get(effect.name);
  if (group === undefined || group.members.size === 0) return undefined;
  return `${effect.name} is deleted with ${group.members.size} instances in it`;
}

/** AWS itself refuses to delete a group with instances, unless it is forced. */
function after(truth: Truth): string | undefined {
  for (const group of truth.state.groups.values()) {
    if (group.deleting && group.members.size > 0) return `${group.name} is being deleted by force`;
  }
  return undefined;
}
