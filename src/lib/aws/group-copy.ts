import type {
  AutoScalingGroup,
  CreateAutoScalingGroupCommandInput,
  LifecycleHook,
  LifecycleHookSpecification,
  ScalingPolicy,
  Tag,
} from '@aws-sdk/client-auto-scaling';
import type { LaunchSource } from '../model/launch-source.js';
import { TAG_PREFIX } from '../model/tags.js';
import type { Clients } from './clients.js';
import { describeGroupsByName } from './describe.js';
import { type EveryField, removeEmptyFields } from './fields.js';
import { copyScheduledActionInput, readScalingPolicies, readScheduledActions } from './group-automation.js';
import { buildLaunchSourceFields } from './launch-source.js';

/** A group as AWS describes it, read in two calls. */
interface SourceGroup {
  readonly group: AutoScalingGroup;
  readonly hooks: readonly LifecycleHook[];
}

/** How a copy differs from its original. */
export interface GroupCopyOptions {
  readonly name: string;
  readonly launchSource: LaunchSource;
  readonly tags: Readonly<Record<string, string>>;
}

const NO_LAUNCH_FIELDS = {
  LaunchConfigurationName: undefined,
  LaunchTemplate: undefined,
  MixedInstancesPolicy: undefined,
};

/**
 * The request for a group equal to the original in every field the API can set, except its name, its sizes, its launch
 * source, which is set in the form the original uses, and what is left out here.
 */
export function copyGroupInput(original: SourceGroup, change: GroupCopyOptions): CreateAutoScalingGroupCommandInput {
  const from = original.group;
  const every: EveryField<CreateAutoScalingGroupCommandInput> = {
    AutoScalingGroupName: change.name,
    ...NO_LAUNCH_FIELDS,
    ...buildLaunchSourceFields(from, change.launchSource),
    // Would copy an instance instead of a group.
    InstanceId: undefined,
    // The roll scales the group out.
    MinSize: 0,
    MaxSize: from.MaxSize,
    DesiredCapacity: 0,
    DefaultCooldown: from.DefaultCooldown,
    // Subnets imply their zones, and a group without subnets is placed by zone.
    AvailabilityZones: from.VPCZoneIdentifier ? undefined : from.AvailabilityZones,
    // Names the zones again, and AWS accepts only one of the two.
    AvailabilityZoneIds: undefined,
    // Attached once the new servers have passed every gate.
    LoadBalancerNames: undefined,
    TargetGroupARNs: undefined,
    // Names the load balancers and target groups again.
    TrafficSources: undefined,
    HealthCheckType: from.HealthCheckType,
    HealthCheckGracePeriod: from.HealthCheckGracePeriod,
    PlacementGroup: from.PlacementGroup,
    VPCZoneIdentifier: from.VPCZoneIdentifier,
    TerminationPolicies: from.TerminationPolicies,
    NewInstancesProtectedFromScaleIn: from.NewInstancesProtectedFromScaleIn,
    CapacityRebalance: from.CapacityRebalance,
    LifecycleHookSpecificationList: original.hooks.map(copyHookInput),
    DeletionProtection: from.DeletionProtection,
    Tags: [...copyTags(from), ...buildGroupTags(change.tags)],
    // AWS uses the default role where none is named, and asks for permission to pass one that is.
    ServiceLinkedRoleARN: isDefaultRole(from.ServiceLinkedRoleARN) ? undefined : from.ServiceLinkedRoleARN,
    MaxInstanceLifetime: from.MaxInstanceLifetime,
    Context: from.Context,
    DesiredCapacityType: from.DesiredCapacityType,
    DefaultInstanceWarmup: from.DefaultInstanceWarmup,
    InstanceMaintenancePolicy: from.InstanceMaintenancePolicy,
    AvailabilityZoneDistribution: from.AvailabilityZoneDistribution,
    AvailabilityZoneImpairmentPolicy: from.AvailabilityZoneImpairmentPolicy,
    // A choice for one request, not part of a group.
    SkipZonalShiftValidation: undefined,
    CapacityReservationSpecification: from.CapacityReservationSpecification,
    InstanceLifecyclePolicy: from.InstanceLifecyclePolicy,
    Operator: from.Operator,
  };
  return removeEmptyFields(every);
}

/** Source: "Service-linked roles" in the Auto Scaling user guide: others have a suffix. */
function isDefaultRole(arn: string | undefined): boolean {
  return arn?.endsWith('/AWSServiceRoleForAutoScaling') ?? false;
}

function copyHookInput(hook: LifecycleHook): LifecycleHookSpecification {
  const every: EveryField<LifecycleHookSpecification> = {
    LifecycleHookName: hook.LifecycleHookName,
    LifecycleTransition: hook.LifecycleTransition,
    NotificationMetadata: hook.NotificationMetadata,
    HeartbeatTimeout: hook.HeartbeatTimeout,
    DefaultResult: hook.DefaultResult,
    NotificationTargetARN: hook.NotificationTargetARN,
    RoleARN: hook.RoleARN,
  };
  return removeEmptyFields(every);
}

/** AWS's own tags cannot be set, and tags of an earlier roll do not apply to this one. */
function copyTags(from: AutoScalingGroup): Tag[] {
  return (from.Tags ?? [])
    .filter(({ Key = '' }) => !Key.startsWith('aws:') && !Key.startsWith(TAG_PREFIX))
    .map(({ Key, Value, PropagateAtLaunch }) => ({ Key, Value, PropagateAtLaunch }));
}

function buildGroupTags(tags: Readonly<Record<string, string>>): Tag[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value, PropagateAtLaunch: false }));
}

/** Tags of the service that manages the group; only AWS can set them. */
const RESERVED_TAG_PREFIX = 'aws:';

/** See `Cloud.listNotCopied`. */
export async function listNotCopied(clients: Clients, name: string, nowMs: number): Promise<string[]> {
  const [[group], policies, schedule] = await Promise.all([
    describeGroupsByName(clients, [name]),
    readScalingPolicies(clients, name),
    readScheduledActions(clients, name),
  ]);
  const reserved = (group?.Tags ?? []).map(({ Key = '' }) => Key).filter((key) => key.startsWith(RESERVED_TAG_PREFIX));
  const past = schedule.filter((action) => copyScheduledActionInput(action, name, nowMs) === undefined);
  return [
    ...reserved.map(
      (key) =>
        `the tag ${key}, which only AWS can set: the service that manages ${name} will not recognise the new group`,
    ),
    ...(group === undefined ? [] : describeScaleInProtection(group)),
    ...policies.flatMap(listAlarms),
    ...past.map(
      ({ ScheduledActionName }) => `the scheduled action ${ScheduledActionName}, a one-time action in the past`,
    ),
  ];
}

/** Protection of all new instances is copied with the group; protection set on single instances is not. */
function describeScaleInProtection({ NewInstancesProtectedFromScaleIn, Instances = [] }: AutoScalingGroup): string[] {
  if (NewInstancesProtectedFromScaleIn) return [];
  const chosen = Instances.filter(({ ProtectedFromScaleIn }) => ProtectedFromScaleIn);
  return chosen.map(({ InstanceId }) => `the scale-in protection of ${InstanceId}, which goes with that server`);
}

/** Target tracking creates its own alarms; alarms created by hand keep naming the old policy. */
function listAlarms({ PolicyName, PolicyType, Alarms = [] }: ScalingPolicy): string[] {
  if (PolicyType === 'TargetTrackingScaling' || PolicyType === 'PredictiveScaling') return [];
  return Alarms.map(
    ({ AlarmName }) =>
      `the alarm ${AlarmName} still names the policy ${PolicyName} of the old group: point it to the new group's policy`,
  );
}
