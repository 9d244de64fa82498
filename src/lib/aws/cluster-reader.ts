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
import type { CloudLook, SoughtTemplate } from '../ports.js';
import type { Clients } from './clients.js';
import { groupOf, instancesOfGroup, membersOf, readLaunchFailures } from './group.js';
import { launchSourceOf, readLaunchSources } from './launch-source.js';
import { readSeenTemplate } from './launch-template.js';
import type { BalancerHealth, Traffic } from './load-balancers.js';

/** Looks at groups, their instances, templates and load balancers in one batch of describe calls. */
export interface Lookout {
  look(
    groupNames: readonly string[],
    templateNames: readonly string[],
    balancers: readonly string[],
    launchTemplate?: SoughtTemplate,
  ): Promise<CloudLook>;
}

/**
 * Two rounds: groups and load balancers together, then what the groups name. The number of calls depends on the
 * load balancers alone, not on the servers, up to what AWS answers in one page; a group that cannot launch what it
 * should is asked why.
 */
export function createLookout(clients: Clients, traffic: Traffic, now: () => number): Lookout {
  return {
    async look(groupNames, templateNames, balancers, sought) {
      const [described, health, drainingMs, launchTemplate] = await Promise.all([
        groupsNamed(clients, groupNames),
        byName<BalancerHealth>(balancers, traffic.health),
        byName(balancers, traffic.drainingMs),
        sought && readSeenTemplate(clients, sought),
      ]);
      const atMs = now();
      const ids = described.flatMap((group) => membersOf(group).map((each) => each.InstanceId ?? ''));
      const [sources, machines, failures] = await Promise.all([
        readLaunchSources(clients, described, templateNames),
        instancesOf(clients, ids),
        readLaunchFailures(clients, described),
      ]);
      const facts = { machines: byId(machines), configurations: sources.configurations, health, atMs };
      const existing = new Set(sources.configurations.map((each) => each.LaunchConfigurationName));
      return {
        groups: described
          .map((group) => groupOf(group, launchSourceOf(group, sources)))
          .map((group) => ({ ...group, launchFailure: failures.get(group.name) })),
        instances: described.flatMap((group) => instancesOfGroup(group, facts)),
        templates: templateNames.filter((name) => existing.has(name)),
        launchTemplate,
        drainingMs,
      };
    },
  };
}

async function byName<Value>(
  names: readonly string[],
  read: (name: string) => Promise<Value>,
): Promise<Record<string, Value>> {
  const distinct = [...new Set(names)];
  return Object.fromEntries(await Promise.all(distinct.map(async (name) => [name, await read(name)])));
}

function byId(machines: readonly Instance[]): Map<string, Instance> {
  return new Map(machines.map((machine) => [machine.InstanceId ?? '', machine]));
}

/** The groups of a cluster, by name, by `Name` tag and by our own tag; each once, oldest first. */
export async function findGroups(clients: Clients, cluster: string): Promise<Group[]> {
  const found = await Promise.all([
    groupsNamed(clients, [cluster]),
    groupsTagged(clients, 'Name', cluster),
    groupsTagged(clients, CLUSTER_TAG, cluster),
  ]);
  const groups = eachOnce(found.flat());
  const sources = await readLaunchSources(clients, groups, []);
  return groups
    .map((group) => groupOf(group, launchSourceOf(group, sources)))
    .sort((one, other) => one.createdAtMs - other.createdAtMs || one.name.localeCompare(other.name));
}

function eachOnce(groups: readonly AutoScalingGroup[]): AutoScalingGroup[] {
  return [...new Map(groups.map((group) => [group.AutoScalingGroupName, group])).values()];
}

/** What AWS allows in one request: names for Auto Scaling, values of one filter for EC2. */
const NAMES_AT_ONCE = 50;
const FILTER_VALUES_AT_ONCE = 200;
const PAGE_SIZE = 100;
const INSTANCES_A_PAGE = 1000;

/** The groups of these names that exist. */
export async function groupsNamed(clients: Clients, names: readonly string[]): Promise<AutoScalingGroup[]> {
  return inBatches(names, NAMES_AT_ONCE, (AutoScalingGroupNames) =>
    pagesOfGroups(clients, { AutoScalingGroupNames }),
  );
}

/** The groups that carry a tag with this value. */
export async function groupsTagged(
  clients: Clients,
  key: string,
  value: string,
): Promise<AutoScalingGroup[]> {
  return pagesOfGroups(clients, { Filters: [{ Name: `tag:${key}`, Values: [value] }] });
}

/** The launch configurations of these names that exist, user data included. */
export async function launchConfigurationsNamed(
  clients: Clients,
  names: readonly string[],
): Promise<LaunchConfiguration[]> {
  return inBatches(names, NAMES_AT_ONCE, async (LaunchConfigurationNames) => {
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
export async function instancesOf(clients: Clients, ids: readonly string[]): Promise<Instance[]> {
  return inBatches(ids, FILTER_VALUES_AT_ONCE, async (Values) => {
    const found: Instance[] = [];
    const pages = paginateDescribeInstances(
      { client: clients.ec2, pageSize: INSTANCES_A_PAGE },
      { Filters: [{ Name: 'instance-id', Values }] },
    );
    for await (const page of pages) {
      for (const reservation of page.Reservations ?? []) found.push(...(reservation.Instances ?? []));
    }
    return found;
  });
}

async function pagesOfGroups(
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
async function inBatches<Found>(
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
