import type { DeleteAutoScalingGroupType } from '@aws-sdk/client-auto-scaling';
import { AwsFault, resourceInUseFault } from '../fault.js';
import type { GroupRecord } from '../records.js';
import { type AwsState, formatNow } from '../state.js';
import { isActivityOver } from './activities.js';
import { refuseWhileDeleting } from './capacity.js';
import { countsTowardsCapacity, getGroup } from './group.js';
import { removeGroupSoon } from './reconcile.js';
import { killMember } from './terminating.js';

/**
 * DeleteAutoScalingGroup: refused while the group has instances, scaling activities in progress or a warm pool. With ForceDelete
 * every instance is killed at once, without draining and without hooks; the group is listed until they have ended.
 */
export function deleteGroup(state: AwsState, input: DeleteAutoScalingGroupType): Record<string, never> {
  const group = getGroup(state, input.AutoScalingGroupName);
  refuseWhileDeleting(group);
  const force = input.ForceDelete ?? false;
  refuseProtected(group, force);
  if (!force) refuseInUse(group);
  group.deleting = true;
  if (group.members.size === 0) removeGroupSoon(state, group);
  const cause = `At ${formatNow(state)} a user request force deleted AutoScaling group changing the desired capacity from ${group.desired} to 0.`;
  for (const member of [...group.members.values()]) killMember(state, group, member, cause);
  return {};
}

function refuseProtected(group: GroupRecord, force: boolean): void {
  const protection = group.fields.DeletionProtection ?? 'none';
  if (protection === 'none' || (protection === 'prevent-force-deletion' && !force)) return;
  throw new AwsFault('ResourceInUse', `AutoScalingGroup ${group.name} has deletion protection ${protection}.`);
}

function refuseInUse(group: GroupRecord): void {
  if (group.warmPool !== undefined) {
    throw resourceInUseFault(`You cannot delete AutoScalingGroup ${group.name} while it has a warm pool.`);
  }
  if ([...group.members.values()].some(countsTowardsCapacity)) {
    throw resourceInUseFault(
      'You cannot delete an AutoScalingGroup while there are instances or pending Spot instance request(s) still in the group.',
    );
  }
  if (group.members.size > 0 || group.activities.some((activity) => !isActivityOver(activity))) {
    throw new AwsFault(
      'ScalingActivityInProgress',
      'You cannot delete an AutoScalingGroup while there are scaling activities in progress for that group.',
    );
  }
}
