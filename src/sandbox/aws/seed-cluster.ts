import type { BootScriptRenderer, SandboxImage } from '../interfaces.js';
import type { SandboxAws } from './sandbox-aws.js';
import {
  getSecurityGroupId,
  type LoadBalancerChoice,
  listSubnetIds,
  type SeededLoadBalancer,
  seedLoadBalancers,
} from './seed-load-balancers.js';

/** The cluster of the article: what its Terraform makes. */
export interface SeedClusterOptions {
  /** How many servers. */
  readonly size: number;
  /** The name of the classic load balancer, the target group and the `Name` tag; all others begin with it. */
  readonly name: string;
  readonly image: SandboxImage;
  readonly renderBootScript: BootScriptRenderer;
  /** What the health check's 30 s interval is divided by, down to whole seconds; 1 when left out. */
  readonly checkFactor?: number;
  /** What is in front of it; a classic load balancer, as in the article, when left out. */
  readonly loadBalancer?: LoadBalancerChoice;
  /** The name of the group and of what it launches from, for instance that of an earlier roll. */
  readonly groupName?: string;
}

/** What was made. */
export interface SeededCluster {
  /** For `--cluster`. */
  readonly name: string;
  /** Of the load balancer that clients use: of two, the application load balancer. */
  readonly loadBalancerName: string;
  /** Where that one listens. */
  readonly loadBalancerAddress: string;
  /** All load balancers. */
  readonly loadBalancers: readonly SeededLoadBalancer[];
  /** Of the launch template where the account refuses launch configurations. */
  readonly launchConfigurationName: string;
  readonly groupName: string;
}

/** Makes the article's load balancer, launch configuration and group; the instances follow as the account ticks. */
export function seedCluster(aws: SandboxAws, options: SeedClusterOptions): SeededCluster {
  const { name } = options;
  const { loadBalancers, main } = seedLoadBalancers(aws, options);
  const launchConfigurationName = options.groupName ?? `${name}-${options.image.name}`;
  const source = seedLaunchTemplate(aws, launchConfigurationName, options);
  const { groupName = `${name} - ${launchConfigurationName}` } = options;
  aws.call('autoscaling', 'CreateAutoScalingGroup', {
    AutoScalingGroupName: groupName,
    ...source,
    MinSize: Math.min(3, options.size),
    MaxSize: options.size,
    DesiredCapacity: options.size,
    LoadBalancerNames: loadBalancers.filter((each) => each.kind === 'classic').map((each) => each.pool),
    TargetGroupARNs: loadBalancers.filter((each) => each.kind !== 'classic').map((each) => each.pool),
    VPCZoneIdentifier: listSubnetIds(aws).join(','),
    HealthCheckType: 'EC2',
    HealthCheckGracePeriod: 300,
    Tags: [
      { ResourceId: groupName, ResourceType: 'auto-scaling-group', Key: 'Name', Value: name, PropagateAtLaunch: true },
    ],
  });
  return {
    name,
    loadBalancerName: main.loadBalancerName,
    loadBalancerAddress: main.address,
    loadBalancers,
    launchConfigurationName,
    groupName,
  };
}

/** What the first group launches from: a launch configuration, or a launch template where the account refuses those. */
function seedLaunchTemplate(
  aws: SandboxAws,
  templateName: string,
  { image, name, size, renderBootScript }: SeedClusterOptions,
) {
  const profile = `arn:aws:iam::${aws.accountId}:instance-profile/consul`;
  const common = {
    ImageId: image.imageId,
    InstanceType: 't2.medium',
    KeyName: 'deploy-key',
    UserData: btoa(renderBootScript({ key: 'Name', value: name }, size)),
  } as const;
  const disk = { DeviceName: '/dev/xvda', Ebs: { VolumeType: 'gp2', VolumeSize: 10 } } as const;
  if (aws.inside.launchTemplatesOnly) {
    aws.call('ec2', 'CreateLaunchTemplate', {
      LaunchTemplateName: templateName,
      LaunchTemplateData: {
        ...common,
        SecurityGroupIds: [getSecurityGroupId(aws)],
        IamInstanceProfile: { Arn: profile },
        BlockDeviceMappings: [disk],
      },
    });
    return { LaunchTemplate: { LaunchTemplateName: templateName, Version: '$Latest' } };
  }
  aws.call('autoscaling', 'CreateLaunchConfiguration', {
    ...common,
    LaunchConfigurationName: templateName,
    SecurityGroups: [getSecurityGroupId(aws)],
    IamInstanceProfile: profile,
    BlockDeviceMappings: [disk],
  });
  return { LaunchConfigurationName: templateName };
}
