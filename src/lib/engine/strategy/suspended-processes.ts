import {
  type Decision,
  type DecisionInput,
  decideAction,
  type Phase,
  type PlainStepReason,
} from '../../model/decision.js';
import { type Group, SELF_ACTING_PROCESSES } from '../../model/group.js';
import type { Intent } from '../../model/intent.js';
import { countTowardsDesired, sumDesired } from '../../model/servers.js';

/** Suspends or resumes processes of a group; undefined if there are none to change. */
export function changeProcesses(
  input: DecisionInput,
  phase: Phase,
  kind: 'suspend-processes' | 'resume-processes',
  { name: group }: Group,
  processes: readonly string[],
  reason: PlainStepReason,
): Decision | undefined {
  return processes.length === 0 ? undefined : decideAction(input, phase, { kind, group, processes }, reason);
}

/** Lowers the desired capacity of a group that launches nothing; its minimum first, below which AWS refuses to go. */
export function lowerDesired(
  input: DecisionInput,
  phase: Phase,
  { name: group, minSize }: Group,
  to: number,
  reason: PlainStepReason,
): Decision {
  if (minSize > to) return decideAction(input, phase, { kind: 'set-min-size', group }, 'scale-in-needs-min-size');
  return decideAction(input, phase, { kind: 'lower-desired', group, to }, reason);
}

/** Sets the desired capacity of a group to the servers that it has; undefined if it is not lower. */
export function raiseDesired(input: DecisionInput, phase: Phase, group: Group): Decision | undefined {
  const { observation } = input;
  const { name, minSize, maxSize } = group;
  const desired = countTowardsDesired(observation, name);
  if (sumDesired(observation, name) >= desired) return undefined;
  const sizes = { minSize, maxSize: Math.max(maxSize, desired), desired };
  return decideAction(input, phase, { kind: 'restore-size', group: name, sizes }, 'servers-stay');
}

/**
 * Processes to suspend so that only the roll changes the members of a group. A group that may grow keeps `Launch`, but
 * Auto Scaling must not register its launches: the roll registers a server once it has passed its gates. On any other
 * group `Launch` is suspended, or the group would replace every server that leaves. `Terminate` stays on, because the
 * roll terminates by id.
 */
export function listProcessesToSuspend(mayGrow: boolean): readonly string[] {
  return [...SELF_ACTING_PROCESSES, mayGrow ? 'AddToLoadBalancer' : 'Launch'].sort();
}

/** Processes that must be suspended and are not. */
export function findMissingSuspensions(group: Group, mayGrow: boolean): readonly string[] {
  return listProcessesToSuspend(mayGrow).filter((process) => !group.suspendedProcesses.includes(process));
}

/** Processes that the roll suspended on the group or that the old group had running, to be resumed at the end. */
export function findProcessesToResume(group: Group, wasSuspended: readonly string[]): readonly string[] {
  return group.suspendedProcesses.filter((process) => !wasSuspended.includes(process));
}

/** True while the roll keeps a group from acting on its own. Before and after that, its growth is its own business. */
export function isSuspendedByRoll(group: Group | undefined, { original }: Intent): boolean {
  return group !== undefined && findProcessesToResume(group, original.suspended).length > 0;
}

/** Processes that add servers, or judge them, and end none. */
const HARMLESS_PROCESSES = ['AddToLoadBalancer', 'HealthCheck', 'Launch'];

/**
 * Resumes those of them that are next: first those that end no server; once these are seen to do no harm, those that
 * end servers; and AZRebalance once a server that another process has replaced is there. Undefined if none is left.
 */
export function resumeNext(
  input: DecisionInput,
  phase: Phase,
  group: Group,
  wasSuspended: readonly string[],
): Decision | undefined {
  const all = findProcessesToResume(group, wasSuspended);
  const harmless = all.filter((process) => HARMLESS_PROCESSES.includes(process));
  const others = all.filter((process) => process !== 'AZRebalance');
  const resume = (processes: readonly string[], reason: PlainStepReason) =>
    changeProcesses(input, phase, 'resume-processes', group, processes, reason);
  return resume(harmless, 'harmless-first') ?? resume(others, 'self-healing') ?? resume(all, 'rebalancing-last');
}

/** Processes that were suspended before the roll and are not now: a new group starts with none. */
export function findProcessesToSuspendAgain(group: Group, wasSuspended: readonly string[]): readonly string[] {
  return wasSuspended.filter((process) => !group.suspendedProcesses.includes(process));
}
