import { setTimeout as sleep } from 'node:timers/promises';
import {
  AutoScalingClient,
  type AutoScalingGroup,
  CreateAutoScalingGroupCommand,
  CreateLaunchConfigurationCommand,
  DescribeAutoScalingGroupsCommand,
  DescribeLaunchConfigurationsCommand,
  TerminateInstanceInAutoScalingGroupCommand,
} from '@aws-sdk/client-auto-scaling';
import { DescribeInstanceHealthCommand, ElasticLoadBalancingClient } from '@aws-sdk/client-elastic-load-balancing';
import type { Sandbox } from '../../src/sandbox/sandbox.js';
import type { BenchSite } from './ways/way.js';

/** AWS's own clients, led to a sandbox. */
export interface AwsClients {
  readonly scaling: AutoScalingClient;
  readonly balancing: ElasticLoadBalancingClient;
  close(): void;
}

/** Between two polls at speed 1, about as often as AWS's waiters and Terraform do at first. */
const POLL_MS = 2_000;

export function openAwsClients({ endpointUrl: endpoint, region, credentials }: Sandbox): AwsClients {
  const scaling = new AutoScalingClient({ endpoint, region, credentials });
  const balancing = new ElasticLoadBalancingClient({ endpoint, region, credentials });
  return {
    scaling,
    balancing,
    close: () => {
      scaling.destroy();
      balancing.destroy();
    },
  };
}

/**
 * Polls until a condition holds.
 *
 * @throws Error when the time limit of the way is over.
 */
export async function waitFor({ speed, signal }: BenchSite, condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await sleep(POLL_MS / speed, undefined, { signal });
}

/** Undefined once it is deleted. */
export async function findGroup(site: BenchSite, name: string): Promise<AutoScalingGroup | undefined> {
  const answer = await site.aws.scaling.send(new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [name] }));
  return answer.AutoScalingGroups?.[0];
}

/** Ids of all instances of a group, whatever their state. */
export async function listMembers(site: BenchSite, name: string): Promise<string[]> {
  const group = await findGroup(site, name);
  return (group?.Instances ?? []).map(({ InstanceId = '' }) => InstanceId);
}

/** Ids of those that the group and the load balancer both have in service. */
export async function listInService(site: BenchSite, name: string): Promise<string[]> {
  const group = await findGroup(site, name);
  const { InstanceStates = [] } = await site.aws.balancing.send(
    new DescribeInstanceHealthCommand({ LoadBalancerName: site.loadBalancerName }),
  );
  const serving = new Set(InstanceStates.filter(({ State }) => State === 'InService').map((one) => one.InstanceId));
  const members = (group?.Instances ?? []).filter((one) => one.LifecycleState === 'InService');
  return members.map(({ InstanceId = '' }) => InstanceId).filter((id) => serving.has(id));
}

/** A copy of the group's launch configuration with the image to roll onto, as Terraform makes a new one. */
export async function createLaunchConfiguration(site: BenchSite): Promise<string> {
  const group = await findGroup(site, site.groupName);
  const { LaunchConfigurations: [old] = [] } = await site.aws.scaling.send(
    new DescribeLaunchConfigurationsCommand({ LaunchConfigurationNames: [group?.LaunchConfigurationName ?? ''] }),
  );
  const LaunchConfigurationName = `${site.loadBalancerName}-new`;
  await site.aws.scaling.send(
    new CreateLaunchConfigurationCommand({
      LaunchConfigurationName,
      ImageId: site.imageId,
      InstanceType: old?.InstanceType,
      KeyName: old?.KeyName,
      SecurityGroups: old?.SecurityGroups,
      IamInstanceProfile: old?.IamInstanceProfile,
      UserData: old?.UserData,
      BlockDeviceMappings: old?.BlockDeviceMappings,
    }),
  );
  return LaunchConfigurationName;
}

/** A group like the old one, beside it, with as many servers of the new image and the same load balancer. */
export async function createGroupBeside(site: BenchSite, LaunchConfigurationName: string): Promise<string> {
  const old = await findGroup(site, site.groupName);
  const AutoScalingGroupName = `${site.loadBalancerName} - ${LaunchConfigurationName}`;
  await site.aws.scaling.send(
    new CreateAutoScalingGroupCommand({
      AutoScalingGroupName,
      LaunchConfigurationName,
      MinSize: old?.MinSize,
      MaxSize: old?.MaxSize,
      DesiredCapacity: old?.DesiredCapacity,
      VPCZoneIdentifier: old?.VPCZoneIdentifier,
      LoadBalancerNames: old?.LoadBalancerNames,
      Tags: old?.Tags?.map(({ Key, Value, PropagateAtLaunch }) => ({ Key, Value, PropagateAtLaunch })),
    }),
  );
  return AutoScalingGroupName;
}

/** Ends one server of a group by name. @param shrink whether the group launches none in its place */
export async function terminate(site: BenchSite, InstanceId: string, shrink: boolean): Promise<void> {
  await site.aws.scaling.send(
    new TerminateInstanceInAutoScalingGroupCommand({ InstanceId, ShouldDecrementDesiredCapacity: shrink }),
  );
}
