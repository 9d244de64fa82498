import { launchInstance } from '../ec2/instance-life.js';
import { AwsFault } from '../fault.js';
import type { GroupRecord, InstanceRecord, Member } from '../records.js';
import { type AwsState, formatNow, scheduleAfter } from '../state.js';
import { completeActivity, failActivity, recordActivity } from './activities.js';
import { registerMember } from './attachments.js';
import { isProcessActive } from './group.js';
import { holdMember } from './hooks.js';
import { type Provenance, resolveLaunch } from './launch-source.js';
import { chooseSubnet, listSubnets } from './placement.js';
import { getLaunchSource } from './refresh-state.js';
import { terminateMember } from './terminating.js';

/**
 * Launches one instance of the group.
 *
 * @param gone called when the instance has ended, for any reason
 * @returns why it could not be launched; undefined when it was
 */
export function launchMember(state: AwsState, group: GroupRecord, cause: string, gone: () => void): string | undefined {
  try {
    launch(state, group, cause, gone);
    return undefined;
  } catch (error) {
    if (error instanceof AwsFault) return error.message;
    throw error;
  }
}

function launch(state: AwsState, group: GroupRecord, cause: string, gone: () => void): void {
  const { spec, from } = resolveLaunch(state, getLaunchSource(group));
  const subnet = chooseSubnet(group, listSubnets(state, group.fields));
  if (subnet === undefined) throw new AwsFault('ValidationError', 'The group names no subnet and no zone.');
  const watch = { running: () => enterServiceSoon(state, group, member), terminated: gone };
  const tags = propagatedTags(group);
  const instance = launchInstance(state, { spec, subnet, tags, founders: group.desired, watch });
  const member = createMember(group, instance, from);
  member.activity = recordActivity(state, group, {
    description: `Launching a new EC2 instance: ${instance.instanceId}`,
    cause,
    status: 'PreInService',
    progress: 30,
    zone: subnet.zone,
    subnetId: subnet.subnetId,
  });
  group.members.set(instance.instanceId, member);
}

/** A member that is not in service yet. */
export function createMember(group: GroupRecord, instance: InstanceRecord, from: Provenance): Member {
  return {
    instance,
    lifecycle: 'Pending',
    health: 'Healthy',
    healthIssue: undefined,
    protectedFromScaleIn: group.fields.NewInstancesProtectedFromScaleIn ?? false,
    ...from,
    inServiceMs: undefined,
    activity: undefined,
    hold: undefined,
  };
}

/** Brings an instance that runs into service; launch hooks hold it first. */
export function enterServiceSoon(state: AwsState, group: GroupRecord, member: Member): void {
  scheduleAfter(state, 'inServiceMs', () => booted(state, group, member));
}

function propagatedTags(group: GroupRecord): Map<string, string> {
  const tags = new Map([['aws:autoscaling:groupName', group.name]]);
  for (const [key, tag] of group.tags) if (tag.propagate) tags.set(key, tag.value);
  return tags;
}

function booted(state: AwsState, group: GroupRecord, member: Member): void {
  if (member.lifecycle !== 'Pending') return;
  holdMember(state, group, member, 'autoscaling:EC2_INSTANCE_LAUNCHING', {
    proceed: () => {
      member.lifecycle = 'Pending:Proceed';
      enterService(state, group, member);
    },
    abandon: () => {
      failActivity(
        state,
        member.activity,
        "Instance failed to complete user's Lifecycle Action: Lifecycle Action was abandoned.",
        'Cancelled',
      );
      terminateMember(
        state,
        group,
        member,
        `At ${formatNow(state)} an instance was taken out of service because its lifecycle action was abandoned.`,
      );
    },
  });
}

function enterService(state: AwsState, group: GroupRecord, member: Member): void {
  member.lifecycle = 'InService';
  member.inServiceMs = state.nowMs;
  completeActivity(state, member.activity);
  member.activity = undefined;
  if (isProcessActive(group, 'AddToLoadBalancer')) registerMember(state, group, member);
}
