import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { NEW_IMAGE, OLD_IMAGE, openAccount, type SandboxAccount } from './sandbox-account.js';

const MARK = 'consul-roll 7f3a: ami-2 for consul-7f3a';
let account: SandboxAccount;
let id: string;

beforeEach(async () => {
  account = await openAccount(1);
  const LaunchTemplateData = {
    ImageId: OLD_IMAGE.imageId,
    InstanceType: 't3.medium' as const,
    UserData: btoa('#!/bin/sh\n'),
    BlockDeviceMappings: [{ DeviceName: '/dev/sdf', Ebs: { SnapshotId: 'snap-data', VolumeSize: 100 } }],
  };
  const { LaunchTemplate } = account.world.call('ec2', 'CreateLaunchTemplate', {
    LaunchTemplateName: 'consul-lt',
    LaunchTemplateData,
  });
  id = LaunchTemplate?.LaunchTemplateId ?? '';
});
afterEach(() => account.close());

const versions = () =>
  account.world.call('ec2', 'DescribeLaunchTemplateVersions', { LaunchTemplateId: id }).LaunchTemplateVersions ?? [];
const seen = async (mark = MARK, after = 1) =>
  (await account.cloud.describeCluster([], [], [], { id, name: 'consul-lt', description: mark, afterVersion: after }))
    .launchTemplate;
const group = (name: string, launch: object) =>
  account.world.call('autoscaling', 'CreateAutoScalingGroup', {
    AutoScalingGroupName: name,
    MinSize: 0,
    MaxSize: 1,
    AvailabilityZones: ['eu-west-1a'],
    ...launch,
  });
const groupNow = (name: string) =>
  account.world.call('autoscaling', 'DescribeAutoScalingGroups', { AutoScalingGroupNames: [name] })
    .AutoScalingGroups?.[0];

describe('user data', () => {
  it('is read from a launch configuration, and from the version that a group launches', async () => {
    const { cloud, world } = account;
    const LaunchTemplateData = { UserData: btoa('#!/bin/bash\n') };
    world.call('ec2', 'CreateLaunchTemplateVersion', { LaunchTemplateId: id, SourceVersion: '1', LaunchTemplateData });
    const from = {
      kind: 'launch-template',
      id,
      name: 'consul-lt',
      version: '$Latest',
      defaultVersion: 1,
      mixed: false,
    } as const;
    expect(await cloud.readUserData({ ...from, resolved: 2 })).toBe(btoa('#!/bin/bash\n'));
    expect(await cloud.readUserData({ ...from, resolved: 1 })).toBe(btoa('#!/bin/sh\n'));
    const LaunchConfigurationName = 'lc';
    const launch = { ImageId: OLD_IMAGE.imageId, InstanceType: 't3.medium', UserData: btoa('#!/bin/sh\n') };
    world.call('autoscaling', 'CreateLaunchConfiguration', { LaunchConfigurationName, ...launch });
    expect(await cloud.readUserData({ kind: 'launch-configuration', name: 'lc' })).toBe(btoa('#!/bin/sh\n'));
    expect(await cloud.readUserData({ kind: 'launch-configuration', name: 'missing' })).toBeUndefined();
  });
});

describe('a new version of a launch template', () => {
  it('equals its source except for the image and its snapshots', async () => {
    await account.cloud.createLaunchTemplateVersion({ id, version: 1 }, MARK, NEW_IMAGE.imageId);
    const [made, original] = versions();
    expect(made).toMatchObject({ VersionNumber: 2, VersionDescription: MARK, DefaultVersion: false });
    expect(made?.LaunchTemplateData).toEqual({ ...original?.LaunchTemplateData, ImageId: NEW_IMAGE.imageId });
  });

  it('is created once, even while the first one is not listed yet', async () => {
    await account.cloud.createLaunchTemplateVersion({ id, version: 1 }, MARK, NEW_IMAGE.imageId);
    await account.cloud.createLaunchTemplateVersion({ id, version: 1 }, MARK, NEW_IMAGE.imageId);
    expect(versions()).toHaveLength(2);
    const record = account.world.inside.launchTemplates.get(id);
    const hidden = record?.versions.get(2);
    record?.versions.set(2, { ...hidden, VersionDescription: 'not shown yet' });
    await account.cloud.createLaunchTemplateVersion({ id, version: 1 }, MARK, NEW_IMAGE.imageId);
    expect(versions()).toHaveLength(2);
  });

  it('is found by its description, after its source version', async () => {
    expect(await seen()).toEqual({
      id,
      name: 'consul-lt',
      defaultVersion: 1,
      latestVersion: 1,
      rollVersion: undefined,
    });
    await account.cloud.createLaunchTemplateVersion({ id, version: 1 }, 'another roll', NEW_IMAGE.imageId);
    await account.cloud.createLaunchTemplateVersion({ id, version: 1 }, MARK, NEW_IMAGE.imageId);
    expect(await seen()).toMatchObject({ latestVersion: 3, rollVersion: 3 });
    expect(await seen(MARK, 3)).toMatchObject({ rollVersion: undefined });
  });

  it('refuses a source version that does not exist', async () => {
    const refused = account.cloud.createLaunchTemplateVersion({ id, version: 7 }, MARK, NEW_IMAGE.imageId);
    await expect(refused).rejects.toMatchObject({ code: 'launch-source-not-found' });
  });

  it('can be set as the default, and is then not deleted', async () => {
    const { cloud } = account;
    await cloud.createLaunchTemplateVersion({ id, version: 1 }, MARK, NEW_IMAGE.imageId);
    await cloud.setDefaultLaunchTemplateVersion(id, 2);
    expect(await seen()).toMatchObject({ defaultVersion: 2 });
    await expect(cloud.deleteLaunchTemplateVersion(id, 2)).rejects.toMatchObject({ code: 'version-kept' });
    await cloud.setDefaultLaunchTemplateVersion(id, 1);
    await cloud.deleteLaunchTemplateVersion(id, 2);
    await cloud.deleteLaunchTemplateVersion(id, 2);
    expect(await seen()).toEqual({
      id,
      name: 'consul-lt',
      defaultVersion: 1,
      latestVersion: 1,
      rollVersion: undefined,
    });
    await cloud.deleteLaunchTemplate(id);
    await cloud.deleteLaunchTemplateVersion(id, 2);
  });
});

describe('setLaunchSource', () => {
  it('sets a version, an alias or a launch configuration', async () => {
    const { cloud, cluster } = account;
    group('g', { LaunchTemplate: { LaunchTemplateId: id, Version: '$Latest' } });
    await cloud.setLaunchSource('g', { kind: 'launch-template', id, name: 'consul-lt', version: '1' });
    expect(groupNow('g')?.LaunchTemplate).toMatchObject({ LaunchTemplateId: id, Version: '1' });
    await cloud.setLaunchSource('g', { kind: 'launch-template', id, name: 'consul-lt', version: '$Default' });
    expect(groupNow('g')?.LaunchTemplate).toMatchObject({ Version: '$Default' });
    await cloud.setLaunchSource('g', { kind: 'launch-configuration', name: cluster.launchConfigurationName });
    expect(groupNow('g')).toMatchObject({ LaunchConfigurationName: cluster.launchConfigurationName });
    expect(groupNow('g')?.LaunchTemplate).toBeUndefined();
  });

  it('keeps a mixed instances policy, with another version in it', async () => {
    const LaunchTemplateSpecification = { LaunchTemplateId: id, Version: '$Latest' };
    const Overrides = [{ InstanceType: 't3.medium' }, { InstanceType: 't3.large' }];
    const InstancesDistribution = { OnDemandBaseCapacity: 3, SpotAllocationStrategy: 'capacity-optimized' };
    const MixedInstancesPolicy = { LaunchTemplate: { LaunchTemplateSpecification, Overrides }, InstancesDistribution };
    group('g', { MixedInstancesPolicy });
    await account.cloud.setLaunchSource('g', { kind: 'launch-template', id, name: 'consul-lt', version: '1' });
    expect(groupNow('g')?.MixedInstancesPolicy).toMatchObject({
      LaunchTemplate: { LaunchTemplateSpecification: { LaunchTemplateId: id, Version: '1' }, Overrides },
      InstancesDistribution,
    });
    expect(groupNow('g')?.LaunchTemplate).toBeUndefined();
  });
});

describe('reads for the plan', () => {
  it('finds every group that uses the launch template, also in overrides', async () => {
    const own = { LaunchTemplateId: id, Version: '$Latest' };
    const other = account.world.call('ec2', 'CreateLaunchTemplate', {
      LaunchTemplateName: 'other',
      LaunchTemplateData: { ImageId: OLD_IMAGE.imageId, InstanceType: 't3.medium' },
    }).LaunchTemplate?.LaunchTemplateId;
    group('plain', { LaunchTemplate: { LaunchTemplateId: id } });
    group('mixed', { MixedInstancesPolicy: { LaunchTemplate: { LaunchTemplateSpecification: own } } });
    const Overrides = [
      { InstanceType: 'm6g.large', LaunchTemplateSpecification: { LaunchTemplateId: id, Version: '1' } },
    ];
    const LaunchTemplateSpecification = { LaunchTemplateId: other, Version: '1' };
    group('override', { MixedInstancesPolicy: { LaunchTemplate: { LaunchTemplateSpecification, Overrides } } });
    group('stranger', { LaunchTemplate: { LaunchTemplateId: other } });
    expect(await account.cloud.listLaunchTemplateUsers(id)).toEqual([
      { group: 'plain', version: '$Default' },
      { group: 'mixed', version: '$Latest' },
      { group: 'override', version: '1' },
    ]);
  });

  it('lists what of a group cannot be copied', async () => {
    const { cloud, cluster, world } = account;
    expect(await cloud.listNotCopied(cluster.groupName)).toEqual([]);
    const record = world.inside.groups.get(cluster.groupName);
    record?.tags.set('aws:cloudformation:stack-name', { value: 'consul', propagate: true });
    const named = { AutoScalingGroupName: cluster.groupName };
    world.call('autoscaling', 'PutScalingPolicy', {
      ...named,
      PolicyName: 'grow',
      PolicyType: 'SimpleScaling',
      AdjustmentType: 'ChangeInCapacity',
      ScalingAdjustment: 1,
    });
    const policy = record?.policies.get('grow');
    record?.policies.set('grow', { ...policy, Alarms: [{ AlarmName: 'cpu-high', AlarmARN: 'arn' }] });
    world.call('autoscaling', 'PutScheduledUpdateGroupAction', {
      ...named,
      ScheduledActionName: 'once',
      StartTime: new Date(0),
      DesiredCapacity: 1,
    });
    const [InstanceId = ''] = record?.members.keys() ?? [];
    const of = { ...named, InstanceIds: [InstanceId], ProtectedFromScaleIn: true };
    world.call('autoscaling', 'SetInstanceProtection', of);
    expect(await cloud.listNotCopied(cluster.groupName)).toEqual([
      expect.stringContaining('aws:cloudformation:stack-name'),
      expect.stringContaining(`protection of ${InstanceId}`),
      expect.stringMatching(/cpu-high.*grow/),
      expect.stringContaining('once'),
    ]);
    const NewInstancesProtectedFromScaleIn = true;
    world.call('autoscaling', 'UpdateAutoScalingGroup', { ...named, NewInstancesProtectedFromScaleIn });
    expect((await cloud.listNotCopied(cluster.groupName)).join('\n')).not.toContain(InstanceId);
  });
});

describe('a warm pool', () => {
  it('is copied, and deleted repeatedly', async () => {
    const { cloud, cluster, world } = account;
    group('g', { LaunchTemplate: { LaunchTemplateId: id } });
    const pool = {
      MaxGroupPreparedCapacity: 4,
      MinSize: 1,
      PoolState: 'Hibernated',
      InstanceReusePolicy: { ReuseOnScaleIn: true },
    } as const;
    world.call('autoscaling', 'PutWarmPool', { AutoScalingGroupName: cluster.groupName, ...pool });
    await cloud.copyWarmPool(cluster.groupName, 'g');
    expect(groupNow('g')?.WarmPoolConfiguration).toEqual(pool);
    expect((await cloud.describeCluster(['g'], [], [])).groups).toMatchObject([{ warmPool: 'there' }]);
    await expect(cloud.deleteGroup('g')).rejects.toMatchObject({ code: 'group-in-use' });
    await cloud.deleteWarmPool('g');
    await cloud.deleteWarmPool('g');
    expect((await cloud.describeCluster(['g'], [], [])).groups).toMatchObject([{ warmPool: 'none' }]);
    await cloud.deleteGroup('g');
  });
});
