import {
  type AutoScalingGroup,
  CreateAutoScalingGroupCommand,
  type CreateAutoScalingGroupCommandInput,
  CreateLaunchConfigurationCommand,
  DescribeAutoScalingGroupsCommand,
  type Instance,
} from '@aws-sdk/client-auto-scaling';
import { DescribeInstanceHealthCommand, type InstanceState } from '@aws-sdk/client-elastic-load-balancing';
import { renderDefaultBootScript } from '../../../src/lib/create/boot/script.js';
import { getImage } from '../../../src/sandbox/aws/images.js';
import { seedCluster } from '../../../src/sandbox/aws/seed-cluster.js';
import type { Account } from './account.js';

/** Long enough for an instance of a good image to boot and to be in service everywhere. */
export const settleMs = 120_000;

/** The names of the article's cluster. */
export const clusterGroup = 'consul - consul-consul-v1';
export const clusterConfiguration = 'consul-consul-v1';

/** Makes the article's cluster and waits until it is in service. */
export function settledCluster(account: Account, size = 5): void {
  seedCluster(account.world, {
    renderBootScript: renderDefaultBootScript,
    size,
    name: 'consul',
    image: getImage('consul-v1'),
  });
  account.advance(settleMs);
}

/** Makes a launch configuration called `lc` and a group called `g` on it, without a load balancer. */
export async function makeGroup(
  account: Account,
  change: Partial<CreateAutoScalingGroupCommandInput> = {},
): Promise<void> {
  await account.scaling.send(
    new CreateLaunchConfigurationCommand({
      LaunchConfigurationName: 'lc',
      ImageId: getImage('consul-v1').imageId,
      InstanceType: 't2.medium',
    }),
  );
  await account.scaling.send(
    new CreateAutoScalingGroupCommand({
      AutoScalingGroupName: 'g',
      LaunchConfigurationName: 'lc',
      MinSize: 1,
      MaxSize: 5,
      DesiredCapacity: 3,
      AvailabilityZones: ['eu-west-1a', 'eu-west-1b', 'eu-west-1c'],
      ...change,
    }),
  );
}

/** A group as it is described now. */
export async function groupNow(account: Account, name = 'g'): Promise<AutoScalingGroup> {
  const command = new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [name] });
  const { AutoScalingGroups = [] } = await account.scaling.send(command);
  const [group] = AutoScalingGroups;
  if (group === undefined) throw new Error(`no group ${name}`);
  return group;
}

/** The instances of a group now. */
export async function instancesOf(account: Account, name = 'g'): Promise<Instance[]> {
  return (await groupNow(account, name)).Instances ?? [];
}

/** The ids of a group's instances now. */
export async function idsOf(account: Account, name = 'g'): Promise<string[]> {
  return (await instancesOf(account, name)).map((instance) => instance.InstanceId ?? '');
}

/** What the load balancer says of its instances now. */
export async function healthNow(account: Account, name = 'consul'): Promise<InstanceState[]> {
  const { InstanceStates = [] } = await account.balancing.send(
    new DescribeInstanceHealthCommand({ LoadBalancerName: name }),
  );
  return InstanceStates;
}
