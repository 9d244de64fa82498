import type { AutoScalingGroup, Instance } from '@aws-sdk/client-auto-scaling';
import { formatFlag, RollError } from '../model/errors.js';
import type { Clients } from './clients.js';
import { describeGroupsByName, describeLaunchConfigurations } from './describe.js';
import { isAwsError } from './errors.js';

// AWS answers ValidationError both for a missing resource and for a refusal, so after a refusal the resource is read again.

/**
 * The group shrinks with the instance, unless its desired capacity is below its instances already: AWS lowers none below the
 * minimum, and launches none in the place of one beyond the desired capacity.
 */
export async function terminateInstance(clients: Clients, instanceId: string): Promise<void> {
  const terminate = (ShouldDecrementDesiredCapacity: boolean) =>
    clients.autoScaling.terminateInstanceInAutoScalingGroup({ InstanceId: instanceId, ShouldDecrementDesiredCapacity });
  try {
    await terminate(true);
  } catch (thrown) {
    const group = await findGroupOf(clients, instanceId);
    if (group === undefined) return;
    if ((group.Instances ?? []).filter(isCounted).length <= (group.DesiredCapacity ?? 0)) throw thrown;
    await terminate(false);
  }
}

/** Whether the desired capacity of its group is meant to include it. */
function isCounted({ LifecycleState: state }: Instance): boolean {
  return !/^(Terminat|Detach)|Standby/.test(state ?? '');
}

/** The group that has an instance; undefined for an instance in none, or that is being terminated. */
async function findGroupOf(clients: Clients, instanceId: string): Promise<AutoScalingGroup | undefined> {
  const { AutoScalingInstances } = await clients.autoScaling.describeAutoScalingInstances({
    InstanceIds: [instanceId],
  });
  const found = AutoScalingInstances?.find((each) => each.InstanceId === instanceId);
  if (!found || (found.LifecycleState ?? '').startsWith('Terminat')) return undefined;
  const [group] = await describeGroupsByName(clients, [found.AutoScalingGroupName ?? '']);
  return group;
}

export async function deleteAutoScalingGroup(clients: Clients, group: string): Promise<void> {
  try {
    await clients.autoScaling.deleteAutoScalingGroup({ AutoScalingGroupName: group });
  } catch (thrown) {
    const [found] = await describeGroupsByName(clients, [group]);
    if (found && !found.Status) throw groupNotDeletedError(found, thrown);
  }
}

/** Why an existing group was not deleted, where AWS gives a reason the operator can act on. */
function groupNotDeletedError(group: AutoScalingGroup, thrown: unknown): unknown {
  const name = group.AutoScalingGroupName ?? '';
  const state = 'The group was left as it is.';
  if (group.DeletionProtection === 'prevent-all-deletion') {
    return new RollError({
      code: 'group-protected',
      message: `The group ${name} is protected from deletion.`,
      kind: 'refused',
      state,
      next: `to allow it: aws autoscaling update-auto-scaling-group ${formatFlag('auto-scaling-group-name', name)} --deletion-protection none`,
      cause: thrown,
    });
  }
  if (!isAwsError(thrown, 'ResourceInUse')) return thrown;
  return new RollError({
    code: 'group-in-use',
    message: `The group ${name} still has instances, so AWS did not delete it.`,
    kind: 'refused',
    state,
    next: 'wait until its instances are gone, then run the same command again',
    cause: thrown,
  });
}

export async function deleteLaunchConfiguration(clients: Clients, name: string): Promise<'deleted' | 'in-use'> {
  try {
    await clients.autoScaling.deleteLaunchConfiguration({ LaunchConfigurationName: name });
    return 'deleted';
  } catch (thrown) {
    if (isAwsError(thrown, 'ResourceInUse')) return 'in-use';
    const found = await describeLaunchConfigurations(clients, [name]);
    if (found.length > 0) throw thrown;
    return 'deleted';
  }
}
