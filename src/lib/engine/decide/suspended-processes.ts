import { type Group, SELF_ACTING_PROCESSES } from '../../model/group.js';

/**
 * Which processes must be suspended on a group so that nothing but the roll changes its members.
 * A group that may grow keeps `Launch`, but launches are not added to the load balancer by Auto Scaling: a
 * server goes in only once it has passed its gates. A group that must not grow has `Launch` suspended, or it
 * would replace every server that leaves. `Terminate` stays on: the roll terminates by name.
 */
export function listProcessesToSuspend(mayGrow: boolean): readonly string[] {
  return [...SELF_ACTING_PROCESSES, mayGrow ? 'AddToLoadBalancer' : 'Launch'].sort();
}

/** Processes that must be suspended and are not. */
export function findMissingSuspensions(group: Group, mayGrow: boolean): readonly string[] {
  return listProcessesToSuspend(mayGrow).filter((process) => !group.suspendedProcesses.includes(process));
}

/** Processes that a roll suspended and that its predecessor had not, to be resumed at the end. */
export function findProcessesToResume(group: Group, wasSuspended: readonly string[]): readonly string[] {
  return group.suspendedProcesses.filter((process) => !wasSuspended.includes(process));
}

/** Processes that were suspended before the roll and are not any more: a new group has none, and one that grew again has lost some. */
export function findProcessesToSuspendAgain(group: Group, wasSuspended: readonly string[]): readonly string[] {
  return wasSuspended.filter((process) => !group.suspendedProcesses.includes(process));
}
