import { afterEach, describe, expect, it } from 'vitest';
import { AwsFault } from '../../../src/sandbox/aws/fault.js';
import { NEW_IMAGE, OLD_IMAGE, openAccount, type SandboxAccount } from './sandbox-account.js';

const open: SandboxAccount[] = [];

async function account(size: number): Promise<SandboxAccount> {
  const opened = await openAccount(size);
  open.push(opened);
  return opened;
}

afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});

describe('a description at the cloud', () => {
  it('joins groups, instances, launch configurations and load balancers', async () => {
    const { cloud, cluster } = await account(3);
    const description = await cloud.describeCluster(
      [cluster.groupName, 'no-such-group'],
      [cluster.launchConfigurationName, 'no-such-template'],
      [cluster.loadBalancerName],
    );
    expect(description.groups).toMatchObject([
      {
        name: cluster.groupName,
        launchSource: { kind: 'launch-configuration', name: cluster.launchConfigurationName },
        imageId: OLD_IMAGE.imageId,
        instanceType: 't2.medium',
        maxSize: 3,
        desired: 3,
        suspendedProcesses: [],
        balancers: [cluster.loadBalancerName],
        deleting: false,
      },
    ]);
    expect(description.launchConfigurations).toEqual([cluster.launchConfigurationName]);
    expect(description.instances).toHaveLength(3);
    for (const instance of description.instances) {
      expect(instance).toMatchObject({
        group: cluster.groupName,
        address: expect.stringMatching(/^127\.67\./),
        imageId: OLD_IMAGE.imageId,
        lifecycle: 'InService',
        balancers: { [cluster.loadBalancerName]: 'in-service' },
      });
      expect(description.groups[0]?.instanceIds).toContain(instance.instanceId);
      expect(instance.launchedAtMs).toBeGreaterThan(Date.UTC(2026, 0, 1));
    }
    expect(description.drainingMs[cluster.loadBalancerName]).toBeGreaterThan(0);
  });

  it('makes as many requests for 50 servers as for 5', async () => {
    const counts: Record<string, number>[] = [];
    for (const size of [5, 50]) {
      const { cloud, cluster, requests } = await account(size);
      const description = await cloud.describeCluster(
        [cluster.groupName],
        [cluster.launchConfigurationName],
        [cluster.loadBalancerName],
      );
      expect(description.instances).toHaveLength(size);
      counts.push(countOf(requests));
    }
    expect(counts[1]).toEqual(counts[0]);
    expect(counts[0]).toEqual({
      DescribeAutoScalingGroups: 1,
      DescribeInstanceHealth: 1,
      DescribeInstances: 1,
      DescribeLaunchConfigurations: 1,
      DescribeLoadBalancerAttributes: 1,
    });
  });

  it('reads the settings of a load balancer once per process', async () => {
    const { cloud, cluster, requests } = await account(3);
    await cloud.describeCluster([cluster.groupName], [], [cluster.loadBalancerName]);
    await cloud.describeCluster([cluster.groupName], [], [cluster.loadBalancerName]);
    expect(countOf(requests)).toMatchObject({ DescribeInstanceHealth: 2, DescribeLoadBalancerAttributes: 1 });
  });

  it('makes no request for no names', async () => {
    const { cloud, requests } = await account(1);
    expect(await cloud.describeCluster([], [], [])).toEqual({
      groups: [],
      instances: [],
      launchConfigurations: [],
      drainingMs: {},
    });
    expect(requests).toEqual([]);
  });

  it('reports why a group cannot launch, in AWS’s words, until it can', async () => {
    const { cloud, cluster, world, advance } = await account(2);
    const failureNow = async () => {
      const { groups } = await cloud.describeCluster([cluster.groupName], [], []);
      return groups[0]?.launchFailure;
    };
    expect(await failureNow()).toBeUndefined();
    world.inside.launchFault = new AwsFault('InsufficientInstanceCapacity', 'We have none left.');
    await cloud.setSizes(cluster.groupName, { maxSize: 3, desired: 3 });
    advance(2_000);
    expect(await failureNow()).toBe('We have none left.  Launching EC2 instance failed.');
    await cloud.suspendProcesses(cluster.groupName, ['Launch']);
    expect(await failureNow()).toBeUndefined();
    await cloud.resumeProcesses(cluster.groupName, ['Launch']);
    world.inside.launchFault = undefined;
    advance(60_000);
    expect(await failureNow()).toBeUndefined();
  });

  it('shows an instance that was terminated outside the roll, and a draining one', async () => {
    const { cloud, cluster, world, advance } = await account(3);
    const before = await cloud.describeCluster([cluster.groupName], [], [cluster.loadBalancerName]);
    const [first, second] = before.instances;
    await cloud.suspendProcesses(cluster.groupName, ['HealthCheck', 'ReplaceUnhealthy', 'Launch']);
    world.call('ec2', 'TerminateInstances', { InstanceIds: [first?.instanceId ?? ''] });
    await cloud.deregister(cluster.loadBalancerName, [second?.instanceId ?? '']);
    advance(60_000);
    const after = await cloud.describeCluster([cluster.groupName], [], [cluster.loadBalancerName]);
    const stateOf = (id: string | undefined) => after.instances.find((each) => each.instanceId === id)?.balancers;
    expect(after.groups[0]?.suspendedProcesses).toEqual(['HealthCheck', 'Launch', 'ReplaceUnhealthy']);
    expect(stateOf(second?.instanceId)).toEqual({ [cluster.loadBalancerName]: 'absent' });
  });
});

describe('the groups of a cluster', () => {
  it('are found by name, by Name tag and by consul-roll’s tag, each once, oldest first', async () => {
    const { cloud, cluster, advance } = await account(1);
    await cloud.createLaunchConfiguration(cluster.launchConfigurationName, 'new-template', NEW_IMAGE.imageId);
    advance(1_000);
    await cloud.createGroup(
      cluster.groupName,
      'consul',
      { kind: 'launch-configuration', name: 'new-template' },
      { 'consul-roll:cluster': 'consul' },
    );
    const found = await cloud.findGroups('consul');
    expect(found.map((group) => group.name)).toEqual([cluster.groupName, 'consul']);
    expect(found.map((group) => group.imageId)).toEqual([OLD_IMAGE.imageId, NEW_IMAGE.imageId]);
    expect(await cloud.findGroups('another')).toEqual([]);
  });

  it('are found by what EC2 has of their servers too, whatever their own tags are', async () => {
    const { cloud, cluster, advance } = await account(2);
    const { groupName } = cluster;
    await cloud.untag(groupName, ['Name']);
    expect(await cloud.findGroupsOfServers({ serverName: 'consul' })).toEqual([groupName]);
    expect(await cloud.findGroupsOfServers({ groupNamePrefix: groupName.slice(0, -1) })).toEqual([groupName]);
    for (const serverName of ['consu?', 'con*', '*', 'consul\\', 'Consul'])
      expect(await cloud.findGroupsOfServers({ serverName })).toEqual([]);
    for (const groupNamePrefix of ['*', 'payments', `${groupName}-`])
      expect(await cloud.findGroupsOfServers({ groupNamePrefix })).toEqual([]);
    await cloud.setSizes(groupName, { minSize: 0, desired: 0 });
    advance(600_000);
    expect(await cloud.findGroupsOfServers({ serverName: 'consul' })).toEqual([]);
  });

  it('show the image of the launch template version they launch', async () => {
    const { cloud, cluster, world } = await account(1);
    const created = world.call('ec2', 'CreateLaunchTemplate', {
      LaunchTemplateName: 'consul-lt',
      LaunchTemplateData: { ImageId: OLD_IMAGE.imageId, InstanceType: 't3.small' },
    });
    world.call('ec2', 'CreateLaunchTemplateVersion', {
      LaunchTemplateName: 'consul-lt',
      LaunchTemplateData: { ImageId: NEW_IMAGE.imageId, InstanceType: 't3.small' },
    });
    const LaunchTemplateId = created.LaunchTemplate?.LaunchTemplateId;
    const group = (name: string, Version: string) =>
      world.call('autoscaling', 'CreateAutoScalingGroup', {
        AutoScalingGroupName: name,
        LaunchTemplate: { LaunchTemplateId, Version },
        MinSize: 0,
        MaxSize: 1,
        AvailabilityZones: ['eu-west-1a'],
      });
    group('by-latest', '$Latest');
    group('by-default', '$Default');
    const description = await cloud.describeCluster(['by-latest', 'by-default', cluster.groupName], [], []);
    const of = (name: string) => description.groups.find((each) => each.name === name);
    expect(of('by-latest')).toMatchObject({
      launchSource: { kind: 'launch-template', name: 'consul-lt', version: '$Latest', resolved: 2 },
      imageId: NEW_IMAGE.imageId,
      instanceType: 't3.small',
    });
    expect(of('by-default')).toMatchObject({
      launchSource: { version: '$Default', resolved: 1 },
      imageId: OLD_IMAGE.imageId,
    });
  });
});

function countOf(requests: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const request of requests) counts[request] = (counts[request] ?? 0) + 1;
  return counts;
}
