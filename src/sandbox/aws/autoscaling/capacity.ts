import type {
  ActivityType,
  SetDesiredCapacityType,
  TerminateInstanceInAutoScalingGroupType,
} from '@aws-sdk/client-auto-scaling';
import { AwsFault, requireMember, validationFault } from '../fault.js';
import type { GroupRecord } from '../records.js';
import { type AwsState, formatNow } from '../state.js';
import { countsTowardsCapacity, getGroup, getMember } from './group.js';
import { reconcileSoon } from './reconcile.js';
import { terminateMember } from './terminating.js';

/** SetDesiredCapacity: within the group's bounds. */
export function setDesiredCapacity(state: AwsState, input: SetDesiredCapacityType): Record<string, never> {
  const group = getGroup(state, input.AutoScalingGroupName);
  const wanted = requireMember(input.DesiredCapacity, 'DesiredCapacity');
  refuseWhileDeleting(group);
  if (wanted > group.maxSize) {
    throw validationFault(
      `New SetDesiredCapacity value ${wanted} is above max value ${group.maxSize} for the AutoScalingGroup.`,
    );
  }
  if (wanted < group.minSize) {
    throw validationFault(
      `New SetDesiredCapacity value ${wanted} is below min value ${group.minSize} for the AutoScalingGroup.`,
    );
  }
  changeDesired(state, group, wanted, 'a user request explicitly set group desired capacity');
  return {};
}

/** Sets the desired capacity with its cause, and schedules the group to act on it. */
export function changeDesired(state: AwsState, group: GroupRecord, wanted: number, request: string): void {
  if (wanted !== group.desired) {
    group.cause = `At ${formatNow(state)} ${request} changing the desired capacity from ${group.desired} to ${wanted}.`;
  }
  group.desired = wanted;
  reconcileSoon(state, group);
}

/** Nothing of a group that is being deleted can be changed. */
export function refuseWhileDeleting(group: GroupRecord): void {
  if (!group.deleting) return;
  throw new AwsFault('ScalingActivityInProgress', `AutoScalingGroup ${group.name} is pending delete.`);
}

/**
 * TerminateInstanceInAutoScalingGroup: names its instance. With a decrement the group shrinks by it, never below its
 * minimum; without, a replacement is launched.
 */
export function terminateInGroup(state: AwsState, input: TerminateInstanceInAutoScalingGroupType): ActivityType {
  const { group, member } = getMember(state, input.InstanceId);
  const decrement = requireMember(input.ShouldDecrementDesiredCapacity, 'ShouldDecrementDesiredCapacity');
  const shrinks = decrement && countsTowardsCapacity(member);
  if (shrinks && group.desired <= group.minSize) {
    throw validationFault(
      `Currently, desiredSize equals minSize (${group.minSize}). Terminating instance without replacement will violate group's min size constraint. Either set shouldDecrementDesiredCapacity flag to false or lower group's min size.`,
    );
  }
  const change = shrinks ? `, shrinking the capacity from ${group.desired} to ${group.desired - 1}` : '';
  const taken = `At ${formatNow(state)} instance ${member.instance.instanceId} was taken out of service in response to a user request`;
  if (shrinks) group.desired -= 1;
  const activity = terminateMember(state, group, member, `${taken}${change}.`) ?? member.activity;
  reconcileSoon(state, group);
  return { Activity: activity === undefined ? undefined : { ...activity } };
}
