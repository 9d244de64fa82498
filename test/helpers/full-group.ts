import type { SandboxAws } from '../../src/sandbox/aws/sandbox-aws.js';

const buildArn = (service: string, rest: string) => `arn:aws:${service}:eu-west-1:000000000000:${rest}`;

const FIELDS = {
  DefaultCooldown: 30,
  HealthCheckType: 'ELB',
  HealthCheckGracePeriod: 900,
  PlacementGroup: 'spread',
  TerminationPolicies: ['OldestInstance', 'Default'],
  NewInstancesProtectedFromScaleIn: true,
  CapacityRebalance: true,
  ServiceLinkedRoleARN: buildArn('iam', 'role/other'),
  MaxInstanceLifetime: 864_000,
  Context: 'context',
  DesiredCapacityType: 'units',
  DefaultInstanceWarmup: 60,
  InstanceMaintenancePolicy: { MinHealthyPercentage: 90, MaxHealthyPercentage: 120 },
  AvailabilityZoneDistribution: { CapacityDistributionStrategy: 'balanced-only' },
  AvailabilityZoneImpairmentPolicy: { ZonalShiftEnabled: true, ImpairedZoneHealthCheckBehavior: 'ReplaceUnhealthy' },
  CapacityReservationSpecification: { CapacityReservationPreference: 'capacity-reservations-first' },
  InstanceLifecyclePolicy: { RetentionTriggers: { TerminateHookAbandon: 'terminate' } },
  DeletionProtection: 'prevent-force-deletion',
} as const;

/** Sets every field of the group that can be set, and hangs one of everything on it. */
export function fillGroup(world: SandboxAws, AutoScalingGroupName: string): void {
  const named = { AutoScalingGroupName };
  const { TerminationPolicies, ...fields } = FIELDS;
  const more = { TerminationPolicies: [...TerminationPolicies] };
  world.call('autoscaling', 'UpdateAutoScalingGroup', { ...named, ...fields, ...more });
  // It can be set when a group is made, and not later.
  Object.assign(world.inside.groups.get(AutoScalingGroupName)?.fields ?? {}, { Operator: { Principal: 'ops' } });
  const tag = (Key: string, PropagateAtLaunch: boolean) => {
    return { ResourceId: AutoScalingGroupName, ResourceType: 'auto-scaling-group', Key, Value: 'x', PropagateAtLaunch };
  };
  world.call('autoscaling', 'CreateOrUpdateTags', { Tags: [tag('team', true), tag('cost', false)] });
  for (const transition of ['LAUNCHING', 'TERMINATING']) {
    world.call('autoscaling', 'PutLifecycleHook', {
      ...named,
      LifecycleHookName: transition.toLowerCase(),
      LifecycleTransition: `autoscaling:EC2_INSTANCE_${transition}`,
      NotificationTargetARN: buildArn('sns', 'hooks'),
      RoleARN: buildArn('iam', 'role/hooks'),
      NotificationMetadata: 'data',
      HeartbeatTimeout: 300,
      DefaultResult: 'ABANDON',
    });
  }
  const policy = (PolicyName: string, PolicyType: string, rest: object) =>
    world.call('autoscaling', 'PutScalingPolicy', { ...named, PolicyName, PolicyType, ...rest });
  policy('simple', 'SimpleScaling', { AdjustmentType: 'ChangeInCapacity', ScalingAdjustment: 1, Cooldown: 60 });
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
    TopicARN: buildArn('sns', 'ops'),
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
  attachIdleTargetGroup(world, AutoScalingGroupName);
  world.call('autoscaling', 'SuspendProcesses', { ...named, ScalingProcesses: ['AZRebalance'] });
  // Servers that were there before the protection was set are protected one by one.
  const ids = [...(world.inside.groups.get(AutoScalingGroupName)?.members.keys() ?? [])];
  world.call('autoscaling', 'SetInstanceProtection', { ...named, InstanceIds: ids, ProtectedFromScaleIn: true });
}

/** One that no load balancer forwards to: nothing is checked there, and nothing drains. */
export function attachIdleTargetGroup(world: SandboxAws, AutoScalingGroupName: string): string {
  const { Vpcs: [vpc] = [] } = world.call('ec2', 'DescribeVpcs', {});
  const input = { Name: 'idle', Protocol: 'HTTP', Port: 8500, VpcId: vpc?.VpcId } as const;
  const { TargetGroups: [made] = [] } = world.call('elasticloadbalancingv2', 'CreateTargetGroup', input);
  const TargetGroupARNs = [made?.TargetGroupArn ?? ''];
  world.call('autoscaling', 'AttachLoadBalancerTargetGroups', { AutoScalingGroupName, TargetGroupARNs });
  return made?.TargetGroupArn ?? '';
}
