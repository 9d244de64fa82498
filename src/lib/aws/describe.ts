import {
  type AutoScalingGroup,
  type DescribeAutoScalingGroupsCommandInput,
  type LaunchConfiguration,
  paginateDescribeAutoScalingGroups,
  paginateDescribeLaunchConfigurations,
} from '@aws-sdk/client-auto-scaling';
import { type Instance, paginateDescribeInstances } from '@aws-sdk/client-ec2';
import type { Clients } from './clients.js';

/** What AWS allows in one request: names for Auto Scaling, values of one filter for EC2. */
const MAX_NAMES = 50;

const MAX_FILTER_VALUES = 200;
const PAGE_SIZE = 100;

const INSTANCE_PAGE_SIZE = 1000;

/** Makes no request for an empty list, because AWS would take it to mean everything. */
async function describeInBatches<Found>(
  names: readonly string[],
  size: number,
  ask: (batch: string[]) => Promise<Found[]>,
): Promise<Found[]> {
  const distinct = [...new Set(names)];
  const batches: string[][] = [];
  for (let start = 0; start < distinct.length; start += size) batches.push(distinct.slice(start, start + size));
  return (await Promise.all(batches.map(ask))).flat();
}

async function describeAllGroups(
  clients: Clients,
  input: DescribeAutoScalingGroupsCommandInput,
): Promise<AutoScalingGroup[]> {
  const found: AutoScalingGroup[] = [];
  const pages = paginateDescribeAutoScalingGroups({ client: clients.autoScaling, pageSize: PAGE_SIZE }, input);
  for await (const page of pages) found.push(...(page.AutoScalingGroups ?? []));
  return found;
}

/** The groups of these names that exist. */
export async function describeGroupsByName(clients: Clients, names: readonly string[]): Promise<AutoScalingGroup[]> {
  return describeInBatches(names, MAX_NAMES, (AutoScalingGroupNames) =>
    describeAllGroups(clients, { AutoScalingGroupNames }),
  );
}

/** The groups that carry a tag with this value. */
export async function describeGroupsByTag(clients: Clients, key: string, value: string): Promise<AutoScalingGroup[]> {
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

/** What EC2 knows of these instances. Uses a filter, because a request by id fails as a whole if one instance is gone. */
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
