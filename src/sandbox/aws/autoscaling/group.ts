import { requireMember, validationFault } from '../fault.js';
import type { GroupRecord, Member, ProcessName } from '../records.js';
import type { AwsState } from '../state.js';

/**
 * The group of that name.
 *
 * @throws AwsFault `ValidationError`
 */
export function getGroup(state: AwsState, name: string | undefined): GroupRecord {
  const wanted = requireMember(name, 'AutoScalingGroupName');
  const group = state.groups.get(wanted);
  if (group !== undefined) return group;
  throw validationFault(`AutoScalingGroup name not found - AutoScalingGroup '${wanted}' not found`);
}

/**
 * The group and the member of that instance id.
 *
 * @throws AwsFault `ValidationError`
 */
export function getMember(state: AwsState, instanceId: string | undefined): { group: GroupRecord; member: Member } {
  const wanted = requireMember(instanceId, 'InstanceId');
  for (const group of state.groups.values()) {
    const member = group.members.get(wanted);
    if (member !== undefined) return { group, member };
  }
  throw validationFault(`Instance Id not found - No managed instance found for instance ID: ${wanted}`);
}

/** Whether the process runs in the group. */
export function isProcessActive(group: GroupRecord, process: ProcessName): boolean {
  return !group.suspended.has(process);
}

/** Whether the instance counts towards the desired capacity. */
export function countsTowardsCapacity(member: Member): boolean {
  const { lifecycle } = member;
  return !/^(Terminat|Detach)|Standby$/.test(lifecycle);
}

/** How many instances the group has that count towards its desired capacity. */
export function getCapacity(group: GroupRecord): number {
  let capacity = 0;
  for (const member of group.members.values()) if (countsTowardsCapacity(member)) capacity++;
  return capacity;
}
