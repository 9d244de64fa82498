import { terminateInstance } from '../ec2/instance-life.js';
import type { GroupRecord, Member } from '../records.js';
import { type AwsState, scheduleAfter } from '../state.js';
import { completeActivity, failActivity, recordActivity } from './activities.js';
import { holdMember, releaseHold } from './hooks.js';
import { findTrafficSource } from './traffic-source.js';

/**
 * Takes an instance out of the group and ends it: out of its traffic sources first, its requests in flight awaited;
 * then the termination hooks; then the shutdown.
 *
 * @returns the scaling activity; undefined when the instance is on its way out already
 */
export function terminateMember(state: AwsState, group: GroupRecord, member: Member, cause: string) {
  if (member.lifecycle === 'Terminating:Retained') {
    shutDown(state, member);
    return member.activity;
  }
  if (member.lifecycle.startsWith('Terminat')) return undefined;
  releaseHold(member);
  startActivity(state, group, member, cause);
  drainMember(state, group, member, () => {
    setStatus(member, 'InProgress', 50);
    holdMember(state, group, member, 'autoscaling:EC2_INSTANCE_TERMINATING', {
      proceed: () => shutDown(state, member),
      abandon: () => (retainsAbandoned(group) ? retain(member) : shutDown(state, member)),
    });
  });
  return member.activity;
}

/** An instance lifecycle policy keeps what a hook abandoned until it is terminated again by name. */
function retainsAbandoned({ fields }: GroupRecord): boolean {
  return fields.InstanceLifecyclePolicy?.RetentionTriggers?.TerminateHookAbandon === 'retain';
}

function retain(member: Member): void {
  member.lifecycle = 'Terminating:Retained';
}

/** Ends an instance at once, without draining and without hooks: what deleting a group by force does. */
export function killMember(state: AwsState, group: GroupRecord, member: Member, cause: string): void {
  releaseHold(member);
  if (!member.lifecycle.startsWith('Terminat')) startActivity(state, group, member, cause);
  const { instanceId } = member.instance;
  for (const identifier of [...state.balancers.keys(), ...state.targetGroups.keys()]) {
    findTrafficSource(state, identifier)?.deregister(instanceId, () => {});
  }
  shutDown(state, member);
}

function startActivity(state: AwsState, group: GroupRecord, member: Member, cause: string): void {
  const { instanceId, subnet } = member.instance;
  failActivity(state, member.activity, 'The instance was terminated before it was in service.', 'Cancelled');
  member.lifecycle = 'Terminating';
  member.activity = recordActivity(state, group, {
    description: `Terminating EC2 instance: ${instanceId}`,
    cause,
    status: 'InProgress',
    progress: 0,
    zone: subnet.zone,
    subnetId: subnet.subnetId,
  });
}

/** Takes an instance out of the traffic sources of its group, and awaits its requests in flight. */
export function drainMember(state: AwsState, group: GroupRecord, member: Member, drained: () => void): void {
  const { instanceId } = member.instance;
  const registered = [...group.attachments.keys()]
    .flatMap((identifier) => findTrafficSource(state, identifier) ?? [])
    .filter((source) => source.lists(instanceId));
  let left = registered.length;
  if (left === 0) {
    drained();
    return;
  }
  setStatus(member, 'WaitingForELBConnectionDraining', 25);
  for (const source of registered) {
    source.deregister(instanceId, () => {
      left -= 1;
      if (left === 0) drained();
    });
  }
}

function setStatus(member: Member, status: 'InProgress' | 'WaitingForELBConnectionDraining', progress: number): void {
  if (member.activity === undefined) return;
  member.activity.StatusCode = status;
  member.activity.Progress = progress;
}

function shutDown(state: AwsState, member: Member): void {
  if (/:(Wait|Retained)$/.test(member.lifecycle)) member.lifecycle = 'Terminating:Proceed';
  if (member.instance.state === 'terminated')
    scheduleAfter(state, 'terminatedMs', () => member.instance.watch.terminated());
  else terminateInstance(state, member.instance);
}

/** Takes the instances that EC2 has terminated out of the group, and ends their activities. */
export function finishTermination(state: AwsState, group: GroupRecord): void {
  for (const [instanceId, member] of group.members) {
    if (member.instance.state !== 'terminated' || !member.lifecycle.startsWith('Terminat')) continue;
    completeActivity(state, member.activity);
    group.members.delete(instanceId);
  }
}
