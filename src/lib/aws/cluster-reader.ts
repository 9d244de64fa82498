import type { AutoScalingGroup } from '@aws-sdk/client-auto-scaling';
import type { Instance } from '@aws-sdk/client-ec2';
import type { Group } from '../model/group.js';
import type { GroupSummary, ServerQuery } from '../model/listed-cluster.js';
import { compareTexts } from '../model/similar.js';
import { CLUSTER_TAG } from '../model/tags.js';
import type { ClusterDescription, LaunchTemplateQuery } from '../ports.js';
import type { Clients } from './clients.js';
import {
  collectPages,
  describeEveryGroup,
  describeGroupsByName,
  describeGroupsByTag,
  describeInstances,
  GROUP_TAG,
} from './describe.js';
import { listGroupMembers, readLaunchFailures, toGroup, toGroupInstances } from './group.js';
import { describeLaunchSources, resolveLaunchSource } from './launch-source.js';
import { readLaunchTemplateState } from './launch-template.js';
import { readHoldingHooks } from './lifecycle-hooks.js';
import type { LoadBalancerReader } from './load-balancers.js';
import type { LoadBalancerHealth } from './target-groups.js';

/** Describes groups, their instances, launch configurations and load balancers in one batch of calls. */
interface ClusterReader {
  describeCluster(
    groupNames: readonly string[],
    launchConfigurationNames: readonly string[],
    balancers: readonly string[],
    launchTemplate?: LaunchTemplateQuery,
  ): Promise<ClusterDescription>;
}

/**
 * Reads in two rounds: first the groups and load balancers, then what the groups name. The number of calls depends on
 * the number of load balancers, not of servers, up to what AWS returns in one page. A group below its desired size
 * costs one more call, why its launches fail; one with a server that a lifecycle hook holds too, for the hooks.
 */
export function createClusterReader(clients: Clients, traffic: LoadBalancerReader, now: () => number): ClusterReader {
  return {
    async describeCluster(groupNames, launchConfigurationNames, balancers, query) {
      const [described, health, drainingMs, launchTemplate] = await Promise.all([
        describeGroupsByName(clients, groupNames),
        readByName<LoadBalancerHealth>(balancers, traffic.readHealth),
        readByName(balancers, traffic.readDrainTimeoutMs),
        query && readLaunchTemplateState(clients, query),
      ]);
      const atMs = now();
      const ids = described.flatMap((group) => listGroupMembers(group).map((each) => each.InstanceId ?? ''));
      const [sources, machines, failures, hooks] = await Promise.all([
        describeLaunchSources(clients, described, launchConfigurationNames),
        describeInstances(clients, ids),
        readLaunchFailures(clients, described),
        readHoldingHooks(clients, described),
      ]);
      const facts = { instances: indexById(machines), configurations: sources.configurations, health, atMs };
      const existing = new Set(sources.configurations.map((each) => each.LaunchConfigurationName));
      return {
        groups: described
          .map((group) => toGroup(group, resolveLaunchSource(group, sources)))
          .map((group) => ({ ...group, launchFailure: failures.get(group.name), hooks: hooks.get(group.name) })),
        instances: described.flatMap((group) => toGroupInstances(group, facts)),
        launchConfigurations: launchConfigurationNames.filter((name) => existing.has(name)),
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
    .sort((one, other) => one.createdAtMs - other.createdAtMs || compareTexts(one.name, other.name));
}

/** See `Cloud.findGroupsOfServers`. EC2 gives an instance the name of its group in a tag that only AWS can write. */
export async function findGroupsOfServers({ ec2 }: Clients, query: ServerQuery): Promise<string[]> {
  const tag =
    'serverName' in query
      ? { Name: 'tag:Name', Values: [escapeFilterValue(query.serverName)] }
      : { Name: `tag:${GROUP_TAG}`, Values: [`${escapeFilterValue(query.groupNamePrefix)}*`] };
  const Filters = [tag, { Name: 'instance-state-name', Values: ['pending', 'running'] }];
  const pages = ec2.paginateDescribeInstances({ Filters });
  const found = await collectPages(pages, (page) => page.Reservations?.flatMap(({ Instances = [] }) => Instances));
  const names = found.map(({ Tags = [] }) => Tags.find(({ Key }) => Key === GROUP_TAG)?.Value);
  return [...new Set(names.flatMap((name) => name ?? []))];
}

/** Any text as the value of a filter, in which `*` and `?` stand for others. */
function escapeFilterValue(text: string): string {
  return text.replaceAll(/[*?\\]/g, '\\$&');
}

/** See `Cloud.listGroups`. */
export async function listGroups(clients: Clients): Promise<GroupSummary[]> {
  const groups = await describeEveryGroup(clients);
  return groups.map(({ AutoScalingGroupName: name = '', DesiredCapacity: desired = 0, Tags = [] }) => {
    const tags = Object.fromEntries(Tags.map(({ Key = '', Value = '' }) => [Key, Value]));
    return { name, desired, tags };
  });
}

function uniqueGroups(groups: readonly AutoScalingGroup[]): AutoScalingGroup[] {
  return [...new Map(groups.map((group) => [group.AutoScalingGroupName, group])).values()];
}
