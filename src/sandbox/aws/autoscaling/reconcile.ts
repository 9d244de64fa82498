import type { GroupRecord } from '../records.js';
import { type AwsState, currentDate, formatNow, scheduleAfter } from '../state.js';
import { failActivity, recordActivity } from './activities.js';
import { getCapacity, isProcessActive } from './group.js';
import { launchMember } from './launching.js';
import { chooseMembersToTerminate, isUnbalanced, listSubnets } from './placement.js';
import { finishTermination, terminateMember } from './terminating.js';

/** Schedules the group to compare its instances with its desired capacity; the earlier schedule applies. */
export function reconcileSoon(
  state: AwsState,
  group: GroupRecord,
  delay: 'scalingMs' | 'launchRetryMs' = 'scalingMs',
): void {
  const task = scheduleAfter(state, delay, () => {
    group.reconcile = undefined;
    reconcile(state, group);
  });
  const planned = group.reconcile;
  const later = planned !== undefined && planned.dueMs <= task.dueMs ? task : planned;
  if (later !== undefined) later.cancelled = true;
  if (later !== task) group.reconcile = task;
}

function reconcile(state: AwsState, group: GroupRecord): void {
  if (group.deleting) return;
  const missing = group.desired + Number(group.rebalancing) - getCapacity(group);
  if (missing > 0 && isProcessActive(group, 'Launch')) growBy(state, group, missing);
  if (missing < 0 && isProcessActive(group, 'Terminate')) shrinkBy(state, group, -missing);
}

/**
 * AZRebalance: where one zone has two instances more than another, one is launched in the emptiest, and when all are in
 * service one of the fullest ends.
 */
export function rebalanceZones(state: AwsState, group: GroupRecord): void {
  if (![...group.members.values()].every(({ lifecycle }) => /^(InService|Standby)$/.test(lifecycle))) return;
  if (group.rebalancing) {
    group.rebalancing = false;
    group.cause = `At ${formatNow(state)} instances were launched to balance instances in zones with other zones resulting in more than desired number of instances in the group.`;
    reconcileSoon(state, group);
  } else if (mayRebalance(group) && isUnbalanced(group, listSubnets(state, group.fields))) {
    const cause = `At ${formatNow(state)} availability zones had unequal numbers of instances. An instance was launched to aid in balancing the group's zones.`;
    const failure = launchMember(state, group, cause, () => memberGone(state, group));
    if (failure === undefined) group.rebalancing = true;
    else recordFailure(state, group, cause, failure);
  }
}

function mayRebalance(group: GroupRecord): boolean {
  const needed = ['AZRebalance', 'Launch', 'Terminate'] as const;
  return getCapacity(group) === group.desired && needed.every((process) => isProcessActive(group, process));
}

function growBy(state: AwsState, group: GroupRecord, missing: number): void {
  const from = group.desired - missing;
  const launched = `At ${formatNow(state)} an instance was started in response to a difference between desired and actual capacity, increasing the capacity from ${from} to ${group.desired}.`;
  const cause = withRequest(group, launched);
  for (let count = 0; count < missing; count++) {
    const failure = launchMember(state, group, cause, () => memberGone(state, group));
    if (failure === undefined) continue;
    recordFailure(state, group, cause, failure);
    reconcileSoon(state, group, 'launchRetryMs');
    return;
  }
  group.cause = undefined;
}

function recordFailure(state: AwsState, group: GroupRecord, cause: string, failure: string): void {
  const activity = recordActivity(state, group, {
    description: 'Launching a new EC2 instance',
    cause,
    status: 'InProgress',
    progress: 0,
  });
  failActivity(state, activity, `${failure}  Launching EC2 instance failed.`);
  activity.StartTime = currentDate(state);
}

function shrinkBy(state: AwsState, group: GroupRecord, surplus: number): void {
  const from = group.desired + surplus;
  const chosen = chooseMembersToTerminate(group, surplus);
  if (chosen.length < surplus) recordAllProtected(state, group, from);
  for (const departing of chosen) {
    const cause = `At ${formatNow(state)} an instance was taken out of service in response to a difference between desired and actual capacity, shrinking the capacity from ${from} to ${group.desired}.  At ${formatNow(state)} instance ${departing.instance.instanceId} was selected for termination.`;
    terminateMember(state, group, departing, withRequest(group, cause));
  }
  group.cause = undefined;
}

/** The group stays as big as it is until an instance may be chosen. */
function recordAllProtected(state: AwsState, group: GroupRecord, from: number): void {
  const activity = recordActivity(state, group, {
    description: `Shrinking the capacity from ${from} to ${group.desired}`,
    cause: withRequest(group, ''),
    status: 'InProgress',
    progress: 0,
  });
  failActivity(
    state,
    activity,
    'Could not scale to desired capacity because all remaining instances are protected from scale-in.',
  );
}

/** A cause begins with the request it answers, if there was one since the last answer. */
function withRequest(group: GroupRecord, sentence: string): string {
  return group.cause === undefined ? sentence : `${group.cause}  ${sentence}`;
}

/** An instance of the group is terminated: it leaves the group, and may need a replacement. */
export function memberGone(state: AwsState, group: GroupRecord): void {
  finishTermination(state, group);
  if (!group.deleting) reconcileSoon(state, group);
  else if (group.members.size === 0) removeGroupSoon(state, group);
}

/** Lets a group that is being deleted, and is empty, go. */
export function removeGroupSoon(state: AwsState, group: GroupRecord): void {
  scheduleAfter(state, 'groupDeletionMs', () => {
    if (group.reconcile !== undefined) group.reconcile.cancelled = true;
    if (group.healthCheckTask !== undefined) group.healthCheckTask.cancelled = true;
    state.groups.delete(group.name);
  });
}
