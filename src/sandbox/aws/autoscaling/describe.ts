import type {
  AutoScalingGroup,
  AutoScalingGroupNamesType,
  AutoScalingGroupsType,
  AutoScalingInstancesType,
  DescribeAutoScalingInstancesType,
  Filter,
  Instance,
} from '@aws-sdk/client-auto-scaling';
import { validationFault } from '../fault.js';
import { getPage } from '../paging.js';
import type { GroupRecord, Member } from '../records.js';
import type { AwsState } from '../state.js';
import { toTagOutputs } from './tags.js';
import { toSourceOutputs } from './traffic-sources.js';

/** DescribeAutoScalingGroups: by name (an unknown one is left out) and by tag filter, in pages. */
export function describeGroups(state: AwsState, input: AutoScalingGroupNamesType): AutoScalingGroupsType {
  const names = input.AutoScalingGroupNames ?? [];
  const all = [...state.groups.values()];
  const named = names.length === 0 ? all : all.filter((group) => names.includes(group.name));
  const chosen = named.filter((group) => (input.Filters ?? []).every((filter) => passes(group, filter)));
  const page = getPage(chosen, input.NextToken, input.MaxRecords, { defaultSize: 50, maxSize: 100 });
  const withInstances = input.IncludeInstances ?? true;
  return {
    AutoScalingGroups: page.items.map((group) => describedGroup(group, withInstances)),
    NextToken: page.nextToken,
  };
}

function passes(group: GroupRecord, filter: Filter): boolean {
  const name = filter.Name ?? '';
  const values = filter.Values ?? [];
  if (name === 'tag-key') return values.some((value) => group.tags.has(value));
  if (name === 'tag-value') return [...group.tags.values()].some((tag) => values.includes(tag.value));
  if (name.startsWith('tag:')) return values.includes(group.tags.get(name.slice('tag:'.length))?.value ?? '\0');
  throw validationFault(
    `Filter type ${name} is not correct. Allowed Filter types are: tag-key tag-value tag:<tag-key>`,
  );
}

function describedGroup(group: GroupRecord, withInstances: boolean): AutoScalingGroup {
  const { fields } = group;
  return {
    ...fields,
    AutoScalingGroupName: group.name,
    AutoScalingGroupARN: group.arn,
    MinSize: group.minSize,
    MaxSize: group.maxSize,
    DesiredCapacity: group.desired,
    DefaultCooldown: fields.DefaultCooldown,
    AvailabilityZones: fields.AvailabilityZones,
    HealthCheckType: fields.HealthCheckType,
    ...toSourceOutputs(group),
    Instances: withInstances ? [...group.members.values()].map(toMemberOutput) : [],
    CreatedTime: new Date(group.createdMs),
    SuspendedProcesses: [...group.suspended].map(([ProcessName, SuspensionReason]) => ({
      ProcessName,
      SuspensionReason,
    })),
    EnabledMetrics: [...group.metrics.values()],
    Status: group.deleting ? 'Delete in progress' : undefined,
    Tags: toTagOutputs(group),
    WarmPoolConfiguration: group.warmPool,
    WarmPoolSize: group.warmPool === undefined ? undefined : 0,
  };
}

/** An instance as its group describes it. */
export function toMemberOutput(member: Member): Instance {
  const { instance } = member;
  return {
    InstanceId: instance.instanceId,
    InstanceType: instance.spec.instanceType,
    AvailabilityZone: instance.subnet.zone,
    AvailabilityZoneId: instance.subnet.zoneId,
    LifecycleState: member.lifecycle,
    HealthStatus: member.health,
    LaunchConfigurationName: member.launchConfigurationName,
    LaunchTemplate: member.launchTemplate,
    ImageId: instance.spec.image.imageId,
    ProtectedFromScaleIn: member.protectedFromScaleIn,
  };
}

/** DescribeAutoScalingInstances: by id (an unknown one is left out), or all, in pages; health in capitals here. */
export function describeGroupInstances(
  state: AwsState,
  input: DescribeAutoScalingInstancesType,
): AutoScalingInstancesType {
  const ids = input.InstanceIds ?? [];
  const all = [...state.groups.values()].flatMap((group) =>
    [...group.members.values()].map((member) => ({
      ...toMemberOutput(member),
      HealthStatus: member.health.toUpperCase(),
      AutoScalingGroupName: group.name,
    })),
  );
  const chosen = ids.length === 0 ? all : all.filter((instance) => ids.includes(instance.InstanceId ?? ''));
  const page = getPage(chosen, input.NextToken, input.MaxRecords, { defaultSize: 50, maxSize: 50 });
  return { AutoScalingInstances: page.items, NextToken: page.nextToken };
}
