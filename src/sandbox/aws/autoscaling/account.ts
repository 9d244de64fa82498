import type {
  DescribeAccountLimitsAnswer,
  DescribeInstanceRefreshesAnswer,
  DescribeInstanceRefreshesType,
  DescribeTerminationPolicyTypesAnswer,
  SetInstanceProtectionQuery,
  StartInstanceRefreshType,
} from '@aws-sdk/client-auto-scaling';
import { AwsFault, required, validationError } from '../fault.js';
import type { WorldState } from '../state.js';
import { groupNamed } from './group.js';

/** DescribeAccountLimits: AWS's own defaults, and what is used of them. */
export function describeAccountLimits(state: WorldState): DescribeAccountLimitsAnswer {
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

/** DescribeInstanceRefreshes: there never is one. */
export function describeInstanceRefreshes(
  state: WorldState,
  input: DescribeInstanceRefreshesType,
): DescribeInstanceRefreshesAnswer {
  groupNamed(state, input.AutoScalingGroupName);
  return { InstanceRefreshes: [] };
}

/** StartInstanceRefresh: refused; the sandbox rolls no group by itself. */
export function startInstanceRefresh(state: WorldState, input: StartInstanceRefreshType): never {
  groupNamed(state, input.AutoScalingGroupName);
  throw new AwsFault('UnsupportedOperation', 'The sandbox does not implement instance refresh.');
}

/** SetInstanceProtection: against being chosen when the group shrinks. */
export function setInstanceProtection(
  state: WorldState,
  input: SetInstanceProtectionQuery,
): Record<string, never> {
  const group = groupNamed(state, input.AutoScalingGroupName);
  const protect = required(input.ProtectedFromScaleIn, 'ProtectedFromScaleIn');
  const members = required(input.InstanceIds, 'InstanceIds').map((instanceId) => {
    const member = group.members.get(instanceId);
    if (member !== undefined) return member;
    throw validationError(`The instance ${instanceId} is not part of Auto Scaling group ${group.name}.`);
  });
  for (const member of members) member.protectedFromScaleIn = protect;
  return {};
}
