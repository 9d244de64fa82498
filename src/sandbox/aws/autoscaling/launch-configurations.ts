import type {
  CreateLaunchConfigurationType,
  LaunchConfiguration,
  LaunchConfigurationNamesType,
  LaunchConfigurationNameType,
  LaunchConfigurationsType,
} from '@aws-sdk/client-auto-scaling';
import { AwsFault, requireMember, resourceInUseFault, validationFault } from '../fault.js';
import { getPage } from '../paging.js';
import { deepCopy, dropUndefined } from '../plain-data.js';
import { type AwsState, currentDate } from '../state.js';

/** CreateLaunchConfiguration: not in every account; names are unique; AWS's defaults apply. */
export function createLaunchConfiguration(
  state: AwsState,
  input: CreateLaunchConfigurationType,
): Record<string, never> {
  const name = requireMember(input.LaunchConfigurationName, 'LaunchConfigurationName');
  if (state.launchTemplatesOnly) {
    throw new AwsFault(
      'UnsupportedOperation',
      'The Launch Configuration creation operation is not available in your account. Use launch templates to create configuration templates for your Auto Scaling groups.',
    );
  }
  if (state.launchConfigurations.has(name)) {
    throw new AwsFault(
      'AlreadyExists',
      `Launch Configuration by this name already exists - A launch configuration already exists with the name ${name}`,
    );
  }
  if (input.InstanceId !== undefined) {
    throw validationFault('The sandbox creates launch configurations from their members only, not from an InstanceId.');
  }
  state.launchConfigurations.set(name, described(state, name, input));
  return {};
}

function described(state: AwsState, name: string, input: CreateLaunchConfigurationType): LaunchConfiguration {
  const { InstanceId: _, ImageId, InstanceType, ...kept } = input;
  if (ImageId === undefined)
    throw validationFault(
      'Valid requests must contain either the InstanceID parameter or both the ImageId and InstanceType parameters.',
    );
  if (!state.images.has(ImageId))
    throw validationFault(`AMI cannot be described: The image id '[${ImageId}]' does not exist`);
  return {
    KernelId: '',
    RamdiskId: '',
    KeyName: '',
    UserData: '',
    SecurityGroups: [],
    BlockDeviceMappings: [],
    ClassicLinkVPCSecurityGroups: [],
    EbsOptimized: false,
    InstanceMonitoring: { Enabled: true },
    ...dropUndefined(deepCopy(kept)),
    LaunchConfigurationName: name,
    LaunchConfigurationARN: `arn:aws:autoscaling:${state.region}:${state.accountId}:launchConfiguration:${state.ids.uuid()}:launchConfigurationName/${name}`,
    ImageId,
    InstanceType: requireMember(InstanceType, 'InstanceType'),
    CreatedTime: currentDate(state),
  };
}

/** DescribeLaunchConfigurations: by name (an unknown one is left out), or all of them, in pages. */
export function describeLaunchConfigurations(
  state: AwsState,
  input: LaunchConfigurationNamesType,
): LaunchConfigurationsType {
  const names = input.LaunchConfigurationNames ?? [];
  const all = [...state.launchConfigurations.values()];
  const chosen = names.length === 0 ? all : all.filter((one) => names.includes(one.LaunchConfigurationName ?? ''));
  const page = getPage(chosen, input.NextToken, input.MaxRecords, { defaultSize: 50, maxSize: 100 });
  return { LaunchConfigurations: page.items, NextToken: page.nextToken };
}

/** DeleteLaunchConfiguration: refused while a group launches from it. */
export function deleteLaunchConfiguration(state: AwsState, input: LaunchConfigurationNameType): Record<string, never> {
  const name = requireMember(input.LaunchConfigurationName, 'LaunchConfigurationName');
  if (!state.launchConfigurations.has(name)) {
    throw validationFault(`Launch configuration name not found - Launch configuration ${name} not found`);
  }
  for (const group of state.groups.values()) {
    if (group.fields.LaunchConfigurationName !== name) continue;
    throw resourceInUseFault(
      `Cannot delete launch configuration ${name} because it is attached to AutoScalingGroup ${group.name}`,
    );
  }
  state.launchConfigurations.delete(name);
  return {};
}
