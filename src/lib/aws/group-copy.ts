import type {
  AutoScalingGroup,
  CreateAutoScalingGroupCommandInput,
  LifecycleHook,
  LifecycleHookSpecification,
  Tag,
} from '@aws-sdk/client-auto-scaling';
import { TAG_PREFIX } from '../model/tags.js';
import type { LaunchFrom } from '../model/template.js';
import { launchFieldsLike } from './launch-from.js';
import { withoutEmpty } from './without-empty.js';

/** A group as AWS describes it, in the two calls that takes. */
export interface GroupOriginal {
  readonly group: AutoScalingGroup;
  readonly hooks: readonly LifecycleHook[];
}

/** How a copy differs from its original. */
export interface GroupChange {
  readonly name: string;
  readonly template: LaunchFrom;
  readonly tags: Readonly<Record<string, string>>;
}

type Field = keyof CreateAutoScalingGroupCommandInput;
type Every = {
  readonly [Name in keyof Required<CreateAutoScalingGroupCommandInput>]: CreateAutoScalingGroupCommandInput[Name];
};

/** What says what is launched; set to the new template, in the way the original says it. */
export const LAUNCH_FIELDS = [
  'LaunchConfigurationName',
  'LaunchTemplate',
  'MixedInstancesPolicy',
] as const satisfies readonly Field[];

/** Fields that are not copied, and why. */
export const NOT_COPIED = {
  AutoScalingGroupName: 'set: the new group has its own name',
  MinSize: 'set: 0, the roll grows the group',
  DesiredCapacity: 'set: 0, the roll grows the group',
  InstanceId: 'left out: would copy an instance instead of a group',
  LoadBalancerNames: 'left out: attached once the new servers have passed every gate',
  TargetGroupARNs: 'left out: attached once the new servers have passed every gate',
  TrafficSources: 'left out: names the load balancers and target groups once more',
  AvailabilityZoneIds: 'left out: names the zones once more, and AWS accepts only one of the two',
  SkipZonalShiftValidation: 'left out: a choice for one request, not part of a group',
} as const satisfies Partial<Record<Field, string>>;

const NO_LAUNCH_FIELDS = {
  LaunchConfigurationName: undefined,
  LaunchTemplate: undefined,
  MixedInstancesPolicy: undefined,
};

/**
 * The request for a group equal to the original in every field the API can set, but for `LAUNCH_FIELDS` and `NOT_COPIED`. A field
 * that the SDK adds one day does not compile until it is decided here.
 */
export function groupLike(original: GroupOriginal, change: GroupChange): CreateAutoScalingGroupCommandInput {
  const from = original.group;
  const every: Every = {
    AutoScalingGroupName: change.name,
    ...NO_LAUNCH_FIELDS,
    ...launchFieldsLike(from, change.template),
    InstanceId: undefined,
    MinSize: 0,
    MaxSize: from.MaxSize,
    DesiredCapacity: 0,
    DefaultCooldown: from.DefaultCooldown,
    // Subnets imply their zones, and a group without subnets is placed by zone.
    AvailabilityZones: from.VPCZoneIdentifier ? undefined : from.AvailabilityZones,
    AvailabilityZoneIds: undefined,
    LoadBalancerNames: undefined,
    TargetGroupARNs: undefined,
    TrafficSources: undefined,
    HealthCheckType: from.HealthCheckType,
    HealthCheckGracePeriod: from.HealthCheckGracePeriod,
    PlacementGroup: from.PlacementGroup,
    VPCZoneIdentifier: from.VPCZoneIdentifier,
    TerminationPolicies: from.TerminationPolicies,
    NewInstancesProtectedFromScaleIn: from.NewInstancesProtectedFromScaleIn,
    CapacityRebalance: from.CapacityRebalance,
    LifecycleHookSpecificationList: original.hooks.map(hookLike),
    DeletionProtection: from.DeletionProtection,
    Tags: [...tagsLike(from), ...ownTags(change.tags)],
    ServiceLinkedRoleARN: from.ServiceLinkedRoleARN,
    MaxInstanceLifetime: from.MaxInstanceLifetime,
    Context: from.Context,
    DesiredCapacityType: from.DesiredCapacityType,
    DefaultInstanceWarmup: from.DefaultInstanceWarmup,
    InstanceMaintenancePolicy: from.InstanceMaintenancePolicy,
    AvailabilityZoneDistribution: from.AvailabilityZoneDistribution,
    AvailabilityZoneImpairmentPolicy: from.AvailabilityZoneImpairmentPolicy,
    SkipZonalShiftValidation: undefined,
    CapacityReservationSpecification: from.CapacityReservationSpecification,
    InstanceLifecyclePolicy: from.InstanceLifecyclePolicy,
    Operator: from.Operator,
  };
  return withoutEmpty(every);
}

type EveryHookField = {
  readonly [Name in keyof Required<LifecycleHookSpecification>]: LifecycleHookSpecification[Name];
};

function hookLike(hook: LifecycleHook): LifecycleHookSpecification {
  const every: EveryHookField = {
    LifecycleHookName: hook.LifecycleHookName,
    LifecycleTransition: hook.LifecycleTransition,
    NotificationMetadata: hook.NotificationMetadata,
    HeartbeatTimeout: hook.HeartbeatTimeout,
    DefaultResult: hook.DefaultResult,
    NotificationTargetARN: hook.NotificationTargetARN,
    RoleARN: hook.RoleARN,
  };
  return withoutEmpty(every);
}

/** Tags of AWS itself cannot be set, and those of an earlier roll say nothing about this one. */
function tagsLike(from: AutoScalingGroup): Tag[] {
  return (from.Tags ?? [])
    .filter(({ Key = '' }) => !Key.startsWith('aws:') && !Key.startsWith(TAG_PREFIX))
    .map(({ Key, Value, PropagateAtLaunch }) => ({ Key, Value, PropagateAtLaunch }));
}

function ownTags(tags: Readonly<Record<string, string>>): Tag[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value, PropagateAtLaunch: false }));
}
