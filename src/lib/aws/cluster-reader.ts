import {
  type AutoScalingGroup,
  type DescribeAutoScalingGroupsCommandInput,
  type LaunchConfiguration,
  paginateDescribeAutoScalingGroups,
  paginateDescribeLaunchConfigurations,
} from '@aws-sdk/client-auto-scaling';
import { type Instance, paginateDescribeInstances } from '@aws-sdk/client-ec2';
import type { Group } from '../model/group.js';
import { CLUSTER_TAG } from '../model/tags.js';
import type { ClusterDescription, LaunchTemplateQuery } from '../ports.js';
import type { Clients } from './clients.js';
import { listGroupMembers, readLaunchFailures, toGroup, toGroupInstances } from './group.js';
import { describeLaunchSources, resolveLaunchSource } from './launch-source.js';
import { readLaunchTemplateState } from './launch-template.js';
import type { LoadBalancerHealth, LoadBalancerReader } from './load-balancers.js';

/** Looks at groups, their instances, templates and load balancers in one batch of describe calls. */
export interface ClusterReader {
  describeCluster(
    groupNames: readonly string[],
    templateNames: readonly string[],
    balancers: readonly string[],
    launchTemplate?: LaunchTemplateQuery,
  ): Promise<ClusterDescription>;
}

/**
 * Two rounds: groups and load balancers together, then what the groups name. The number of calls depends on the
 * load balancers alone, not on the servers, up to what AWS answers in one page; a group that cannot launch what it
 * should is asked why.
 */
export function createClusterReader(
  clients: Clients,
  traffic: LoadBalancerReader,
  now: () => number,
): ClusterReader {
  return {
    async describeCluster(groupNames, templateNames, balancers, query) {
      const [described, health, drainingMs, launchTemplate] = await Promise.all([
        describeGroupsByName(clients, groupNames),
        readByName<LoadBalancerHealth>(balancers, traffic.readHealth),
        readByName(balancers, traffic.readDrainTimeoutMs),
        query && readLaunchTemplateState(clients, query),
      ]);
      const atMs = now();
      const ids = described.flatMap((group) => listGroupMembers(group).map((each) => each.InstanceId ?? ''));
      const [sources, machines, failures] = await Promise.all([
        describeLaunchSources(clients, described, templateNames),
        describeInstances(clients, ids),
        readLaunchFailures(clients, described),
      ]);
      const facts = { instances: indexById(machines), configurations: sources.configurations, health, atMs };
      const existing = new Set(sources.configurations.map((each) => each.LaunchConfigurationName));
      return {
        groups: described
          .map((group) => toGroup(group, resolveLaunchSource(group, sources)))
          .map((group) => ({ ...group, launchFailure: failures.get(group.name) })),
        instances: described.flatMap((group) => toGroupInstances(group, facts)),
        launchConfigurations: templateNames.filter((name) => existing.has(name)),
        launchTemplate,
        drainingMs,
      };
    },
  };
}

async function readByName<Value>(
  names: readonly string[],
  read: (name: string) => Promise<Value>,
): Promise<Record<string, Value>> {
  const distinct = [...new Set(names)];
  return Object.fromEntries(await Promise.all(distinct.map(async (name) => [name, await read(name)])));
}

function indexById(machines: readonly Instance[]): Map<string, Instance> {
  return new Map(machines.map((machine) => [machine.InstanceId ?? '', machine]));
}

/** The groups of a cluster, by name, by `Name` tag and by our own tag; each once, oldest first. */
export async function findGroups(clients: Clients, cluster: string): Promise<Group[]> {
  const found = await Promise.all([
    describeGroupsByName(clients, [cluster]),
    describeGroupsByTag(clients, 'Name', cluster),
    describeGroupsByTag(clients, CLUSTER_TAG, cluster),
  ]);
  const groups = uniqueGroups(found.flat());
  const sources = await describeLaunchSources(clients, groups, []);
  return groups
    .map((group) => toGroup(group, resolveLaunchSource(group, sources)))
    .sort((one, other) => one.createdAtMs - other.createdAtMs || one.name.localeCompare(other.name));
}

function uniqueGroups(groups: readonly AutoScalingGroup[]): AutoScalingGroup[] {
  return [...new Map(groups.map((group) => [group.AutoScalingGroupName, group])).values()];
}

/** What AWS allows in one request: names for Auto Scaling, values of one filter for EC2. */
const MAX_NAMES = 50;
const MAX_FILTER_VALUES = 200;
const PAGE_SIZE = 100;
const INSTANCE_PAGE_SIZE = 1000;

/** The groups of these names that exist. */
export async function describeGroupsByName(
  clients: Clients,
  names: readonly string[],
): Promise<AutoScalingGroup[]> {
  return describeInBatches(names, MAX_NAMES, (AutoScalingGroupNames) =>
    describeAllGroups(clients, { AutoScalingGroupNames }),
  );
}

/** The groups that carry a tag with this value. */
export async function describeGroupsByTag(
  clients: Clients,
  key: string,
  value: string,
): Promise<AutoScalingGroup[]> {
  return describeAllGroups(clients, { Filters: [{ Name: `tag:${key}`, Values: [value] }] });
}

/** The launch configurations of these names that exist, user data included. */
export async function describeLaunchConfigurations(
  clients: Clients,
  names: readonly string[],
): Promise<LaunchConfiguration[]> {
  return describeInBatches(names, MAX_NAMES, async (LaunchConfigurationNames) => {
    const found: LaunchConfiguration[] = [];
    const pages = paginateDescribeLaunchConfigurations(
      { client: clients.autoScaling, pageSize: PAGE_SIZE },
      { LaunchConfigurationNames },
    );
    for await (const page of pages) found.push(...(page.LaunchConfigurations ?? []));
    return found;
  });
}

/** What EC2 knows of these instances. Asked by filter, since asking by id fails as a whole when one has vanished. */
export async function describeInstances(clients: Clients, ids: readonly string[]): Promise<Instance[]> {
  return describeInBatches(ids, MAX_FILTER_VALUES, async (Values) => {
    const found: Instance[] = [];
    const pages = paginateDescribeInstances(
      { client: clients.ec2, pageSize: INSTANCE_PAGE_SIZE },
      { Filters: [{ Name: 'instance-id', Values }] },
    );
    for await (const page of pages) {
      for (const reservation of page.Reservations ?? []) found.push(...(reservation.Instances ?? []));
    }
    return found;
  });
}

async function describeAllGroups(
  clients: Clients,
  input: DescribeAutoScalingGroupsCommandInput,
): Promise<AutoScalingGroup[]> {
  const found: AutoScalingGroup[] = [];
  const pages = paginateDescribeAutoScalingGroups(
    { client: clients.autoScaling, pageSize: PAGE_SIZE },
    input,
  );
  for await (const page of pages) found.push(...(page.AutoScalingGroups ?? []));
  return found;
}

/** No request at all for no names: AWS would take an empty list to mean everything. */
async function describeInBatches<Found>(
  names: readonly string[],
  size: number,
  ask: (batch: string[]) => Promise<Found[]>,
): Promise<Found[]> {
  const distinct = [...new Set(names)];
  const batches: string[][] = [];
  for (let start = 0; start < distinct.length; start += size)
    batches.push(distinct.slice(start, start + size));
  return (await Promise.all(batches.map(ask))).flat();
}
