import { defaultUserData } from '../default-user-data.js';
import type { SandboxImage } from '../seams.js';
import type { World } from './world.js';

/** The cluster of the article: what its Terraform makes. */
export interface ClusterOptions {
  /** How many servers. */
  readonly size: number;
  /** The name of the load balancer, the launch configuration and the `Name` tag; the group's begins with it. */
  readonly name: string;
  readonly image: SandboxImage;
  /** What the health check's 30 s interval is divided by, down to whole seconds; 1 when left out. */
  readonly checkFactor?: number;
}

/** What was made. */
export interface Cluster {
  readonly loadBalancerName: string;
  /** Where the load balancer listens. */
  readonly loadBalancerAddress: string;
  readonly launchConfigurationName: string;
  readonly groupName: string;
}

/** Consul's HTTP API, on the instances and in front of them. */
const port = 8500;

/** Makes the article's load balancer, launch configuration and group; the instances follow as the world ticks. */
export function createCluster(world: World, options: ClusterOptions): Cluster {
  const { name } = options;
  const loadBalancerAddress = createLoadBalancer(world, options);
  const launchConfigurationName = `${name}-${options.image.name}`;
  world.call('autoscaling', 'CreateLaunchConfiguration', {
    LaunchConfigurationName: launchConfigurationName,
    ImageId: options.image.imageId,
    InstanceType: 't2.medium',
    KeyName: 'deploy-key',
    SecurityGroups: [securityGroupId(world)],
    IamInstanceProfile: `arn:aws:iam::${world.accountId}:instance-profile/consul`,
    UserData: btoa(defaultUserData({ key: 'Name', value: name }, options.size)),
    BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: { VolumeType: 'gp2', VolumeSize: 10 } }],
  });
  const groupName = `${name} - ${launchConfigurationName}`;
  world.call('autoscaling', 'CreateAutoScalingGroup', {
    AutoScalingGroupName: groupName,
    LaunchConfigurationName: launchConfigurationName,
    MinSize: Math.min(3, options.size),
    MaxSize: options.size,
    DesiredCapacity: options.size,
    LoadBalancerNames: [name],
    VPCZoneIdentifier: subnetIds(world).join(','),
    HealthCheckType: 'EC2',
    HealthCheckGracePeriod: 300,
    Tags: [
      {
        ResourceId: groupName,
        ResourceType: 'auto-scaling-group',
        Key: 'Name',
        Value: name,
        PropagateAtLaunch: true,
      },
    ],
  });
  return { loadBalancerName: name, loadBalancerAddress, launchConfigurationName, groupName };
}

function createLoadBalancer(world: World, { name, checkFactor = 1 }: ClusterOptions): string {
  const { DNSName = '' } = world.call('elasticloadbalancing', 'CreateLoadBalancer', {
    LoadBalancerName: name,
    Subnets: subnetIds(world),
    SecurityGroups: [securityGroupId(world)],
    Listeners: [{ Protocol: 'HTTP', LoadBalancerPort: port, InstanceProtocol: 'HTTP', InstancePort: port }],
  });
  world.call('elasticloadbalancing', 'ConfigureHealthCheck', {
    LoadBalancerName: name,
    HealthCheck: {
      Target: `HTTP:${port}/v1/status/leader`,
      Interval: wholeSeconds(30, checkFactor),
      Timeout: wholeSeconds(3, checkFactor),
      HealthyThreshold: 2,
      UnhealthyThreshold: 2,
    },
  });
  world.call('elasticloadbalancing', 'ModifyLoadBalancerAttributes', {
    LoadBalancerName: name,
    LoadBalancerAttributes: { ConnectionDraining: { Enabled: true, Timeout: 60 } },
  });
  return DNSName;
}

function wholeSeconds(seconds: number, factor: number): number {
  return Math.max(1, Math.round(seconds / factor));
}

function subnetIds(world: World): string[] {
  const { Subnets = [] } = world.call('ec2', 'DescribeSubnets', {});
  return Subnets.map((subnet) => subnet.SubnetId ?? '');
}

function securityGroupId(world: World): string {
  const filter = { Name: 'group-name', Values: ['consul'] };
  const { SecurityGroups = [] } = world.call('ec2', 'DescribeSecurityGroups', { Filters: [filter] });
  return SecurityGroups[0]?.GroupId ?? '';
}
