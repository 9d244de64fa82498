import {
  type AutoScalingGroup,
  CreateAutoScalingGroupCommand,
  type CreateAutoScalingGroupCommandInput,
  DescribeLifecycleHooksCommand,
  type LifecycleHook,
} from '@aws-sdk/client-auto-scaling';
import type { GroupFields, HookFields } from '../../model/cluster-spec.js';
import type { LaunchFrom } from '../../model/launch-source.js';
import { CLUSTER_TAG } from '../../model/tags.js';
import type { SeenGroup } from '../../ports.js';
import type { Clients } from '../clients.js';
import { groupsNamed } from '../cluster-reader.js';
import { groupLike } from '../group-copy.js';
import { ownTags } from './connect.js';

const TRANSITIONS = {
  launching: 'autoscaling:EC2_INSTANCE_LAUNCHING',
  terminating: 'autoscaling:EC2_INSTANCE_TERMINATING',
} as const;

/** See `Creation.group`. */
export async function readGroup(clients: Clients, name: string): Promise<SeenGroup | undefined> {
  const [group] = await groupsNamed(clients, [name]);
  if (group === undefined) return undefined;
  const { LifecycleHooks = [] } = await clients.autoScaling.send(
    new DescribeLifecycleHooksCommand({ AutoScalingGroupName: name }),
  );
  return { fields: fieldsOf(group, LifecycleHooks), launch: launchOf(group) };
}

/** Made by the same request as the copy of one in a roll, but at its size and behind its load balancers. */
export async function createGroup(
  clients: Clients,
  name: string,
  fields: GroupFields,
  launch: LaunchFrom,
  cluster: string,
): Promise<void> {
  const original = { group: describedFrom(name, fields), hooks: fields.hooks.map(hookFrom) };
  const { balancers, targetGroups } = fields;
  const input: CreateAutoScalingGroupCommandInput = {
    ...groupLike(original, { name, template: launch, tags: { [CLUSTER_TAG]: cluster } }),
    MinSize: fields.minSize,
    DesiredCapacity: fields.desired,
    ...(balancers.length > 0 && { LoadBalancerNames: [...balancers] }),
    ...(targetGroups.length > 0 && { TargetGroupARNs: [...targetGroups] }),
  };
  await clients.autoScaling.send(new CreateAutoScalingGroupCommand(input));
}

function launchOf({ LaunchConfigurationName, LaunchTemplate }: AutoScalingGroup): LaunchFrom | undefined {
  if (LaunchConfigurationName) return { kind: 'launch-configuration', name: LaunchConfigurationName };
  if (LaunchTemplate?.LaunchTemplateId === undefined) return undefined;
  const {
    LaunchTemplateId: id,
    LaunchTemplateName: name = id,
    Version: version = '$Default',
  } = LaunchTemplate;
  return { kind: 'launch-template', id, name, version };
}

/** As AWS would describe one with these fields. */
function describedFrom(name: string, fields: GroupFields): AutoScalingGroup {
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

function hookFrom({ name, on, timeoutS, otherwise }: HookFields): LifecycleHook {
  return {
    LifecycleHookName: name,
    LifecycleTransition: TRANSITIONS[on],
    HeartbeatTimeout: timeoutS,
    DefaultResult: otherwise.toUpperCase(),
  };
}

function fieldsOf(group: AutoScalingGroup, hooks: readonly LifecycleHook[]): GroupFields {
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
    tags: ownTags(group.Tags?.filter(({ PropagateAtLaunch }) => PropagateAtLaunch)),
    hooks: hooks.map(hookOf).sort((one, other) => one.name.localeCompare(other.name)),
  };
}

function hookOf(hook: LifecycleHook): HookFields {
  return {
    name: hook.LifecycleHookName ?? '',
    on: hook.LifecycleTransition === TRANSITIONS.launching ? 'launching' : 'terminating',
    timeoutS: hook.HeartbeatTimeout ?? 0,
    otherwise: (hook.DefaultResult ?? '').toLowerCase(),
  };
}
