import type {
  DescribeAccountLimitsAnswer,
  DescribeTerminationPolicyTypesAnswer,
  SetInstanceProtectionQuery,
} from '@aws-sdk/client-auto-scaling';
import { requireMember, validationFault } from '../fault.js';
import type { AwsState } from '../state.js';
import { getGroup } from './group.js';

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

/** SetInstanceProtection: against being chosen when the group shrinks. */
export function setInstanceProtection(state: AwsState, input: SetInstanceProtectionQuery): Record<string, never> {
  const group = getGroup(state, input.AutoScalingGroupName);
  const protect = requireMember(input.ProtectedFromScaleIn, 'ProtectedFromScaleIn');
  const members = requireMember(input.InstanceIds, 'InstanceIds').map((instanceId) => {
    const member = group.members.get(instanceId);
    if (member !== undefined) return member;
    throw validationFault(`The instance ${instanceId} is not part of Auto Scaling group ${group.name}.`);
  });
  for (const member of members) member.protectedFromScaleIn = protect;
  return {};
}
