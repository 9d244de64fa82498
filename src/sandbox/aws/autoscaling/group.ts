import type {
  Activity,
  AutoScalingGroup,
  EnabledMetric,
  LaunchTemplateSpecification,
  LifecycleHook,
  LifecycleState,
  NotificationConfiguration,
  ScalingPolicy,
  ScheduledUpdateGroupAction,
  WarmPoolConfiguration,
} from '@aws-sdk/client-auto-scaling';
import type { ScheduledTask } from '../agenda.js';
import type { InstanceRecord } from '../ec2/instance.js';
import { requireMember, validationFault } from '../fault.js';
import type { AwsState } from '../state.js';

/** The processes of a group that can be suspended. */
export const PROCESS_NAMES = [
  'Launch',
  'Terminate',
  'AddToLoadBalancer',
  'AlarmNotification',
  'AZRebalance',
  'HealthCheck',
  'InstanceRefresh',
  'ReplaceUnhealthy',
  'ScheduledActions',
] as const;

/** One of them. */
export type ProcessName = (typeof PROCESS_NAMES)[number];

/** The members of a group that are kept as they were given, and described back so. */
export const PLAIN_FIELDS = [
  'LaunchConfigurationName',
  'LaunchTemplate',
  'MixedInstancesPolicy',
  'DefaultCooldown',
  'AvailabilityZones',
  'AvailabilityZoneIds',
  'HealthCheckType',
  'HealthCheckGracePeriod',
  'PlacementGroup',
  'VPCZoneIdentifier',
  'TerminationPolicies',
  'NewInstancesProtectedFromScaleIn',
  'CapacityRebalance',
  'DeletionProtection',
  'ServiceLinkedRoleARN',
  'MaxInstanceLifetime',
  'Context',
  'DesiredCapacityType',
  'DefaultInstanceWarmup',
  'InstanceMaintenancePolicy',
  'AvailabilityZoneDistribution',
  'AvailabilityZoneImpairmentPolicy',
  'CapacityReservationSpecification',
  'InstanceLifecyclePolicy',
  'Operator',
] as const;

/** Those members. */
export type GroupFields = Pick<AutoScalingGroup, (typeof PLAIN_FIELDS)[number]>;

/** An instance of a group. */
export interface Member {
  readonly instance: InstanceRecord;
  lifecycle: LifecycleState;
  health: 'Healthy' | 'Unhealthy';
  /** Why it is unhealthy, as Auto Scaling puts it into a cause. */
  healthIssue: string | undefined;
  protectedFromScaleIn: boolean;
  readonly launchConfigurationName: string | undefined;
  readonly launchTemplate: LaunchTemplateSpecification | undefined;
  inServiceMs: number | undefined;
  /** The scaling activity that moves it now. */
  activity: Activity | undefined;
  /** The lifecycle hook that holds it. */
  hold: HookHold | undefined;
}

/** An instance held by a lifecycle hook. */
export interface HookHold {
  readonly hookName: string;
  readonly token: string;
  readonly proceed: () => void;
  readonly abandon: () => void;
  timeout: ScheduledTask;
}

/** Where a traffic source stands with a group; `InService` is told from its instances. */
export type AttachmentState = 'Adding' | 'Added' | 'Removing';

/** A tag of a group. */
export interface GroupTag {
  readonly value: string;
  readonly propagate: boolean;
}

/** An Auto Scaling group. */
export interface GroupRecord {
  readonly name: string;
  readonly arn: string;
  readonly createdMs: number;
  readonly fields: GroupFields;
  minSize: number;
  maxSize: number;
  desired: number;
  /** The request that has not been answered yet, as a sentence for the causes of what follows from it. */
  cause: string | undefined;
  deleting: boolean;
  readonly members: Map<string, Member>;
  readonly suspended: Map<ProcessName, string>;
  /** Traffic sources: classic load balancers by name, all others by ARN. */
  readonly attachments: Map<string, AttachmentState>;
  readonly tags: Map<string, GroupTag>;
  readonly hooks: Map<string, LifecycleHook>;
  /** Newest first. */
  readonly activities: Activity[];
  readonly policies: Map<string, ScalingPolicy>;
  readonly schedule: Map<string, ScheduledUpdateGroupAction>;
  readonly notifications: NotificationConfiguration[];
  readonly metrics: Map<string, EnabledMetric>;
  warmPool: WarmPoolConfiguration | undefined;
  reconcile: ScheduledTask | undefined;
  healthCheckTask: ScheduledTask | undefined;
}

/**
 * The group of that name.
 *
 * @throws AwsFault `ValidationError`
 */
export function getGroup(state: AwsState, name: string | undefined): GroupRecord {
  const wanted = requireMember(name, 'AutoScalingGroupName');
  const group = state.groups.get(wanted);
  if (group !== undefined) return group;
  throw validationFault(`AutoScalingGroup name not found - AutoScalingGroup '${wanted}' not found`);
}

/**
 * The group and the member of that instance id.
 *
 * @throws AwsFault `ValidationError`
 */
export function getMember(
  state: AwsState,
  instanceId: string | undefined,
): { group: GroupRecord; member: Member } {
  const wanted = requireMember(instanceId, 'InstanceId');
  for (const group of state.groups.values()) {
    const member = group.members.get(wanted);
    if (member !== undefined) return { group, member };
  }
  throw validationFault(`Instance Id not found - No managed instance found for instance ID: ${wanted}`);
}

/** Whether the process runs in the group. */
export function isProcessActive(group: GroupRecord, process: ProcessName): boolean {
  return !group.suspended.has(process);
}

/** Whether the instance counts towards the desired capacity. */
export function countsTowardsCapacity(member: Member): boolean {
  const { lifecycle } = member;
  return !lifecycle.startsWith('Terminat') && !lifecycle.startsWith('Detach') && lifecycle !== 'Standby';
}

/** How many instances the group has that count towards its desired capacity. */
export function getCapacity(group: GroupRecord): number {
  let capacity = 0;
  for (const member of group.members.values()) if (countsTowardsCapacity(member)) capacity++;
  return capacity;
}
