import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { NEW_IMAGE, openAccount, type SandboxAccount } from './sandbox-account.js';

const TAGS = { 'consul-roll:cluster': 'consul', 'consul-roll:roll': '7f3a' };
const NEW_TEMPLATE = { kind: 'launch-configuration', name: 'new-template' } as const;
let account: SandboxAccount;
let from: string;
let fromTemplate: string;

beforeEach(async () => {
  account = await openAccount(3);
  from = account.cluster.groupName;
  fromTemplate = account.cluster.launchConfigurationName;
});

afterEach(async () => {
  await account.close();
});

const templateNamed = (name: string) => {
  const LaunchConfigurationNames = [name];
  return account.world.call('autoscaling', 'DescribeLaunchConfigurations', { LaunchConfigurationNames })
    .LaunchConfigurations?.[0];
};
const groupNamed = (name: string) => {
  const AutoScalingGroupNames = [name];
  return account.world.call('autoscaling', 'DescribeAutoScalingGroups', { AutoScalingGroupNames })
    .AutoScalingGroups?.[0];
};

describe('a new launch configuration', () => {
  it('is the old one with the new image', async () => {
    await account.cloud.createLaunchConfiguration(fromTemplate, 'new', NEW_IMAGE.imageId);
    const { CreatedTime: _, LaunchConfigurationARN: __, ...old } = templateNamed(fromTemplate) ?? {};
    expect(templateNamed('new')).toMatchObject({ ...old, LaunchConfigurationName: 'new', ImageId: NEW_IMAGE.imageId });
  });

  it('accepts an existing one that is equal, and refuses one that differs', async () => {
    await account.cloud.createLaunchConfiguration(fromTemplate, 'new', NEW_IMAGE.imageId);
    await account.cloud.createLaunchConfiguration(fromTemplate, 'new', NEW_IMAGE.imageId);
    expect(account.requests.filter((request) => request === 'CreateLaunchConfiguration')).toHaveLength(1);
    const secret = btoa('password=hunter2');
    account.world.call('autoscaling', 'CreateLaunchConfiguration', {
      LaunchConfigurationName: 'other',
      ImageId: NEW_IMAGE.imageId,
      InstanceType: 't3.large',
      UserData: secret,
    });
    const refused = account.cloud.createLaunchConfiguration(fromTemplate, 'other', NEW_IMAGE.imageId);
    await expect(refused).rejects.toMatchObject({ name: 'RollError', code: 'launch-configuration-differs' });
    await expect(refused).rejects.toMatchObject({ message: expect.stringContaining('InstanceType, ') });
    await expect(refused).rejects.toMatchObject({ message: expect.stringContaining('UserData') });
    await expect(refused).rejects.not.toMatchObject({ message: expect.stringContaining(secret) });
  });

  it('refuses to copy one that does not exist', async () => {
    const refused = account.cloud.createLaunchConfiguration('none', 'new', NEW_IMAGE.imageId);
    await expect(refused).rejects.toMatchObject({ code: 'launch-source-not-found' });
  });
});

describe('a new group', () => {
  beforeEach(async () => {
    await account.cloud.createLaunchConfiguration(fromTemplate, 'new-template', NEW_IMAGE.imageId);
  });
  const create = (tags: Record<string, string> = TAGS) => account.cloud.createGroup(from, 'new', NEW_TEMPLATE, tags);

  it('is the old one, empty, unattached and tagged', async () => {
    await create();
    const old = groupNamed(from);
    expect(groupNamed('new')).toMatchObject({
      LaunchConfigurationName: 'new-template',
      MinSize: 0,
      DesiredCapacity: 0,
      MaxSize: old?.MaxSize,
      LoadBalancerNames: [],
      Instances: [],
      VPCZoneIdentifier: old?.VPCZoneIdentifier,
      HealthCheckType: old?.HealthCheckType,
      HealthCheckGracePeriod: old?.HealthCheckGracePeriod,
      DefaultCooldown: old?.DefaultCooldown,
      Tags: expect.arrayContaining([
        expect.objectContaining({ Key: 'Name', Value: 'consul', PropagateAtLaunch: true }),
        expect.objectContaining({ Key: 'consul-roll:roll', Value: '7f3a', PropagateAtLaunch: false }),
      ]),
    });
  });

  it('accepts an existing group of this roll, and refuses any other', async () => {
    await create();
    await create();
    expect(account.requests.filter((request) => request === 'CreateAutoScalingGroup')).toHaveLength(1);
    await expect(create({ 'consul-roll:roll': 'other' })).rejects.toMatchObject({ code: 'group-not-ours' });
    await expect(create({})).rejects.toMatchObject({ code: 'group-not-ours' });
  });

  it('refuses to copy one that does not exist', async () => {
    const refused = account.cloud.createGroup('none', 'new', NEW_TEMPLATE, TAGS);
    await expect(refused).rejects.toMatchObject({ code: 'group-not-found' });
  });

  it('copies hooks, metrics, notifications, policies and scheduled actions', async () => {
    const { world } = account;
    const AutoScalingGroupName = from;
    const soon = new Date(world.nowMs() + 3_600_000);
    const past = new Date(world.nowMs() - 3_600_000);
    world.call('autoscaling', 'PutLifecycleHook', {
      AutoScalingGroupName,
      LifecycleHookName: 'backup',
      LifecycleTransition: 'autoscaling:EC2_INSTANCE_TERMINATING',
      HeartbeatTimeout: 120,
      DefaultResult: 'CONTINUE',
    });
    world.call('autoscaling', 'EnableMetricsCollection', {
      AutoScalingGroupName,
      Granularity: '1Minute',
      Metrics: ['GroupInServiceInstances'],
    });
    world.call('autoscaling', 'PutNotificationConfiguration', {
      AutoScalingGroupName,
      TopicARN: 'arn:aws:sns:eu-west-1:000000000000:ops',
      NotificationTypes: ['autoscaling:EC2_INSTANCE_LAUNCH', 'autoscaling:EC2_INSTANCE_TERMINATE'],
    });
    world.call('autoscaling', 'PutScalingPolicy', {
      AutoScalingGroupName,
      PolicyName: 'grow',
      PolicyType: 'SimpleScaling',
      AdjustmentType: 'ChangeInCapacity',
      ScalingAdjustment: 1,
    });
    const scheduled = (ScheduledActionName: string, StartTime: Date, Recurrence?: string) =>
      world.call('autoscaling', 'PutScheduledUpdateGroupAction', {
        AutoScalingGroupName,
        ScheduledActionName,
        StartTime,
        Recurrence,
        DesiredCapacity: 3,
      });
    scheduled('once', soon);
    scheduled('done', past);
    scheduled('daily', past, '0 3 * * *');

    await create();
    const of = { AutoScalingGroupName: 'new' };
    expect(world.call('autoscaling', 'DescribeLifecycleHooks', of).LifecycleHooks).toMatchObject([
      { LifecycleHookName: 'backup', HeartbeatTimeout: 120, DefaultResult: 'CONTINUE' },
    ]);
    expect(groupNamed('new')?.EnabledMetrics).toMatchObject([{ Metric: 'GroupInServiceInstances' }]);
    const AutoScalingGroupNames = ['new'];
    const notified = world.call('autoscaling', 'DescribeNotificationConfigurations', { AutoScalingGroupNames });
    expect(notified.NotificationConfigurations).toHaveLength(2);
    expect(world.call('autoscaling', 'DescribePolicies', of).ScalingPolicies).toMatchObject([
      { PolicyName: 'grow', ScalingAdjustment: 1 },
    ]);
    const actions = world.call('autoscaling', 'DescribeScheduledActions', of).ScheduledUpdateGroupActions;
    expect(actions?.map((action) => action.ScheduledActionName).sort()).toEqual(['daily', 'once']);
    expect(
      groupNamed('new')
        ?.SuspendedProcesses?.map((each) => each.ProcessName)
        .sort(),
    ).toEqual(['AlarmNotification', 'ScheduledActions']);
  });
});
