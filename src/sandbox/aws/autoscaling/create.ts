import type { CreateAutoScalingGroupType, Tag } from '@aws-sdk/client-auto-scaling';
import { AwsFault, required } from '../fault.js';
import { copied } from '../members.js';
import { nowText, type WorldState } from '../state.js';
import { attach } from './attachments.js';
import type { GroupFields, GroupRecord } from './group.js';
import { plainFields } from './group.js';
import { watchHealth } from './health.js';
import { putHook } from './hook-actions.js';
import { checkLaunchSource, describedSource } from './launch-source.js';
import { subnetsOf } from './placement.js';
import { reconcileSoon } from './reconcile.js';
import { sourcesIn } from './traffic-sources.js';
import { checkFields, checkSizes } from './validation.js';

/** CreateAutoScalingGroup: everything is checked before anything is made; instances follow a moment later. */
export function createGroup(state: WorldState, input: CreateAutoScalingGroupType): Record<string, never> {
  const name = required(input.AutoScalingGroupName, 'AutoScalingGroupName');
  refuseTaken(state, name);
  checkLaunchSource(state, input);
  const fields = fieldsOf(state, input);
  checkFields(state, fields);
  const group = newGroup(state, name, input, fields);
  checkSizes(group);
  for (const tag of input.Tags ?? []) group.tags.set(required(tag.Key, 'Tags.Key'), groupTag(tag));
  for (const hook of input.LifecycleHookSpecificationList ?? []) putHook(group, hook);
  attach(state, group, sourcesIn(input));
  state.groups.set(name, group);
  watchHealth(state, group);
  reconcileSoon(state, group);
  return {};
}

function refuseTaken(state: WorldState, name: string): void {
  const taken = state.groups.get(name);
  if (taken === undefined) return;
  const pending = taken.deleting ? ' and is pending delete' : '';
  throw new AwsFault(
    'AlreadyExists',
    `AutoScalingGroup by this name already exists - A group with the name ${name} already exists${pending}`,
  );
}

/** A tag of a group as it is kept. */
export function groupTag(tag: Tag): { value: string; propagate: boolean } {
  return { value: tag.Value ?? '', propagate: tag.PropagateAtLaunch ?? false };
}

function fieldsOf(state: WorldState, input: CreateAutoScalingGroupType): GroupFields {
  const fields: GroupFields = {
    ...firstFields(state),
    ...plainOnly(input),
    ...describedSource(state, input),
  };
  if (fields.AvailabilityZones?.length === 0) {
    fields.AvailabilityZones = [...new Set(subnetsOf(state, fields).map((subnet) => subnet.zone))];
  }
  return fields;
}

/** The members of an input that are kept as they are, as far as they were said, copied. */
export function plainOnly(input: Partial<GroupFields>): Partial<GroupFields> {
  const kept: Partial<GroupFields> = {};
  for (const field of plainFields) if (input[field] !== undefined) keep(kept, field, input[field]);
  return kept;
}

function keep<F extends keyof GroupFields>(
  kept: Partial<GroupFields>,
  field: F,
  value: GroupFields[F],
): void {
  kept[field] = copied(value);
}

/** What AWS sets in a group where nothing is said. */
function firstFields(state: WorldState): GroupFields {
  return {
    DefaultCooldown: 300,
    AvailabilityZones: [],
    HealthCheckType: 'EC2',
    HealthCheckGracePeriod: 0,
    TerminationPolicies: ['Default'],
    NewInstancesProtectedFromScaleIn: false,
    ServiceLinkedRoleARN: `arn:aws:iam::${state.accountId}:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling`,
    AvailabilityZoneDistribution: { CapacityDistributionStrategy: 'balanced-best-effort' },
    AvailabilityZoneImpairmentPolicy: {
      ZonalShiftEnabled: false,
      ImpairedZoneHealthCheckBehavior: 'IgnoreUnhealthy',
    },
    CapacityReservationSpecification: { CapacityReservationPreference: 'default' },
    DeletionProtection: 'none',
  };
}

function newGroup(
  state: WorldState,
  name: string,
  input: CreateAutoScalingGroupType,
  fields: GroupFields,
): GroupRecord {
  const minSize = required(input.MinSize, 'MinSize');
  const desired = input.DesiredCapacity ?? minSize;
  return {
    name,
    arn: `arn:aws:autoscaling:${state.region}:${state.accountId}:autoScalingGroup:${state.ids.uuid()}:autoScalingGroupName/${name}`,
    createdMs: state.nowMs,
    fields,
    minSize,
    maxSize: required(input.MaxSize, 'MaxSize'),
    desired,
    cause: `At ${nowText(state)} a user request created an AutoScalingGroup changing the desired capacity from 0 to ${desired}.`,
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
    reconcile: undefined,
    healthLook: undefined,
  };
}
