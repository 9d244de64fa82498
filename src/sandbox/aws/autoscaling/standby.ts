import type {
  Activity,
  EnterStandbyAnswer,
  EnterStandbyQuery,
  ExitStandbyAnswer,
  ExitStandbyQuery,
} from '@aws-sdk/client-auto-scaling';
import { requireMember, validationFault } from '../fault.js';
import type { GroupRecord, Member } from '../records.js';
import { type AwsState, formatNow } from '../state.js';
import { completeActivity, recordActivity } from './activities.js';
import { getGroup, isProcessActive } from './group.js';
import { enterServiceSoon } from './launching.js';
import { reconcileSoon } from './reconcile.js';
import { drainMember } from './terminating.js';

/** EnterStandby: out of the load balancers, and no longer counted; without a decrement another is launched. */
export function enterStandby(state: AwsState, input: EnterStandbyQuery): EnterStandbyAnswer {
  const group = getGroup(state, input.AutoScalingGroupName);
  const members = listMembers(group, input.InstanceIds, ['InService']);
  const cause = shrink(
    state,
    group,
    members,
    input.ShouldDecrementDesiredCapacity,
    'place into standby',
    'moved to standby',
  );
  const activities = members.map((member) => {
    member.lifecycle = 'EnteringStandby';
    const activity = recordMove(
      state,
      group,
      member,
      `Moving EC2 instance to Standby: ${member.instance.instanceId}`,
      cause(member),
    );
    drainMember(state, group, member, () => {
      if (member.lifecycle !== 'EnteringStandby') return;
      member.lifecycle = 'Standby';
      completeActivity(state, activity);
      reconcileSoon(state, group);
    });
    return { ...activity };
  });
  return { Activities: activities };
}

/** ExitStandby: back into service, and counted again; refused while Launch is suspended. */
export function exitStandby(state: AwsState, input: ExitStandbyQuery): ExitStandbyAnswer {
  const group = getGroup(state, input.AutoScalingGroupName);
  const members = listMembers(group, input.InstanceIds, ['Standby']);
  refuseWithoutLaunch(group);
  const wanted = group.desired + members.length;
  if (wanted > group.maxSize) throw sizesFault(group, `place out of standby ${members.length}`);
  const cause = `in response to a user request, increasing the capacity from ${group.desired} to ${wanted}.`;
  group.desired = wanted;
  const activities = members.map((member) => {
    const { instanceId } = member.instance;
    member.lifecycle = 'Pending';
    member.activity = recordMove(
      state,
      group,
      member,
      `Moving EC2 instance out of Standby: ${instanceId}`,
      `At ${formatNow(state)} instance ${instanceId} was moved out of standby ${cause}`,
    );
    enterServiceSoon(state, group, member);
    return { ...member.activity };
  });
  return { Activities: activities };
}

/** The members of these ids, each in one of these states. */
export function listMembers(group: GroupRecord, ids: string[] | undefined, states: readonly string[]): Member[] {
  return requireMember(ids, 'InstanceIds').map((instanceId) => {
    const member = group.members.get(instanceId);
    if (member === undefined) {
      throw validationFault(`The instance ${instanceId} is not part of Auto Scaling group ${group.name}.`);
    }
    if (states.includes(member.lifecycle)) return member;
    throw validationFault(`The instance ${instanceId} is not in ${states.join(' or ')}.`);
  });
}

/**
 * Lowers the desired capacity by these members, if it should be.
 *
 * @returns the cause of an activity of each of them
 */
export function shrink(
  state: AwsState,
  group: GroupRecord,
  members: readonly Member[],
  decrement: boolean | undefined,
  what: string,
  how: string,
): (member: Member) => string {
  const counted = members.filter(({ lifecycle }) => lifecycle !== 'Standby').length;
  const before = group.desired;
  if (requireMember(decrement, 'ShouldDecrementDesiredCapacity')) {
    if (before - counted < group.minSize) throw sizesFault(group, `${what} ${members.length}`);
    group.desired -= counted;
  }
  const change = before === group.desired ? '' : `, shrinking the capacity from ${before} to ${group.desired}`;
  return ({ instance }) =>
    `At ${formatNow(state)} instance ${instance.instanceId} was ${how} in response to a user request${change}.`;
}

/** @throws AwsFault while Launch is suspended */
export function refuseWithoutLaunch(group: GroupRecord): void {
  if (!isProcessActive(group, 'Launch')) throw validationFault(`Launch process is suspended for group ${group.name}.`);
}

/** That the sizes of the group do not allow this. */
export function sizesFault({ name, minSize, maxSize, desired }: GroupRecord, what: string) {
  return validationFault(
    `AutoScalingGroup ${name} has min-size=${minSize}, max-size=${maxSize}, and desired-size=${desired}. To ${what} instance, please update the AutoScalingGroup sizes appropriately.`,
  );
}

/** Records that an instance is moved, and how far that is. */
export function recordMove(
  state: AwsState,
  group: GroupRecord,
  { instance: { subnet } }: Member,
  description: string,
  cause: string,
): Activity {
  const where = { zone: subnet.zone, subnetId: subnet.subnetId };
  return recordActivity(state, group, { description, cause, status: 'InProgress', progress: 50, ...where });
}
