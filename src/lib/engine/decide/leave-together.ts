import type { ActionOf, AddressedServer } from '../../model/action.js';
import type { Decision, DecisionInput, Step, StepReason } from '../../model/decision.js';
import { listRaftMembers } from '../../model/servers.js';
import { isLeaving } from './leave.js';
import { updateMemoryWithAction } from './memory.js';

/**
 * Servers that would be asked to leave one after another, if nothing changed meanwhile, are asked in one step. Each is
 * decided as if those before it were leaving: until Raft lets them go, they count as dead (mayLeaveBeside).
 *
 * @param decideNext decides of one server at a time
 */
export function leaveTogether(input: DecisionInput, decideNext: (input: DecisionInput) => Decision): Decision {
  const decision = decideNext(input);
  if (!beginsLeave(input, decision) || isFirstOfRoll(input, decision)) return decision;
  const { action } = decision.step;
  const servers: AddressedServer[] = [];
  let known = input;
  let next: Decision = decision;
  while (beginsLeave(known, next)) {
    servers.push(...next.step.action.servers);
    known = { ...known, memory: updateMemoryWithAction(known, next.step.action) };
    next = decideNext(known);
  }
  return { ...decision, step: { ...decision.step, action: { ...action, servers } } };
}

interface DrainingLeave {
  readonly kind: 'act';
  readonly step: Step & {
    readonly action: ActionOf<'leave'>;
    readonly reason: Extract<StepReason, { readonly kind: 'drained' }>;
  };
}

/** Asked alone: where it refuses, no other has left, and the roll can roll back by itself (rollbackOrStop). */
function isFirstOfRoll({ observation, intent, memory }: DecisionInput, { step }: DrainingLeave): boolean {
  if (step.reason.side !== 'old' || intent.direction === 'rollback') return false;
  const staying = listRaftMembers(observation, 'old').filter((server) => !isLeaving({ observation, memory }, server));
  return staying.length >= intent.original.desired;
}

/** A leave of a member that is not leaving yet. One that is asked again is asked alone. */
function beginsLeave({ observation, memory }: DecisionInput, decision: Decision): decision is DrainingLeave {
  if (decision.kind !== 'act' || decision.step.action.kind !== 'leave') return false;
  const { action, reason } = decision.step;
  const [asked] = action.servers;
  const server = observation.servers.find(({ instanceId }) => instanceId === asked?.instanceId);
  return reason.kind === 'drained' && server?.peer !== undefined && !isLeaving({ observation, memory }, server);
}
