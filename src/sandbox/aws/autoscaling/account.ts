import type {
  DescribeAccountLimitsAnswer,
  DescribeTerminationPolicyTypesAnswer,
  SetInstanceProtectionQuery,
} from '@aws-sdk/client-auto-scaling';
import { requireMember, validationFault } from '../fault.js';
import type { AwsState } from '../state.js';
import { getGroup } from './group.js';
import { reconcileSoon } from './reconcile.js';

/** DescribeAccountLimits: AWS's own defaults, and what is used of them. */
export function describeAccountLimits(state: AwsState): DescribeAccountLimitsAnswer {
  return {
    MaxNumberOfAutoScalingGroups: 500,
    MaxNumberOfLaunchConfigurations: 200,
    NumberOfAutoScalingGroups: state.groups.size,
    NumberOfLaunchConfigurations: state.launchConfigurations.size,
  };
}

/** DescribeTerminationPolicyTypes: those that the sandbox follows. */
export function describeTerminationPolicyTypes(): DescribeTerminationPolicyTypesAnswer {
  return { TerminationPolicyTypes: ['Default', 'NewestInstance', 'OldestInstance'] };
}

/** States in which the protection of an instance can be changed. */
const protectableStates = ['InService', 'EnteringStandby', 'Standby'];
const maxProtectedAtOnce = 50;

/** SetInstanceProtection: of all named instances or of none. The group then acts on what may be chosen now. */
export function setInstanceProtection(state: AwsState, input: SetInstanceProtectionQuery): Record<string, never> {
  const group = getGroup(state, input.AutoScalingGroupName);
  const protect = requireMember(input.ProtectedFromScaleIn, 'ProtectedFromScaleIn');
  const ids = requireMember(input.InstanceIds, 'InstanceIds');
  if (ids.length > maxProtectedAtOnce) {
    throw validationFault(`The number of instance IDs (${ids.length}) exceeds the limit of ${maxProtectedAtOnce}.`);
  }
  const members = ids.map((instanceId) => {
    const member = group.members.get(instanceId);
    if (member === undefined)
      throw validationFault(`The instance ${instanceId} is not part of Auto Scaling group ${group.name}.`);
    if (protectableStates.includes(member.lifecycle)) return member;
    throw validationFault(`The instance ${instanceId} is not in InService or EnteringStandby or Standby.`);
  });
  for (const member of members) member.protectedFromScaleIn = protect;
  if (!protect) reconcileSoon(state, group);
  return {};
}
