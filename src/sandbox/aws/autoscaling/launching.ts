import { launchInstance } from '../ec2/instance-life.js';
import { AwsFault } from '../fault.js';
import { after, nowText, type WorldState } from '../state.js';
import { beginActivity, fail, succeed } from './activities.js';
import { registerMember } from './attachments.js';
import { type GroupRecord, type Member, runs } from './group.js';
import { holdFor } from './hooks.js';
import { resolveLaunch } from './launch-source.js';
import { chooseSubnet, subnetsOf } from './placement.js';
import { terminateMember } from './terminating.js';

/**
 * Launches one instance of the group.
 *
 * @param gone told when the instance has ended, whatever ended it
 * @returns why it could not be launched; undefined when it was
 */
export function launchMember(
  state: WorldState,
  group: GroupRecord,
  cause: string,
  gone: () => void,
): string | undefined {
  try {
    launch(state, group, cause, gone);
    return undefined;
  } catch (error) {
    if (error instanceof AwsFault) return error.message;
    throw error;
  }
}

function launch(state: WorldState, group: GroupRecord, cause: string, gone: () => void): void {
  const { spec, from } = resolveLaunch(state, group.fields);
  const subnet = chooseSubnet(group, subnetsOf(state, group.fields));
  if (subnet === undefined) throw new AwsFault('ValidationError', 'The group names no subnet and no zone.');
  const watch = {
    running: () => {
      after(state, 'inServiceMs', () => booted(state, group, member));
    },
    terminated: gone,
  };
  const tags = propagatedTags(group);
  const instance = launchInstance(state, { spec, subnet, tags, founders: group.desired, watch });
  const member: Member = {
    instance,
    lifecycle: 'Pending',
    health: 'Healthy',
    ailment: undefined,
    protectedFromScaleIn: group.fields.NewInstancesProtectedFromScaleIn ?? false,
    ...from,
    inServiceMs: undefined,
    activity: beginActivity(state, group, {
      description: `Launching a new EC2 instance: ${instance.instanceId}`,
      cause,
      status: 'PreInService',
      progress: 30,
      zone: subnet.zone,
      subnetId: subnet.subnetId,
    }),
    hold: undefined,
  };
  group.members.set(instance.instanceId, member);
}

function propagatedTags(group: GroupRecord): Map<string, string> {
  const tags = new Map([['aws:autoscaling:groupName', group.name]]);
  for (const [key, tag] of group.tags) if (tag.propagate) tags.set(key, tag.value);
  return tags;
}

function booted(state: WorldState, group: GroupRecord, member: Member): void {
  if (member.lifecycle !== 'Pending') return;
  holdFor(state, group, member, 'autoscaling:EC2_INSTANCE_LAUNCHING', {
    proceed: () => {
      member.lifecycle = 'Pending:Proceed';
      enterService(state, group, member);
    },
    abandon: () => {
      fail(
        state,
        member.activity,
        "Instance failed to complete user's Lifecycle Action: Lifecycle Action was abandoned.",
        'Cancelled',
      );
      terminateMember(
        state,
        group,
        member,
        `At ${nowText(state)} an instance was taken out of service because its lifecycle action was abandoned.`,
      );
    },
  });
}

function enterService(state: WorldState, group: GroupRecord, member: Member): void {
  member.lifecycle = 'InService';
  member.inServiceMs = state.nowMs;
  succeed(state, member.activity);
  member.activity = undefined;
  if (runs(group, 'AddToLoadBalancer')) registerMember(state, group, member);
}
