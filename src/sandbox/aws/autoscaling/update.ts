import type { UpdateAutoScalingGroupType } from '@aws-sdk/client-auto-scaling';
import type { WorldState } from '../state.js';
import { changeDesired, refuseWhileDeleting } from './capacity.js';
import { plainOnly } from './create.js';
import { type GroupFields, groupNamed } from './group.js';
import { checkLaunchSource, describedSource } from './launch-source.js';
import { subnetsOf } from './placement.js';
import { checkFields, checkSizes } from './validation.js';

/** UpdateAutoScalingGroup: what is not said stays; running instances stay as they were launched. */
export function updateGroup(state: WorldState, input: UpdateAutoScalingGroupType): Record<string, never> {
  const group = groupNamed(state, input.AutoScalingGroupName);
  refuseWhileDeleting(group);
  const changes = plainOnly(input);
  const fields = changedFields(state, group.fields, changes);
  checkLaunchSource(state, fields);
  checkFields(state, fields);
  const minSize = input.MinSize ?? group.minSize;
  const maxSize = input.MaxSize ?? group.maxSize;
  const desired = input.DesiredCapacity ?? Math.min(Math.max(group.desired, minSize), maxSize);
  checkSizes({ minSize, maxSize, desired });
  Object.assign(group.fields, fields, describedSource(state, fields));
  Object.assign(group, { minSize, maxSize });
  const request = `a user request update of AutoScalingGroup constraints to min: ${minSize}, max: ${maxSize}, desired: ${desired}`;
  changeDesired(state, group, desired, request);
  return {};
}

/** A new launch source takes the place of the old one, and new subnets bring their zones. */
function changedFields(state: WorldState, before: GroupFields, changes: Partial<GroupFields>): GroupFields {
  const after: GroupFields = { ...before, ...changes };
  const sources = ['LaunchConfigurationName', 'LaunchTemplate', 'MixedInstancesPolicy'] as const;
  if (sources.some((source) => changes[source] !== undefined)) {
    for (const source of sources) if (changes[source] === undefined) after[source] = undefined;
  }
  if (changes.VPCZoneIdentifier !== undefined && changes.AvailabilityZones === undefined) {
    after.AvailabilityZones = [...new Set(subnetsOf(state, after).map((subnet) => subnet.zone))];
  }
  return after;
}
