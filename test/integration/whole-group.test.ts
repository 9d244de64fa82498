import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AutoScalingGroup$, CreateAutoScalingGroupType$ } from '@aws-sdk/client-auto-scaling';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connect } from '../../src/lib/connect.js';
import type { Engine } from '../../src/lib/engine.js';
import { roll } from '../../src/lib/roll.js';
import { imageNamed } from '../../src/lib/sandbox/images.js';
import { type Sandbox, startSandbox } from '../../src/lib/sandbox/sandbox.js';
import { membersOf } from '../aws/schema-values.js';

const WHOLE_ROLL_MS = 150_000;
const HEARTBEAT_MS = 200;
const arn = (service: string, rest: string) => `arn:aws:${service}:eu-west-1:000000000000:${rest}`;

let folder: string;
let sandbox: Sandbox;
let engine: Engine;
let hooks: NodeJS.Timeout;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'whole-'));
  sandbox = await startSandbox({ size: 3, port: 0, speed: 8, consul: { kind: 'simulated' }, env: {} });
  engine = await connect({
    aws: { region: sandbox.region, endpoint: sandbox.endpointUrl, credentials: sandbox.credentials },
    consul: { scheme: 'http', port: 8500, token: undefined, tls: undefined },
    snapshotDir: folder,
  });
  hooks = setInterval(completeHooks, HEARTBEAT_MS);
}, 60_000);

afterEach(async () => {
  clearInterval(hooks);
  await engine.close();
  await sandbox.close();
  rmSync(folder, { recursive: true, force: true });
});

/** What a lifecycle hook of a person does: sees its instance, does its work, and lets it go on. */
function completeHooks(): void {
  for (const group of sandbox.world.inside.groups.values()) {
    for (const { hold, instance } of group.members.values()) {
      if (hold === undefined) continue;
      sandbox.world.call('autoscaling', 'CompleteLifecycleAction', {
        AutoScalingGroupName: group.name,
        LifecycleHookName: hold.hookName,
        InstanceId: instance.instanceId,
        LifecycleActionResult: 'CONTINUE',
      });
    }
  }
}

const FIELDS = {
  DefaultCooldown: 30,
  HealthCheckType: 'ELB',
  HealthCheckGracePeriod: 900,
  PlacementGroup: 'spread',
  TerminationPolicies: ['OldestInstance', 'Default'],
  NewInstancesProtectedFromScaleIn: true,
  CapacityRebalance: true,
  ServiceLinkedRoleARN: arn('iam', 'role/other'),
  MaxInstanceLifetime: 864_000,
  Context: 'context',
  DesiredCapacityType: 'units',
  DefaultInstanceWarmup: 60,
  InstanceMaintenancePolicy: { MinHealthyPercentage: 90, MaxHealthyPercentage: 120 },
  AvailabilityZoneDistribution: { CapacityDistributionStrategy: 'balanced-only' },
  AvailabilityZoneImpairmentPolicy: {
    ZonalShiftEnabled: true,
    ImpairedZoneHealthCheckBehavior: 'ReplaceUnhealthy',
  },
  CapacityReservationSpecification: { CapacityReservationPreference: 'capacity-reservations-first' },
  InstanceLifecyclePolicy: { RetentionTriggers: { TerminateHookAbandon: 'terminate' } },
  DeletionProtection: 'prevent-force-deletion',
} as const;

/** Sets every field of the group that can be set, and hangs one of everything on it. */
function fill(AutoScalingGroupName: string): void {
  const { world } = sandbox;
  const named = { AutoScalingGroupName };
  const { TerminationPolicies, ...fields } = FIELDS;
  const more = { TerminationPolicies: [...TerminationPolicies] };
  world.call('autoscaling', 'UpdateAutoScalingGroup', { ...named, ...fields, ...more });
  // It can be set when a group is made, and not later.
  Object.assign(world.inside.groups.get(AutoScalingGroupName)?.fields ?? {}, {
    Operator: { Principal: 'ops' },
  });
  const tag = (Key: string, PropagateAtLaunch: boolean) => {
    return {
      ResourceId: AutoScalingGroupName,
      ResourceType: 'auto-scaling-group',
      Key,
      Value: 'x',
      PropagateAtLaunch,
    };
  };
  world.call('autoscaling', 'CreateOrUpdateTags', { Tags: [tag('team', true), tag('cost', false)] });
  for (const transition of ['LAUNCHING', 'TERMINATING']) {
    world.call('autoscaling', 'PutLifecycleHook', {
      ...named,
      LifecycleHookName: transition.toLowerCase(),
      LifecycleTransition: `autoscaling:EC2_INSTANCE_${transition}`,
      NotificationTargetARN: arn('sns', 'hooks'),
      RoleARN: arn('iam', 'role/hooks'),
      NotificationMetadata: 'data',
      HeartbeatTimeout: 300,
      DefaultResult: 'ABANDON',
    });
  }
  const policy = (PolicyName: string, PolicyType: string, rest: object) =>
    world.call('autoscaling', 'PutScalingPolicy', { ...named, PolicyName, PolicyType, ...rest });
  policy('simple', 'SimpleScaling', {
    AdjustmentType: 'ChangeInCapacity',
    ScalingAdjustment: 1,
    Cooldown: 60,
  });
  policy('step', 'StepScaling', {
    AdjustmentType: 'PercentChangeInCapacity',
    MinAdjustmentMagnitude: 2,
    MetricAggregationType: 'Maximum',
    StepAdjustments: [{ MetricIntervalLowerBound: 0, ScalingAdjustment: 10 }],
    EstimatedInstanceWarmup: 30,
    Enabled: false,
  });
  policy('target', 'TargetTrackingScaling', {
    TargetTrackingConfiguration: {
      PredefinedMetricSpecification: { PredefinedMetricType: 'ASGAverageCPUUtilization' },
      TargetValue: 50,
      DisableScaleIn: true,
    },
  });
  policy('predictive', 'PredictiveScaling', {
    PredictiveScalingConfiguration: {
      MetricSpecifications: [
        { TargetValue: 50, PredefinedMetricPairSpecification: { PredefinedMetricType: 'ASGCPUUtilization' } },
      ],
      Mode: 'ForecastOnly',
      SchedulingBufferTime: 300,
    },
  });
  world.call('autoscaling', 'PutScheduledUpdateGroupAction', {
    ...named,
    ScheduledActionName: 'nightly',
    StartTime: new Date(world.nowMs() + 86_400_000),
    EndTime: new Date(world.nowMs() + 864_000_000),
    Recurrence: '0 3 * * *',
    TimeZone: 'Europe/Dublin',
    MinSize: 3,
    MaxSize: 3,
    DesiredCapacity: 3,
  });
  world.call('autoscaling', 'PutNotificationConfiguration', {
    ...named,
    TopicARN: arn('sns', 'ops'),
    NotificationTypes: ['autoscaling:EC2_INSTANCE_LAUNCH', 'autoscaling:EC2_INSTANCE_TERMINATE'],
  });
  world.call('autoscaling', 'EnableMetricsCollection', {
    ...named,
    Granularity: '1Minute',
    Metrics: ['GroupInServiceInstances', 'GroupMaxSize'],
  });
  world.call('autoscaling', 'PutWarmPool', {
    ...named,
    MaxGroupPreparedCapacity: 4,
    MinSize: 1,
    PoolState: 'Stopped',
    InstanceReusePolicy: { ReuseOnScaleIn: true },
  });
  world.call('autoscaling', 'SuspendProcesses', { ...named, ScalingProcesses: ['AZRebalance'] });
  // Servers that were there before the protection was set are protected one by one.
  const ids = [...(world.inside.groups.get(AutoScalingGroupName)?.members.keys() ?? [])];
  world.call('autoscaling', 'SetInstanceProtection', {
    ...named,
    InstanceIds: ids,
    ProtectedFromScaleIn: true,
  });
}

function onlyGroup() {
  const { AutoScalingGroups = [] } = sandbox.world.call('autoscaling', 'DescribeAutoScalingGroups', {});
  const [group] = AutoScalingGroups;
  if (group === undefined || AutoScalingGroups.length > 1) throw new Error('there is not one group');
  return group;
}

/** The group and all that hangs on it, with its name, its template's and its servers' put out of sight. */
function described(): unknown {
  const group = onlyGroup();
  const name = group.AutoScalingGroupName ?? '';
  const named = { AutoScalingGroupName: name };
  const { world } = sandbox;
  const parts = {
    hooks: world.call('autoscaling', 'DescribeLifecycleHooks', named).LifecycleHooks,
    policies: world.call('autoscaling', 'DescribePolicies', named).ScalingPolicies,
    schedule: world.call('autoscaling', 'DescribeScheduledActions', named).ScheduledUpdateGroupActions,
    notifications: world.call('autoscaling', 'DescribeNotificationConfigurations', {
      AutoScalingGroupNames: [name],
    }).NotificationConfigurations,
    pool: world.call('autoscaling', 'DescribeWarmPool', named).WarmPoolConfiguration,
  };
  const { CreatedTime, AutoScalingGroupARN, LaunchConfigurationName, Instances, Tags, ...fields } = group;
  const whole = {
    ...fields,
    tags: Tags?.filter(({ Key }) => Key !== 'consul-roll:cluster'),
    protected: Instances?.map(({ ProtectedFromScaleIn }) => ProtectedFromScaleIn),
    parts,
  };
  const text = JSON.stringify(whole).replaceAll(name, 'NAME');
  // The id in the ARN of a policy or a scheduled action, and when a process was suspended.
  return JSON.parse(
    text.replaceAll(/:[0-9a-f-]{36}:/g, ':ID:').replaceAll(/suspended at [\d:TZ-]+/g, 'suspended'),
  );
}

describe('a group with every field set', () => {
  it('has every field set that the API can set and describe', () => {
    fill(onlyGroup().AutoScalingGroupName ?? '');
    const group = onlyGroup();
    const settable = new Set(membersOf(CreateAutoScalingGroupType$));
    const other = ['LaunchTemplate', 'MixedInstancesPolicy', 'TargetGroupARNs', 'AvailabilityZoneIds'];
    const unset = membersOf(AutoScalingGroup$).filter((member) => {
      const value: unknown = Reflect.get(group, member);
      const empty = value === undefined || value === '' || (Array.isArray(value) && value.length === 0);
      return settable.has(member) && empty && !other.includes(member);
    });
    expect(unset).toEqual([]);
  });

  it(
    'is rolled into one that is described the same, but for name, image and times',
    async () => {
      fill(onlyGroup().AutoScalingGroupName ?? '');
      const before = described();
      const { AutoScalingGroupName: name, Instances: servers } = onlyGroup();
      const limits = {
        healthTimeoutMs: 60_000,
        drainTimeoutMs: 30_000,
        leaveTimeoutMs: 30_000,
        leaderTimeoutMs: 30_000,
        awsTimeoutMs: 30_000,
        bakeMs: 0,
        looks: 2,
      };
      const imageId = imageNamed('consul-v2').imageId;
      const rest = { group: undefined, surge: undefined, keepOld: false, intervalMs: 250, limits };
      const control = { signal: new AbortController().signal, pauseRequested: () => false };
      const result = await roll(engine, { cluster: 'consul', imageId, ...rest }, () => undefined, control);
      expect(result).toMatchObject({ outcome: 'rolled' });
      expect(onlyGroup().AutoScalingGroupName).not.toBe(name);
      expect(onlyGroup().Instances).not.toEqual(servers);
      expect(described()).toEqual(before);
    },
    WHOLE_ROLL_MS,
  );
});
