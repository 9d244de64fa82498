import { type Decision, type DecisionInput, decideAction } from '../../model/decision.js';
import type { Server } from '../../model/server.js';
import { isTerminating, listServers } from '../../model/servers.js';
import { isDead, mustBeTerminated } from './leave.js';
import { findHold, isHeld } from './lifecycle-hooks.js';

/**
 * The hooks that hold the termination of failed new servers, completed once what is meant to complete them had that long:
 * a rollback does not wait an hour for a hook that is not completed for the new group. Undefined if none is to be.
 */
export function completeOwnHooks(input: DecisionInput, graceMs: number): Decision | undefined {
  const { observation, memory } = input;
  const group = observation.new;
  if (group === undefined || memory.hookCompletionDenied === true) return undefined;
  const due = listServers(observation, 'new').filter((server) => {
    const { sinceMs = observation.atMs } = memory.holds?.[server.instanceId] ?? {};
    return observation.atMs - sinceMs >= graceMs && isTerminating(server) && mayEnd(input, server);
  });
  const { hooks = [] } = findHold(observation, due) ?? {};
  if (hooks.length === 0) return undefined;
  const instanceIds = due.filter(isHeld).map(({ instanceId }) => instanceId);
  const result = group.retainsAbandoned === true ? 'CONTINUE' : 'ABANDON';
  const complete = { kind: 'complete-lifecycle-hooks', group: group.name, instanceIds, hooks, result } as const;
  return decideAction(input, 'rollback', complete, 'held-by-hook');
}

/** As for its termination: it is not in Raft, cannot leave it, or founded a cluster of its own. */
function mayEnd(input: DecisionInput, server: Server): boolean {
  const { founder } = input.memory;
  if (founder?.instanceId === server.instanceId) return true;
  return server.peer === undefined || isDead(input, server) || mustBeTerminated(input, server);
}
