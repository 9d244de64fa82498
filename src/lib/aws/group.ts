import type { AutoScalingGroup, LaunchConfiguration } from '@aws-sdk/client-auto-scaling';
import type { Instance } from '@aws-sdk/client-ec2';
import type { Group } from '../model/group.js';
import type { LaunchSource } from '../model/launch-source.js';
import type { BalancerState } from '../model/server.js';
import type { CloudInstance } from '../ports.js';
import type { Clients } from './clients.js';
import { undefinedIfDenied } from './errors.js';
import type { ResolvedLaunchSource } from './launch-source.js';
import type { LoadBalancerHealth } from './target-groups.js';
import { isInWarmPool, toWarmPool } from './warm-pool.js';

/** Converts a group as AWS describes it. */
export function toGroup(described: AutoScalingGroup, source: ResolvedLaunchSource): Group {
  return {
    name: described.AutoScalingGroupName ?? '',
    createdAtMs: described.CreatedTime?.getTime() ?? 0,
    ...source,
    minSize: described.MinSize ?? 0,
    maxSize: described.MaxSize ?? 0,
    desired: described.DesiredCapacity ?? 0,
    protectsNewServers: described.NewInstancesProtectedFromScaleIn ?? false,
    suspendedProcesses: withoutUndefined(described.SuspendedProcesses?.map((each) => each.ProcessName)).sort(),
    balancers: described.LoadBalancerNames ?? [],
    targetGroups: listTargetGroups(described),
    otherTraffic: listOtherTrafficSources(described),
    subnets: parseSubnets(described.VPCZoneIdentifier),
    zones: described.AvailabilityZones ?? [],
    desiredUnit: described.DesiredCapacityType || 'units',
    warmPool: toWarmPool(described),
    deletionProtection: described.DeletionProtection ?? 'none',
    tags: toTagRecord(described.Tags),
    // AWS sets a status on a group only while it deletes it: "Delete in progress".
    deleting: Boolean(described.Status),
    maxLifetimeMs: described.MaxInstanceLifetime ? described.MaxInstanceLifetime * 1_000 : undefined,
    retainsAbandoned: described.InstanceLifecyclePolicy?.RetentionTriggers?.TerminateHookAbandon === 'retain',
    instanceIds: withoutUndefined(listGroupMembers(described).map((each) => each.InstanceId)),
  };
}

/** AWS lists target groups separately and among the traffic sources; either list may be incomplete. */
function listTargetGroups({ TargetGroupARNs = [], TrafficSources = [] }: AutoScalingGroup): string[] {
  const sources = TrafficSources.filter(({ Type }) => Type === 'elbv2');
  return [...new Set([...TargetGroupARNs, ...withoutUndefined(sources.map(({ Identifier }) => Identifier))])];
}

function listOtherTrafficSources({ TrafficSources = [] }: AutoScalingGroup): string[] {
  const others = TrafficSources.filter(({ Type = '' }) => !['', 'elb', 'elbv2'].includes(Type));
  return others.map(({ Type, Identifier }) => `${Type} ${Identifier}`);
}

/** The instances a group has, without those in its warm pool. */
export function listGroupMembers({ Instances = [] }: AutoScalingGroup): NonNullable<AutoScalingGroup['Instances']> {
  return Instances.filter((each) => !isInWarmPool(each));
}

function parseSubnets(identifier: string | undefined): string[] {
  return (identifier ?? '')
    .split(',')
    .map((subnet) => subnet.trim())
    .filter((subnet) => subnet !== '');
}

function toTagRecord(tags: AutoScalingGroup['Tags']): Record<string, string> {
  return Object.fromEntries((tags ?? []).map((tag) => [tag.Key ?? '', tag.Value ?? '']));
}

function withoutUndefined(values: readonly (string | undefined)[] = []): string[] {
  return values.filter((value) => value !== undefined);
}

/** What else was observed about the instances of a group. */
interface InstanceSources {
  /** By instance id; EC2 may not know an instance yet, or no longer. */
  readonly instances: ReadonlyMap<string, Instance>;
  readonly configurations: readonly LaunchConfiguration[];
  /** By load balancer name. */
  readonly health: Readonly<Record<string, LoadBalancerHealth>>;
  /** When it was observed, epoch milliseconds. */
  readonly atMs: number;
}

type GroupMember = NonNullable<AutoScalingGroup['Instances']>[number];

/** The instances a group lists, each joined with EC2 and the load balancers. */
export function toGroupInstances(group: AutoScalingGroup, facts: InstanceSources): CloudInstance[] {
  return listGroupMembers(group).map((member) => toInstance(group, member, facts));
}

function toInstance(group: AutoScalingGroup, member: GroupMember, facts: InstanceSources): CloudInstance {
  const instanceId = member.InstanceId ?? '';
  const machine = facts.instances.get(instanceId);
  return {
    instanceId,
    group: group.AutoScalingGroupName ?? '',
    address: machine?.PrivateIpAddress || undefined,
    zone: member.AvailabilityZone ?? '',
    imageId: machine?.ImageId ?? member.ImageId ?? findLaunchedImage(member, facts.configurations),
    launchedFrom: findLaunchSource(member),
    // An instance that EC2 does not list yet has just been launched; 0 would make it seem overdue.
    launchedAtMs: machine?.LaunchTime?.getTime() ?? facts.atMs,
    lifecycle: member.LifecycleState ?? '',
    protectedFromScaleIn: member.ProtectedFromScaleIn ?? false,
    markedUnhealthy: member.HealthStatus?.toLowerCase() === 'unhealthy',
    balancers: findLoadBalancerStates(instanceId, machine?.PrivateIpAddress, facts.health),
  };
}

function findLaunchSource({ LaunchConfigurationName, LaunchTemplate: from }: GroupMember): LaunchSource | undefined {
  if (LaunchConfigurationName) return { kind: 'launch-configuration', name: LaunchConfigurationName };
  const { LaunchTemplateId: id, LaunchTemplateName: name = '', Version: version = '' } = from ?? {};
  return id === undefined ? undefined : { kind: 'launch-template', id, name, version };
}

function findLaunchedImage(member: GroupMember, configurations: readonly LaunchConfiguration[]): string {
  const name = member.LaunchConfigurationName;
  return configurations.find((each) => each.LaunchConfigurationName === name)?.ImageId ?? '';
}

/** Target groups may list an instance by its address. */
function findLoadBalancerStates(
  instanceId: string,
  address: string | undefined,
  health: InstanceSources['health'],
): Record<string, BalancerState> {
  const stateIn = (states: LoadBalancerHealth) => states[instanceId] ?? states[address ?? ''] ?? 'absent';
  return Object.fromEntries(Object.entries(health).map(([balancer, states]) => [balancer, stateIn(states)]));
}

/** A group retries for as long as it is below its desired size, so the newest few activities are enough. */
const MAX_ACTIVITIES = 5;
const FAILED_STATUSES: readonly string[] = ['Failed', 'Cancelled'];

/**
 * Why groups below their desired size could not launch an instance, by group name, in AWS's own words. One call per
 * such group; nothing where the caller may not read activities.
 */
export async function readLaunchFailures(
  clients: Clients,
  groups: readonly AutoScalingGroup[],
): Promise<ReadonlyMap<string, string>> {
  const short = groups.filter(isBelowDesired);
  const found = await Promise.all(
    short.map(async ({ AutoScalingGroupName = '' }) => {
      const failure = await readLaunchFailure(clients, AutoScalingGroupName);
      return failure === undefined ? [] : [[AutoScalingGroupName, failure] as const];
    }),
  );
  return new Map(found.flat());
}

/** A group whose launches are suspended does not try, and its last failure is out of date. */
function isBelowDesired({ Instances = [], DesiredCapacity = 0, SuspendedProcesses = [] }: AutoScalingGroup): boolean {
  const launches = SuspendedProcesses.every(({ ProcessName }) => ProcessName !== 'Launch');
  return launches && Instances.length < DesiredCapacity;
}

async function readLaunchFailure({ autoScaling }: Clients, group: string): Promise<string | undefined> {
  const newest = { AutoScalingGroupName: group, MaxRecords: MAX_ACTIVITIES };
  const answer = await undefinedIfDenied(autoScaling.describeScalingActivities(newest));
  const launch = answer?.Activities?.find(({ Description = '' }) => Description.startsWith('Launching'));
  return FAILED_STATUSES.includes(launch?.StatusCode ?? '') ? launch?.StatusMessage : undefined;
}
