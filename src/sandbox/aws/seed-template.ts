import { getSecurityGroupId } from './seed-balancers.js';
import type { SeedClusterOptions } from './seed-cluster.js';
import type { SandboxAws } from './world.js';

/** What the first group launches from: a launch configuration, or a launch template where the account refuses those. */
export function seedLaunchTemplate(
  world: SandboxAws,
  templateName: string,
  { image, name, size, renderBootScript }: SeedClusterOptions,
) {
  const profile = `arn:aws:iam::${world.accountId}:instance-profile/consul`;
  const common = {
    ImageId: image.imageId,
    InstanceType: 't2.medium',
    KeyName: 'deploy-key',
    UserData: btoa(renderBootScript({ key: 'Name', value: name }, size)),
  } as const;
  const disk = { DeviceName: '/dev/xvda', Ebs: { VolumeType: 'gp2', VolumeSize: 10 } } as const;
  if (world.inside.launchTemplatesOnly) {
    world.call('ec2', 'CreateLaunchTemplate', {
      LaunchTemplateName: templateName,
      LaunchTemplateData: {
        ...common,
        SecurityGroupIds: [getSecurityGroupId(world)],
        IamInstanceProfile: { Arn: profile },
        BlockDeviceMappings: [disk],
      },
    });
    return { LaunchTemplate: { LaunchTemplateName: templateName, Version: '$Latest' } };
  }
  world.call('autoscaling', 'CreateLaunchConfiguration', {
    ...common,
    LaunchConfigurationName: templateName,
    SecurityGroups: [getSecurityGroupId(world)],
    IamInstanceProfile: profile,
    BlockDeviceMappings: [disk],
  });
  return { LaunchConfigurationName: templateName };
}
