import type { ActionOf, AddressedServer } from '../../model/action.js';
import type { Decision, DecisionInput, Step } from '../../model/decision.js';
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
  if (!beginsLeave(input, decision)) return decision;
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
  readonly step: Step & { readonly action: ActionOf<'leave'> };
}

/** A leave of a member that is not leaving yet. One that is asked again is asked alone. */
function beginsLeave({ observation, memory }: DecisionInput, decision: Decision): decision is DrainingLeave {
  if (decision.kind !== 'act' || decision.step.action.kind !== 'leave') return false;
  const { action, reason } = decision.step;
  const ids = action.servers.map(({ instanceId }) => instanceId);
  const asked = observation.servers.filter(({ instanceId }) => ids.includes(instanceId));
  return reason.kind === 'drained' && asked.every((one) => one.peer && !isLeaving({ observation, memory }, one));
}
