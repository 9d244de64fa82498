import type { UpdateAutoScalingGroupType } from '@aws-sdk/client-auto-scaling';
import type { GroupFields } from '../records.js';
import type { AwsState } from '../state.js';
import { changeDesired, refuseWhileDeleting } from './capacity.js';
import { pickPlainFields } from './create.js';
import { getGroup } from './group.js';
import { checkLaunchSource, toLaunchSourceOutput } from './launch-source.js';
import { listSubnets } from './placement.js';
import { checkFields, checkSizes } from './validation.js';

/** UpdateAutoScalingGroup: what is not given stays; running instances stay as they were launched. */
export function updateGroup(state: AwsState, input: UpdateAutoScalingGroupType): Record<string, never> {
  const group = getGroup(state, input.AutoScalingGroupName);
  refuseWhileDeleting(group);
  const changes = pickPlainFields(input);
  const fields = changedFields(state, group.fields, changes);
  checkLaunchSource(state, fields);
  checkFields(state, fields);
  const minSize = input.MinSize ?? group.minSize;
  const maxSize = input.MaxSize ?? group.maxSize;
  const desired = input.DesiredCapacity ?? Math.min(Math.max(group.desired, minSize), maxSize);
  checkSizes({ minSize, maxSize, desired });
  Object.assign(group.fields, fields, toLaunchSourceOutput(state, fields));
  Object.assign(group, { minSize, maxSize });
  const request = `a user request update of AutoScalingGroup constraints to min: ${minSize}, max: ${maxSize}, desired: ${desired}`;
  changeDesired(state, group, desired, request);
  return {};
}

/** A new launch source takes the place of the old one, and new subnets bring their zones. */
function changedFields(state: AwsState, before: GroupFields, changes: Partial<GroupFields>): GroupFields {
  const after: GroupFields = { ...before, ...changes };
  const sources = ['LaunchConfigurationName', 'LaunchTemplate', 'MixedInstancesPolicy'] as const;
  if (sources.some((source) => changes[source] !== undefined)) {
    for (const source of sources) if (changes[source] === undefined) after[source] = undefined;
  }
  if (changes.VPCZoneIdentifier !== undefined && changes.AvailabilityZones === undefined) {
    after.AvailabilityZones = [...new Set(listSubnets(state, after).map((subnet) => subnet.zone))];
  }
  return after;
}
