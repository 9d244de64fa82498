import type { Group, LifecycleHook } from '../../../src/lib/model/group.js';
import type { LaunchSource } from '../../../src/lib/model/launch-source.js';
import type { BalancerState } from '../../../src/lib/model/server.js';
import type { CloudInstance, ClusterDescription, LaunchTemplateQuery } from '../../../src/lib/ports.js';
import type { GroupRecord, GroupTag, Member } from '../../../src/sandbox/aws/records.js';
import type { AwsState } from '../../../src/sandbox/aws/state.js';
import { readLaunchTemplateState, resolveLaunchSource } from './launch-source-reads.js';
import { getDrainTimeouts, getLoadBalancerState, listAttached } from './traffic.js';

/**
 * The result of the AWS adapter's describe calls, read straight from the account: the calls themselves are too slow
 * to be made thousands of times a second. `ports.test.ts` shows that both agree.
 */
export function describeCluster(
  state: AwsState,
  groupNames: readonly string[],
  templateNames: readonly string[],
  balancers: readonly string[],
  launchTemplate?: LaunchTemplateQuery,
): ClusterDescription {
  const groups: Group[] = [];
  const instances: CloudInstance[] = [];
  for (const name of groupNames) {
    const record = state.groups.get(name);
    if (record === undefined) continue;
    groups.push(toGroup(state, record));
    for (const member of record.members.values()) instances.push(toInstance(state, name, member, balancers));
  }
  return {
    groups,
    instances,
    launchConfigurations: templateNames.filter((name) => state.launchConfigurations.has(name)),
    launchTemplate: readLaunchTemplateState(state, launchTemplate),
    drainingMs: getDrainTimeouts(state, balancers),
  };
}

/** A group as the engine's ports describe it. */
export function toGroup(state: AwsState, record: GroupRecord): Group {
  const { launchSource, imageId, instanceType } = resolveLaunchSource(state, record);
  const { balancers, targetGroups } = listAttached(record);
  return {
    name: record.name,
    createdAtMs: record.createdMs,
    launchSource,
    imageId,
    instanceType,
    minSize: record.minSize,
    maxSize: record.maxSize,
    desired: record.desired,
    protectsNewServers: record.fields.NewInstancesProtectedFromScaleIn ?? false,
    suspendedProcesses: sortedKeys(record.suspended),
    balancers,
    targetGroups,
    otherTraffic: [],
    subnets: parseSubnets(record.fields.VPCZoneIdentifier ?? ''),
    zones: record.fields.AvailabilityZones ?? [],
    desiredUnit: record.fields.DesiredCapacityType ?? 'units',
    warmPool: record.warmPool === undefined ? 'none' : 'there',
    deletionProtection: record.fields.DeletionProtection ?? 'none',
    tags: tagsIn(record.tags),
    deleting: record.deleting,
    hooks: listHoldingHooks(record),
    maxLifetimeMs: record.fields.MaxInstanceLifetime ? record.fields.MaxInstanceLifetime * 1_000 : undefined,
    retainsAbandoned: false,
    instanceIds: [...record.members.keys()],
  };
}

/** As the adapter does, only while a hook holds a member. */
function listHoldingHooks(record: GroupRecord): readonly LifecycleHook[] | undefined {
  if (record.hooks.size === 0) return undefined;
  const isHeld = [...record.members.values()].some(({ lifecycle }) => lifecycle.endsWith(':Wait'));
  return isHeld ? listHooks(record) : undefined;
}

/** The lifecycle hooks of a group as the engine's ports describe them. */
export function listHooks({ hooks }: GroupRecord): readonly LifecycleHook[] {
  return [...hooks.values()].map(({ LifecycleHookName = '', LifecycleTransition, ...hook }) => ({
    name: LifecycleHookName,
    holds: LifecycleTransition === 'autoscaling:EC2_INSTANCE_TERMINATING' ? 'terminations' : 'launches',
    timeoutMs: (hook.HeartbeatTimeout ?? 3_600) * 1_000,
    defaultResult: hook.DefaultResult ?? 'ABANDON',
  }));
}

const SUBNETS = new Map<string, readonly string[]>([['', []]]);

/** The subnets of a list; each list is parsed once. */
function parseSubnets(text: string): readonly string[] {
  const known = SUBNETS.get(text) ?? text.split(',');
  SUBNETS.set(text, known);
  return known;
}

/** The result made from a map, and the entries it was made from. */
interface Memo<Value, Result> {
  readonly keys: readonly string[];
  readonly values: readonly Value[];
  readonly result: Result;
}

/** Caches the result made from a map until its entries change: few observations find a group changed. */
function memoize<Value, Result>(
  make: (entries: ReadonlyMap<string, Value>) => Result,
): (entries: ReadonlyMap<string, Value>) => Result {
  const known = new WeakMap<ReadonlyMap<string, Value>, Memo<Value, Result>>();
  return (entries) => {
    const before = known.get(entries);
    if (before !== undefined && isUnchanged(before, entries)) return before.result;
    const made = { keys: [...entries.keys()], values: [...entries.values()], result: make(entries) };
    known.set(entries, made);
    return made.result;
  };
}

function isUnchanged<Value>({ keys, values }: Memo<Value, unknown>, entries: ReadonlyMap<string, Value>): boolean {
  if (keys.length !== entries.size) return false;
  let n = 0;
  for (const [key, value] of entries) {
    if (keys[n] !== key || values[n] !== value) return false;
    n++;
  }
  return true;
}

const tagsIn = memoize((tags: ReadonlyMap<string, GroupTag>): Readonly<Record<string, string>> => {
  const texts: Record<string, string> = {};
  for (const [key, { value }] of tags) texts[key] = value;
  return texts;
});

const sortedKeys = memoize((entries: ReadonlyMap<string, string>): readonly string[] => [...entries.keys()].sort());

function toLaunchSource({ launchConfigurationName, launchTemplate: from }: Member): LaunchSource | undefined {
  if (launchConfigurationName !== undefined) return { kind: 'launch-configuration', name: launchConfigurationName };
  const { LaunchTemplateId: id = '', LaunchTemplateName: name = '', Version: version = '' } = from ?? {};
  return from && { kind: 'launch-template', id, name, version };
}

function toInstance(state: AwsState, group: string, member: Member, balancers: readonly string[]): CloudInstance {
  const { instance } = member;
  const states: Record<string, BalancerState> = {};
  for (const name of balancers) {
    states[name] = getLoadBalancerState(state, name, instance.instanceId);
  }
  return {
    instanceId: instance.instanceId,
    group,
    // EC2 deletes the address with the network interface.
    address: instance.state === 'terminated' ? undefined : instance.address,
    zone: instance.subnet.zone,
    imageId: instance.spec.image.imageId,
    launchedFrom: toLaunchSource(member),
    launchedAtMs: instance.launchedMs,
    lifecycle: member.lifecycle,
    protectedFromScaleIn: member.protectedFromScaleIn,
    markedUnhealthy: member.health === 'Unhealthy',
    balancers: states,
  };
}
