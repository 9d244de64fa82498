import {
  CreateAutoScalingGroupCommand,
  type CreateAutoScalingGroupCommandInput,
  CreateLaunchConfigurationCommand,
  type CreateLaunchConfigurationCommandInput,
  CreateOrUpdateTagsCommand,
  DeleteTagsCommand,
  DescribeLaunchConfigurationsCommand,
  DescribeLifecycleHooksCommand,
  DescribeNotificationConfigurationsCommand,
  DescribePoliciesCommand,
  DescribeScalingActivitiesCommand,
  DescribeScheduledActionsCommand,
  DescribeTagsCommand,
  DescribeTrafficSourcesCommand,
  DescribeWarmPoolCommand,
  EnableMetricsCollectionCommand,
  PutNotificationConfigurationCommand,
  PutScalingPolicyCommand,
  PutScheduledUpdateGroupActionCommand,
  PutWarmPoolCommand,
  SetInstanceProtectionCommand,
  TerminateInstanceInAutoScalingGroupCommand,
  UpdateAutoScalingGroupCommand,
} from '@aws-sdk/client-auto-scaling';
import { CreateLaunchTemplateCommand } from '@aws-sdk/client-ec2';
import { NormalizedSchema } from '@smithy/core/schema';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { getImage } from '../../../src/sandbox/aws/images.js';
import { autoScalingOperations } from '../../../src/sandbox/endpoint/operations/auto-scaling.js';
import { getInputSchema, getOutputSchema } from '../../../src/sandbox/endpoint/services.js';
import { type Account, openAccount } from './account.js';
import { groupNow, idsOf, instancesOf, makeGroup, settleMs } from './cluster.js';

let account: Account;
beforeEach(async () => {
  account = await openAccount();
});
afterEach(() => account.close());

const g = { AutoScalingGroupName: 'g' };

/** A launch configuration with every member that can be described. */
const configuration: Required<Omit<CreateLaunchConfigurationCommandInput, 'InstanceId'>> = {
  LaunchConfigurationName: 'full',
  ImageId: getImage('consul-v1').imageId,
  KeyName: 'deploy-key',
  SecurityGroups: ['sg-0c0515ea000000002'],
  ClassicLinkVPCId: 'vpc-1',
  ClassicLinkVPCSecurityGroups: ['sg-1'],
  UserData: 'IyEvYmluL3No',
  InstanceType: 't2.medium',
  KernelId: 'aki-1',
  RamdiskId: 'ari-1',
  BlockDeviceMappings: [
    {
      DeviceName: '/dev/xvda',
      Ebs: {
        VolumeSize: 10,
        VolumeType: 'gp3',
        Iops: 3_000,
        Throughput: 125,
        Encrypted: true,
        DeleteOnTermination: true,
        SnapshotId: 'snap-1',
      },
    },
    { DeviceName: '/dev/sdb', VirtualName: 'ephemeral0' },
    { DeviceName: '/dev/sdc', NoDevice: true },
  ],
  InstanceMonitoring: { Enabled: false },
  SpotPrice: '0.05',
  IamInstanceProfile: 'consul',
  EbsOptimized: true,
  AssociatePublicIpAddress: false,
  PlacementTenancy: 'dedicated',
  MetadataOptions: { HttpTokens: 'required', HttpPutResponseHopLimit: 2, HttpEndpoint: 'enabled' },
};

/** A group with every member that is kept and described as it is given; what excludes another is left out. */
const group: CreateAutoScalingGroupCommandInput = {
  AutoScalingGroupName: 'g',
  LaunchConfigurationName: 'full',
  MinSize: 0,
  MaxSize: 4,
  DesiredCapacity: 1,
  DefaultCooldown: 30,
  AvailabilityZones: ['eu-west-1a', 'eu-west-1b'],
  AvailabilityZoneIds: ['euw1-az1', 'euw1-az2'],
  HealthCheckType: 'ELB',
  HealthCheckGracePeriod: 90,
  PlacementGroup: 'spread',
  VPCZoneIdentifier: 'subnet-0c0515ea00000000a,subnet-0c0515ea00000000b',
  TerminationPolicies: ['OldestInstance', 'Default'],
  NewInstancesProtectedFromScaleIn: true,
  CapacityRebalance: true,
  DeletionProtection: 'prevent-force-deletion',
  ServiceLinkedRoleARN: 'arn:aws:iam::000000000000:role/other',
  MaxInstanceLifetime: 86_400,
  Context: 'context',
  DesiredCapacityType: 'units',
  DefaultInstanceWarmup: 60,
  InstanceMaintenancePolicy: { MinHealthyPercentage: 90, MaxHealthyPercentage: 120 },
  AvailabilityZoneDistribution: { CapacityDistributionStrategy: 'balanced-only' },
  AvailabilityZoneImpairmentPolicy: { ZonalShiftEnabled: true, ImpairedZoneHealthCheckBehavior: 'ReplaceUnhealthy' },
  CapacityReservationSpecification: { CapacityReservationPreference: 'capacity-reservations-first' },
  InstanceLifecyclePolicy: { RetentionTriggers: { TerminateHookAbandon: 'retain' } },
  Operator: { Principal: 'operator' },
};

/** Members tested elsewhere: they exclude one of the above, or are described in a form of their own. */
const elsewhere = [
  'LaunchTemplate',
  'MixedInstancesPolicy',
  'LoadBalancerNames',
  'TargetGroupARNs',
  'TrafficSources',
  'Tags',
];

test('every member of a group that can be set and described is set here or elsewhere', () => {
  const { CreateAutoScalingGroup, DescribeAutoScalingGroups } = autoScalingOperations;
  const settable = memberNames(NormalizedSchema.of(getInputSchema(CreateAutoScalingGroup)));
  const groups = NormalizedSchema.of(getOutputSchema(DescribeAutoScalingGroups)).getMemberSchema('AutoScalingGroups');
  const described = memberNames(groups.getValueSchema());
  const both = settable.filter((name) => described.includes(name));
  expect([...Object.keys(group), ...elsewhere].sort()).toEqual(both.sort());
});

function memberNames(shape: NormalizedSchema): string[] {
  return [...shape.structIterator()].map(([name]) => name);
}

test('a launch configuration is described as it was given', async () => {
  await account.scaling.send(new CreateLaunchConfigurationCommand(configuration));
  const { LaunchConfigurations = [] } = await account.scaling.send(new DescribeLaunchConfigurationsCommand({}));
  expect(LaunchConfigurations[0]).toEqual({
    ...configuration,
    LaunchConfigurationARN: expect.stringMatching(/^arn:aws:autoscaling:eu-west-1:000000000000:launchConfiguration:/),
    CreatedTime: new Date('2026-01-01T12:00:00Z'),
  });
});

describe('a group', () => {
  test('is described as it was given, every field of it', async () => {
    await account.scaling.send(new CreateLaunchConfigurationCommand(configuration));
    await account.scaling.send(new CreateAutoScalingGroupCommand(group));
    expect(await groupNow(account)).toMatchObject(group);
  });

  test('is described with the updated fields, and keeps the rest', async () => {
    await makeGroup(account);
    const { LaunchConfigurationName: _, ...update } = group;
    await account.scaling.send(new UpdateAutoScalingGroupCommand(update));
    const { Operator: __, ...changed } = update;
    expect(await groupNow(account)).toMatchObject({ ...changed, LaunchConfigurationName: 'lc' });
  });

  test('is described with AWS’s defaults', async () => {
    await makeGroup(account);
    expect(await groupNow(account)).toMatchObject({
      DefaultCooldown: 300,
      HealthCheckType: 'EC2',
      HealthCheckGracePeriod: 0,
      TerminationPolicies: ['Default'],
      NewInstancesProtectedFromScaleIn: false,
      LoadBalancerNames: [],
      TargetGroupARNs: [],
      SuspendedProcesses: [],
      EnabledMetrics: [],
      Tags: [],
    });
  });

  test('protects new instances from scale-in if configured', async () => {
    await makeGroup(account, { NewInstancesProtectedFromScaleIn: true });
    account.advance(settleMs);
    const ids = await idsOf(account);
    await account.scaling.send(
      new SetInstanceProtectionCommand({ ...g, InstanceIds: ids.slice(1, 2), ProtectedFromScaleIn: false }),
    );
    expect((await instancesOf(account)).map((instance) => instance.ProtectedFromScaleIn)).toEqual([true, false, true]);
    await account.scaling.send(new UpdateAutoScalingGroupCommand({ ...g, DesiredCapacity: 1 }));
    account.advance(settleMs);
    expect(await idsOf(account)).toEqual([ids[0], ids[2]]);
  });

  test('shrinks as soon as an instance is no longer protected; named ones go all the same', async () => {
    await makeGroup(account, { NewInstancesProtectedFromScaleIn: true });
    account.advance(settleMs);
    const [first = '', second = ''] = await idsOf(account);
    await account.scaling.send(new UpdateAutoScalingGroupCommand({ ...g, MinSize: 0 }));
    await account.scaling.send(
      new TerminateInstanceInAutoScalingGroupCommand({ InstanceId: first, ShouldDecrementDesiredCapacity: true }),
    );
    await account.scaling.send(new UpdateAutoScalingGroupCommand({ ...g, DesiredCapacity: 1 }));
    account.advance(settleMs);
    expect(await idsOf(account)).toHaveLength(2);
    const { Activities = [] } = await account.scaling.send(new DescribeScalingActivitiesCommand(g));
    expect(Activities.map(({ StatusMessage = '' }) => StatusMessage).join()).toContain(
      'all remaining instances are protected from scale-in',
    );
    const off = { ...g, InstanceIds: [second], ProtectedFromScaleIn: false };
    await account.scaling.send(new SetInstanceProtectionCommand(off));
    account.advance(settleMs);
    expect(await idsOf(account)).toHaveLength(1);
  });

  test('refuses the protection of an instance that is not in service, and of more than 50', async () => {
    await makeGroup(account);
    account.advance(1_500);
    const protect = (InstanceIds: string[]) =>
      account.scaling.send(new SetInstanceProtectionCommand({ ...g, InstanceIds, ProtectedFromScaleIn: true }));
    const ids = await idsOf(account);
    await expect(protect(ids)).rejects.toThrow(`The instance ${ids[0]} is not in InService`);
    await expect(protect(Array(51).fill(ids[0]))).rejects.toThrow('limit of 50');
  });
});

describe('settings of a group are stored and described', () => {
  beforeEach(() => makeGroup(account));

  test('lifecycle hooks that came with it', async () => {
    const hook = {
      LifecycleHookName: 'h',
      LifecycleTransition: 'autoscaling:EC2_INSTANCE_TERMINATING',
      NotificationMetadata: 'data',
      NotificationTargetARN: 'arn:aws:sns:eu-west-1:000000000000:t',
      RoleARN: 'arn:aws:iam::000000000000:role/r',
      HeartbeatTimeout: 60,
      DefaultResult: 'CONTINUE',
    };
    const other = {
      ...group,
      LaunchConfigurationName: 'lc',
      AutoScalingGroupName: 'h',
      LifecycleHookSpecificationList: [hook],
    };
    await account.scaling.send(new CreateAutoScalingGroupCommand(other));
    const described = await account.scaling.send(new DescribeLifecycleHooksCommand({ AutoScalingGroupName: 'h' }));
    expect(described.LifecycleHooks).toEqual([{ ...hook, AutoScalingGroupName: 'h', GlobalTimeout: 6_000 }]);
  });

  test('scaling policies', async () => {
    const policy = {
      ...g,
      PolicyName: 'p',
      PolicyType: 'StepScaling',
      AdjustmentType: 'ChangeInCapacity',
      MinAdjustmentMagnitude: 1,
      MetricAggregationType: 'Average',
      StepAdjustments: [{ MetricIntervalLowerBound: 0, ScalingAdjustment: 1 }],
      EstimatedInstanceWarmup: 10,
      Enabled: false,
    };
    const { PolicyARN } = await account.scaling.send(new PutScalingPolicyCommand(policy));
    const { ScalingPolicies } = await account.scaling.send(new DescribePoliciesCommand(g));
    expect(ScalingPolicies).toEqual([{ ...policy, PolicyARN, Alarms: [] }]);
  });

  test('scheduled actions', async () => {
    const StartTime = new Date('2026-02-01T00:00:00Z');
    const action = {
      ...g,
      ScheduledActionName: 's',
      StartTime,
      Recurrence: '0 3 * * *',
      MinSize: 1,
      TimeZone: 'Etc/UTC',
    };
    await account.scaling.send(new PutScheduledUpdateGroupActionCommand(action));
    const { ScheduledUpdateGroupActions } = await account.scaling.send(new DescribeScheduledActionsCommand(g));
    expect(ScheduledUpdateGroupActions).toEqual([
      { ...action, Time: StartTime, ScheduledActionARN: expect.stringContaining('scheduledUpdateGroupAction') },
    ]);
  });

  test('notifications, metrics and the warm pool', async () => {
    const NotificationTypes = ['autoscaling:EC2_INSTANCE_LAUNCH', 'autoscaling:EC2_INSTANCE_TERMINATE'];
    await account.scaling.send(new PutNotificationConfigurationCommand({ ...g, TopicARN: 'arn:t', NotificationTypes }));
    await account.scaling.send(
      new EnableMetricsCollectionCommand({ ...g, Metrics: ['GroupMinSize'], Granularity: '1Minute' }),
    );
    await account.scaling.send(
      new PutWarmPoolCommand({ ...g, MinSize: 2, PoolState: 'Running', InstanceReusePolicy: { ReuseOnScaleIn: true } }),
    );
    const { NotificationConfigurations } = await account.scaling.send(
      new DescribeNotificationConfigurationsCommand({ AutoScalingGroupNames: ['g'] }),
    );
    expect(NotificationConfigurations).toEqual(
      NotificationTypes.map((NotificationType) => ({ ...g, TopicARN: 'arn:t', NotificationType })),
    );
    const pool = { MinSize: 2, PoolState: 'Running', InstanceReusePolicy: { ReuseOnScaleIn: true } };
    expect(await groupNow(account)).toMatchObject({
      EnabledMetrics: [{ Metric: 'GroupMinSize', Granularity: '1Minute' }],
      WarmPoolConfiguration: pool,
    });
    const warm = await account.scaling.send(new DescribeWarmPoolCommand(g));
    expect(warm.WarmPoolConfiguration).toEqual(pool);
  });

  test('tags, which can be changed, removed and found', async () => {
    const tag = (Key: string, Value: string) => ({
      ResourceId: 'g',
      ResourceType: 'auto-scaling-group',
      Key,
      Value,
      PropagateAtLaunch: false,
    });
    const tags = [tag('a', '1'), tag('b', '2')];
    await account.scaling.send(new CreateOrUpdateTagsCommand({ Tags: tags }));
    await account.scaling.send(new CreateOrUpdateTagsCommand({ Tags: [tag('a', '3')] }));
    await account.scaling.send(new DeleteTagsCommand({ Tags: [tag('b', '2')] }));
    expect((await groupNow(account)).Tags).toEqual([tag('a', '3')]);
    const Filters = [{ Name: 'key', Values: ['a'] }];
    expect((await account.scaling.send(new DescribeTagsCommand({ Filters }))).Tags).toEqual([tag('a', '3')]);
  });

  test('a mixed instances policy, whose first override is launched', async () => {
    const LaunchTemplateName = 'consul-lt';
    const LaunchTemplateData = { ImageId: getImage('consul-v1').imageId, InstanceType: 't3.small' as const };
    await account.ec2.send(new CreateLaunchTemplateCommand({ LaunchTemplateName, LaunchTemplateData }));
    const MixedInstancesPolicy = {
      LaunchTemplate: {
        LaunchTemplateSpecification: { LaunchTemplateName, Version: '1' },
        Overrides: [{ InstanceType: 't3.large', WeightedCapacity: '1' }, { InstanceType: 'm5.large' }],
      },
      InstancesDistribution: { OnDemandBaseCapacity: 1, SpotAllocationStrategy: 'lowest-price' },
    };
    const mixed = { ...group, AutoScalingGroupName: 'h', LaunchConfigurationName: undefined, MixedInstancesPolicy };
    await account.scaling.send(new CreateAutoScalingGroupCommand(mixed));
    account.advance(settleMs);
    expect(await groupNow(account, 'h')).toMatchObject({ MixedInstancesPolicy });
    expect((await instancesOf(account, 'h'))[0]?.InstanceType).toBe('t3.large');
  });

  test('traffic sources', async () => {
    const arn = 'arn:aws:vpc-lattice:eu-west-1:000000000000:targetgroup/tg-0123456789abcdef0';
    const TrafficSources = [{ Identifier: arn, Type: 'vpc-lattice' }];
    const other = { ...group, AutoScalingGroupName: 'h', LaunchConfigurationName: 'lc', TrafficSources };
    await account.scaling.send(new CreateAutoScalingGroupCommand(other));
    expect(await groupNow(account, 'h')).toMatchObject({ TargetGroupARNs: [], TrafficSources });
    const described = await account.scaling.send(new DescribeTrafficSourcesCommand({ AutoScalingGroupName: 'h' }));
    expect(described.TrafficSources).toEqual([
      { Identifier: arn, TrafficSource: arn, Type: 'vpc-lattice', State: 'Adding' },
    ]);
  });
});
