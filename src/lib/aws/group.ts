import type { AutoScalingGroup } from '@aws-sdk/client-auto-scaling';
import type { Group } from '../model/group.js';
import type { LaunchSource } from './launch-source.js';
import { isWarmed, warmPoolOf } from './warm-pool.js';

/** A group as AWS describes it, in the words of a roll. */
export function groupOf(described: AutoScalingGroup, source: LaunchSource): Group {
  return {
    name: described.AutoScalingGroupName ?? '',
    createdAtMs: described.CreatedTime?.getTime() ?? 0,
    ...source,
    minSize: described.MinSize ?? 0,
    maxSize: described.MaxSize ?? 0,
    desired: described.DesiredCapacity ?? 0,
    suspended: texts(described.SuspendedProcesses?.map((each) => each.ProcessName)).sort(),
    balancers: described.LoadBalancerNames ?? [],
    targetGroups: targetGroupsOf(described),
    otherTraffic: otherTrafficOf(described),
    subnets: subnetsOf(described.VPCZoneIdentifier),
    desiredUnit: described.DesiredCapacityType || 'units',
    warmPool: warmPoolOf(described),
    deletionProtection: described.DeletionProtection ?? 'none',
    tags: tagsOf(described.Tags),
    // AWS sets a status on a group only while it deletes it: "Delete in progress".
    deleting: Boolean(described.Status),
    instanceIds: texts(membersOf(described).map((each) => each.InstanceId)),
  };
}

/** Target groups are listed by themselves and among the traffic sources; either list may be the one AWS fills. */
function targetGroupsOf({ TargetGroupARNs = [], TrafficSources = [] }: AutoScalingGroup): string[] {
  const sources = TrafficSources.filter(({ Type }) => Type === 'elbv2');
  return [...new Set([...TargetGroupARNs, ...texts(sources.map(({ Identifier }) => Identifier))])];
}

function otherTrafficOf({ TrafficSources = [] }: AutoScalingGroup): string[] {
  const others = TrafficSources.filter(({ Type = '' }) => !['', 'elb', 'elbv2'].includes(Type));
  return others.map(({ Type, Identifier }) => `${Type} ${Identifier}`);
}

/** The instances a group has, without those in its warm pool. */
export function membersOf({ Instances = [] }: AutoScalingGroup): NonNullable<AutoScalingGroup['Instances']> {
  return Instances.filter((each) => !isWarmed(each));
}

function subnetsOf(identifier: string | undefined): string[] {
  return (identifier ?? '')
    .split(',')
    .map((subnet) => subnet.trim())
    .filter((subnet) => subnet !== '');
}

function tagsOf(tags: AutoScalingGroup['Tags']): Record<string, string> {
  return Object.fromEntries((tags ?? []).map((tag) => [tag.Key ?? '', tag.Value ?? '']));
}

function texts(values: readonly (string | undefined)[] = []): string[] {
  return values.filter((value) => value !== undefined);
}
