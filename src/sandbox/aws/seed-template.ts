import { defaultUserData } from '../default-user-data.js';
import { securityGroupId } from './seed-balancers.js';
import type { ClusterOptions } from './seed-cluster.js';
import type { World } from './world.js';

/** What the first group launches from: a launch configuration, or a launch template where the account refuses those. */
export function createTemplate(
  world: World,
  templateName: string,
  { image, name, size }: Pick<ClusterOptions, 'image' | 'name' | 'size'>,
) {
  const profile = `arn:aws:iam::${world.accountId}:instance-profile/consul`;
  const common = {
    ImageId: image.imageId,
    InstanceType: 't2.medium',
    KeyName: 'deploy-key',
    UserData: btoa(defaultUserData({ key: 'Name', value: name }, size)),
  } as const;
  const disk = { DeviceName: '/dev/xvda', Ebs: { VolumeType: 'gp2', VolumeSize: 10 } } as const;
  if (world.inside.launchTemplatesOnly) {
    world.call('ec2', 'CreateLaunchTemplate', {
      LaunchTemplateName: templateName,
      LaunchTemplateData: {
        ...common,
        SecurityGroupIds: [securityGroupId(world)],
        IamInstanceProfile: { Arn: profile },
        BlockDeviceMappings: [disk],
      },
    });
    return { LaunchTemplate: { LaunchTemplateName: templateName, Version: '$Latest' } };
  }
  world.call('autoscaling', 'CreateLaunchConfiguration', {
    ...common,
    LaunchConfigurationName: templateName,
    SecurityGroups: [securityGroupId(world)],
    IamInstanceProfile: profile,
    BlockDeviceMappings: [disk],
  });
  return { LaunchConfigurationName: templateName };
}
