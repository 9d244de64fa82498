import type { CreateAutoScalingGroupType, Tag } from '@aws-sdk/client-auto-scaling';
import { AwsFault, requireMember } from '../fault.js';
import { deepCopy } from '../plain-data.js';
import type { GroupFields, GroupRecord } from '../records.js';
import { PLAIN_FIELDS } from '../records.js';
import { type AwsState, formatNow } from '../state.js';
import { attachSources } from './attachments.js';
import { watchHealth } from './health.js';
import { putHook } from './hook-actions.js';
import { checkLaunchSource, toLaunchSourceOutput } from './launch-source.js';
import { listSubnets } from './placement.js';
import { reconcileSoon } from './reconcile.js';
import { listSources } from './traffic-sources.js';
import { checkFields, checkGroupName, checkSizes } from './validation.js';

/** CreateAutoScalingGroup: everything is checked before anything is made; instances follow a moment later. */
export function createGroup(state: AwsState, input: CreateAutoScalingGroupType): Record<string, never> {
  const name = requireMember(input.AutoScalingGroupName, 'AutoScalingGroupName');
  checkGroupName(name);
  refuseTaken(state, name);
  checkLaunchSource(state, input);
  const fields = fieldsOf(state, input);
  checkFields(state, fields);
  const group = newGroup(state, name, input, fields);
  checkSizes(group);
  for (const tag of input.Tags ?? []) group.tags.set(requireMember(tag.Key, 'Tags.Key'), toGroupTag(tag));
  for (const hook of input.LifecycleHookSpecificationList ?? []) putHook(group, hook);
  attachSources(state, group, listSources(input));
  state.groups.set(name, group);
  watchHealth(state, group);
  reconcileSoon(state, group);
  return {};
}

function refuseTaken(state: AwsState, name: string): void {
  const taken = state.groups.get(name);
  if (taken === undefined) return;
  const pending = taken.deleting ? ' and is pending delete' : '';
  throw new AwsFault(
    'AlreadyExists',
    `AutoScalingGroup by this name already exists - A group with the name ${name} already exists${pending}`,
  );
}

/** A tag of a group as it is kept. */
export function toGroupTag(tag: Tag): { value: string; propagate: boolean } {
  return { value: tag.Value ?? '', propagate: tag.PropagateAtLaunch ?? false };
}

function fieldsOf(state: AwsState, input: CreateAutoScalingGroupType): GroupFields {
  const fields: GroupFields = {
    ...firstFields(state),
    ...pickPlainFields(input),
    ...toLaunchSourceOutput(state, input),
  };
  if (fields.AvailabilityZones?.length === 0) {
    fields.AvailabilityZones = [...new Set(listSubnets(state, fields).map((subnet) => subnet.zone))];
  }
  return fields;
}

/** Copies of the given members of an input that are stored unchanged. */
export function pickPlainFields(input: Partial<GroupFields>): Partial<GroupFields> {
  const kept: Partial<GroupFields> = {};
  for (const field of PLAIN_FIELDS) if (input[field] !== undefined) keep(kept, field, input[field]);
  return kept;
}

function keep<F extends keyof GroupFields>(kept: Partial<GroupFields>, field: F, value: GroupFields[F]): void {
  kept[field] = deepCopy(value);
}

/** AWS's defaults for a group. */
function firstFields(state: AwsState): GroupFields {
  return {
    DefaultCooldown: 300,
    AvailabilityZones: [],
    HealthCheckType: 'EC2',
    HealthCheckGracePeriod: 0,
    TerminationPolicies: ['Default'],
    NewInstancesProtectedFromScaleIn: false,
    ServiceLinkedRoleARN: `arn:aws:iam::${state.accountId}:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling`,
    AvailabilityZoneDistribution: { CapacityDistributionStrategy: 'balanced-best-effort' },
    AvailabilityZoneImpairmentPolicy: { ZonalShiftEnabled: false, ImpairedZoneHealthCheckBehavior: 'IgnoreUnhealthy' },
    CapacityReservationSpecification: { CapacityReservationPreference: 'default' },
    DeletionProtection: 'none',
  };
}

function newGroup(state: AwsState, name: string, input: CreateAutoScalingGroupType, fields: GroupFields): GroupRecord {
  const minSize = requireMember(input.MinSize, 'MinSize');
  const desired = input.DesiredCapacity ?? minSize;
  return {
    name,
    arn: `arn:aws:autoscaling:${state.region}:${state.accountId}:autoScalingGroup:${state.ids.uuid()}:autoScalingGroupName/${name}`,
    createdMs: state.nowMs,
    fields,
    minSize,
    maxSize: requireMember(input.MaxSize, 'MaxSize'),
    desired,
    cause: `At ${formatNow(state)} a user request created an AutoScalingGroup changing the desired capacity from 0 to ${desired}.`,
    deleting: false,
    members: new Map(),
    suspended: new Map(),
    attachments: new Map(),
    tags: new Map(),
    hooks: new Map(),
    activities: [],
    policies: new Map(),
    schedule: new Map(),
    notifications: [],
    metrics: new Map(),
    warmPool: undefined,
    refreshes: [],
    rebalancing: false,
    reconcile: undefined,
    healthCheckTask: undefined,
  };
}
