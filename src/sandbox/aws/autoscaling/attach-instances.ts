import type { AttachInstancesQuery, DetachInstancesAnswer, DetachInstancesQuery } from '@aws-sdk/client-auto-scaling';
import { requireMember, validationFault } from '../fault.js';
import type { GroupRecord, InstanceRecord } from '../records.js';
import type { AwsState } from '../state.js';
import { completeActivity } from './activities.js';
import { getGroup } from './group.js';
import { createMember, enterServiceSoon } from './launching.js';
import { listSubnets } from './placement.js';
import { memberGone, reconcileSoon } from './reconcile.js';
import { listMembers, recordMove, refuseWithoutLaunch, shrink, sizesFault } from './standby.js';
import { drainMember } from './terminating.js';

/** DetachInstances: out of the load balancers and of the group; the instance runs on. */
export function detachInstances(state: AwsState, input: DetachInstancesQuery): DetachInstancesAnswer {
  const group = getGroup(state, input.AutoScalingGroupName);
  const members = listMembers(group, input.InstanceIds, ['InService', 'Standby']);
  const cause = shrink(state, group, members, input.ShouldDecrementDesiredCapacity, 'detach', 'detached');
  const activities = members.map((member) => {
    const { instance } = member;
    const { instanceId } = instance;
    const activity = recordMove(state, group, member, `Detaching EC2 instance: ${instanceId}`, cause(member));
    member.lifecycle = 'Detaching';
    drainMember(state, group, member, () => {
      completeActivity(state, activity);
      group.members.delete(instanceId);
      instance.tags.delete('aws:autoscaling:groupName');
      instance.watch = { running: () => {}, terminated: () => {} };
      reconcileSoon(state, group);
    });
    return { ...activity };
  });
  return { Activities: activities };
}

/** AttachInstances: running ones of no group, in a zone of this one, which grows by them; not while Launch is suspended. */
export function attachInstances(state: AwsState, input: AttachInstancesQuery): Record<string, never> {
  const group = getGroup(state, input.AutoScalingGroupName);
  const instances = requireMember(input.InstanceIds, 'InstanceIds').map((id) => getFreeInstance(state, group, id));
  refuseWithoutLaunch(group);
  if (group.desired + instances.length > group.maxSize) throw sizesFault(group, `attach ${instances.length}`);
  group.desired += instances.length;
  for (const instance of instances) {
    const member = createMember(group, instance, { launchConfigurationName: undefined, launchTemplate: undefined });
    const cause = `a user request attached the instance, increasing the capacity to ${group.desired}.`;
    member.activity = recordMove(
      state,
      group,
      member,
      `Attaching an existing EC2 instance: ${instance.instanceId}`,
      cause,
    );
    group.members.set(instance.instanceId, member);
    instance.tags.set('aws:autoscaling:groupName', group.name);
    instance.watch = { running: () => {}, terminated: () => memberGone(state, group) };
    enterServiceSoon(state, group, member);
  }
  return {};
}

function getFreeInstance(state: AwsState, group: GroupRecord, instanceId: string): InstanceRecord {
  const instance = state.instances.get(instanceId);
  if (instance === undefined || instance.state === 'terminated') {
    throw validationFault(`Invalid Instance ID(s): [${instanceId}] specified`);
  }
  if (instance.state !== 'running') {
    throw validationFault(`Instance ${instanceId} is not in the running state.`);
  }
  if ([...state.groups.values()].some(({ members }) => members.has(instanceId))) {
    throw validationFault(`Instance ${instanceId} is already part of an AutoScalingGroup`);
  }
  const zones = listSubnets(state, group.fields).map(({ zone }) => zone);
  if (zones.includes(instance.subnet.zone)) return instance;
  throw validationFault(`Instance ${instanceId} is not in an Availability Zone of group ${group.name}.`);
}
