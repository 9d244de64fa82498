import type { SandboxAws } from '../../src/sandbox/aws/sandbox-aws.js';

/** What each describe call of the account answers, in a form that can be compared with itself later. */
export type Account = Readonly<Record<string, unknown>>;

const ALIVE = { Filters: [{ Name: 'instance-state-name', Values: ['pending', 'running', 'shutting-down'] }] };

/**
 * Every resource that a roll could have touched: groups with their sizes, processes, instances and tags, launch
 * configurations and templates, load balancers with what is registered there and how healthy it is, instances that
 * live, and tags. Left out is what only tells of the past: scaling activities and terminated instances.
 */
export function readAccount(world: SandboxAws): Account {
  const { AutoScalingGroups: groups = [] } = world.call('autoscaling', 'DescribeAutoScalingGroups', {});
  const { LoadBalancerDescriptions: balancers = [] } = world.call('elasticloadbalancing', 'DescribeLoadBalancers', {});
  return {
    groups,
    parts: groups.map(({ AutoScalingGroupName = '' }) => readGroupParts(world, AutoScalingGroupName)),
    configurations: world.call('autoscaling', 'DescribeLaunchConfigurations', {}).LaunchConfigurations,
    templates: world.call('ec2', 'DescribeLaunchTemplates', {}).LaunchTemplates,
    versions: world.call('ec2', 'DescribeLaunchTemplateVersions', {}).LaunchTemplateVersions,
    groupTags: world.call('autoscaling', 'DescribeTags', {}).Tags,
    members: world.call('autoscaling', 'DescribeAutoScalingInstances', {}).AutoScalingInstances,
    balancers,
    traffic: balancers.map(({ LoadBalancerName = '' }) => readLoadBalancer(world, LoadBalancerName)),
    instances: world.call('ec2', 'DescribeInstances', ALIVE).Reservations,
    instanceTags: readLiveTags(world),
  };
}

/** What hangs on a group without being shown by its own description. */
function readGroupParts(world: SandboxAws, AutoScalingGroupName: string): object {
  const named = { AutoScalingGroupName };
  return {
    hooks: world.call('autoscaling', 'DescribeLifecycleHooks', named).LifecycleHooks,
    policies: world.call('autoscaling', 'DescribePolicies', named).ScalingPolicies,
    schedule: world.call('autoscaling', 'DescribeScheduledActions', named).ScheduledUpdateGroupActions,
    notifications: world.call('autoscaling', 'DescribeNotificationConfigurations', {
      AutoScalingGroupNames: [AutoScalingGroupName],
    }).NotificationConfigurations,
    balancers: world.call('autoscaling', 'DescribeLoadBalancers', named).LoadBalancers,
    targets: world.call('autoscaling', 'DescribeLoadBalancerTargetGroups', named).LoadBalancerTargetGroups,
  };
}

function readLoadBalancer(world: SandboxAws, LoadBalancerName: string): object {
  const named = { LoadBalancerName };
  return {
    health: world.call('elasticloadbalancing', 'DescribeInstanceHealth', named).InstanceStates,
    attributes: world.call('elasticloadbalancing', 'DescribeLoadBalancerAttributes', named).LoadBalancerAttributes,
    tags: world.call('elasticloadbalancing', 'DescribeTags', { LoadBalancerNames: [LoadBalancerName] }).TagDescriptions,
  };
}

function readLiveTags(world: SandboxAws): readonly unknown[] {
  const living = new Set(listLiveServers(world).map(({ instanceId }) => instanceId));
  const { Tags = [] } = world.call('ec2', 'DescribeTags', {});
  return Tags.filter(({ ResourceId = '' }) => !ResourceId.startsWith('i-') || living.has(ResourceId));
}

/** An instance that EC2 runs. */
export interface LiveServer {
  readonly instanceId: string;
  readonly address: string;
  readonly imageId: string;
}

/** Every instance with an address, oldest first. */
export function listLiveServers(world: SandboxAws): LiveServer[] {
  const { Reservations = [] } = world.call('ec2', 'DescribeInstances', {});
  return Reservations.flatMap(({ Instances = [] }) => Instances)
    .filter(({ PrivateIpAddress }) => PrivateIpAddress !== undefined)
    .sort((a, b) => Number(a.LaunchTime) - Number(b.LaunchTime))
    .map(({ InstanceId = '', PrivateIpAddress = '', ImageId = '' }) => ({
      instanceId: InstanceId,
      address: PrivateIpAddress,
      imageId: ImageId,
    }));
}
