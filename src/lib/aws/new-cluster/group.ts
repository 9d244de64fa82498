import type { AutoScalingGroup, CreateAutoScalingGroupCommandInput, LifecycleHook } from '@aws-sdk/client-auto-scaling';
import type { GroupSpec, LifecycleHookSpec } from '../../model/cluster-spec.js';
import type { LaunchSource } from '../../model/launch-source.js';
import { compareTexts } from '../../model/similar.js';
import { CLUSTER_TAG } from '../../model/tags.js';
import type { ExistingGroup } from '../../ports.js';
import type { Clients } from '../clients.js';
import { describeGroupsByName } from '../describe.js';
import { withoutReservedTags } from '../fields.js';
import { copyGroupInput } from '../group-copy.js';

const LIFECYCLE_TRANSITIONS = {
  launching: 'autoscaling:EC2_INSTANCE_LAUNCHING',
  terminating: 'autoscaling:EC2_INSTANCE_TERMINATING',
} as const;

/** See `Creation.findGroup`. */
export async function readGroupFields(clients: Clients, name: string): Promise<ExistingGroup | undefined> {
  const [group] = await describeGroupsByName(clients, [name]);
  if (group === undefined) return undefined;
  const { LifecycleHooks = [] } = await clients.autoScaling.describeLifecycleHooks({ AutoScalingGroupName: name });
  return { fields: toGroupFields(group, LifecycleHooks), launchSource: toLaunchSource(group) };
}

/** Uses the request of a roll's group copy, at full size and attached to its load balancers. */
export async function createFirstGroup(
  clients: Clients,
  name: string,
  fields: GroupSpec,
  launchSource: LaunchSource,
  cluster: string,
): Promise<void> {
  const original = { group: buildGroupDescription(name, fields), hooks: fields.hooks.map(buildLifecycleHook) };
  const { balancers, targetGroups } = fields;
  const input: CreateAutoScalingGroupCommandInput = {
    ...copyGroupInput(original, { name, launchSource: launchSource, tags: { [CLUSTER_TAG]: cluster } }),
    MinSize: fields.minSize,
    DesiredCapacity: fields.desired,
    ...(balancers.length > 0 && { LoadBalancerNames: [...balancers] }),
    ...(targetGroups.length > 0 && { TargetGroupARNs: [...targetGroups] }),
  };
  await clients.autoScaling.createAutoScalingGroup(input);
}

function toLaunchSource({ LaunchConfigurationName, LaunchTemplate }: AutoScalingGroup): LaunchSource | undefined {
  if (LaunchConfigurationName) return { kind: 'launch-configuration', name: LaunchConfigurationName };
  if (LaunchTemplate?.LaunchTemplateId === undefined) return undefined;
  const { LaunchTemplateId: id, LaunchTemplateName: name = id, Version: version = '$Default' } = LaunchTemplate;
  return { kind: 'launch-template', id, name, version };
}

/** The group as AWS would describe it with these fields. */
function buildGroupDescription(name: string, fields: GroupSpec): AutoScalingGroup {
  return {
    AutoScalingGroupName: name,
    MinSize: fields.minSize,
    MaxSize: fields.maxSize,
    DesiredCapacity: fields.desired,
    DefaultCooldown: undefined,
    AvailabilityZones: undefined,
    CreatedTime: undefined,
    VPCZoneIdentifier: fields.subnets.join(','),
    HealthCheckType: fields.healthType,
    HealthCheckGracePeriod: fields.graceS,
    TerminationPolicies: [...fields.terminationPolicies],
    Tags: Object.entries(fields.tags).map(([Key, Value]) => ({ Key, Value, PropagateAtLaunch: true })),
  };
}

function buildLifecycleHook({ name, on, timeoutS, defaultResult: otherwise }: LifecycleHookSpec): LifecycleHook {
  return {
    LifecycleHookName: name,
    LifecycleTransition: LIFECYCLE_TRANSITIONS[on],
    HeartbeatTimeout: timeoutS,
    DefaultResult: otherwise.toUpperCase(),
  };
}

function toGroupFields(group: AutoScalingGroup, hooks: readonly LifecycleHook[]): GroupSpec {
  return {
    minSize: group.MinSize ?? 0,
    maxSize: group.MaxSize ?? 0,
    desired: group.DesiredCapacity ?? 0,
    subnets: (group.VPCZoneIdentifier ?? '').split(',').filter(Boolean).sort(),
    balancers: [...(group.LoadBalancerNames ?? [])].sort(),
    targetGroups: [...(group.TargetGroupARNs ?? [])].sort(),
    healthType: group.HealthCheckType ?? '',
    graceS: group.HealthCheckGracePeriod ?? 0,
    terminationPolicies: group.TerminationPolicies ?? [],
    tags: withoutReservedTags(group.Tags?.filter(({ PropagateAtLaunch }) => PropagateAtLaunch)),
    hooks: hooks.map(toHookFields).sort((one, other) => compareTexts(one.name, other.name)),
  };
}

function toHookFields(hook: LifecycleHook): LifecycleHookSpec {
  return {
    name: hook.LifecycleHookName ?? '',
    on: hook.LifecycleTransition === LIFECYCLE_TRANSITIONS.launching ? 'launching' : 'terminating',
    timeoutS: hook.HeartbeatTimeout ?? 0,
    defaultResult: (hook.DefaultResult ?? '').toLowerCase(),
  };
}
