import type {
  AutoScalingGroup,
  DescribeAutoScalingGroupsCommandInput,
  LaunchConfiguration,
} from '@aws-sdk/client-auto-scaling';
import type { Instance } from '@aws-sdk/client-ec2';
import type { Clients } from './clients.js';

/** What AWS allows in one request: names for Auto Scaling, values of one filter for EC2. */
const MAX_NAMES = 50;

const MAX_FILTER_VALUES = 200;
const PAGE_SIZE = 100;

const INSTANCE_PAGE_SIZE = 1000;

/** AWS gives it to each instance of a group. */
export const GROUP_TAG = 'aws:autoscaling:groupName';

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

/** What all pages of an answer list. */
export async function collectPages<Page, Item>(
  pages: AsyncIterable<Page>,
  listItems: (page: Page) => readonly Item[] | undefined,
): Promise<Item[]> {
  const found: Item[] = [];
  for await (const page of pages) found.push(...(listItems(page) ?? []));
  return found;
}

async function describeAllGroups(
  { autoScaling }: Clients,
  input: DescribeAutoScalingGroupsCommandInput,
): Promise<AutoScalingGroup[]> {
  const pages = autoScaling.paginateDescribeAutoScalingGroups(input, { pageSize: PAGE_SIZE });
  return collectPages(pages, (page) => page.AutoScalingGroups);
}

/** Every group of the account, without its instances. */
export async function describeEveryGroup(clients: Clients): Promise<AutoScalingGroup[]> {
  return describeAllGroups(clients, { IncludeInstances: false });
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
  { autoScaling }: Clients,
  names: readonly string[],
): Promise<LaunchConfiguration[]> {
  return describeInBatches(names, MAX_NAMES, (LaunchConfigurationNames) => {
    const input = { LaunchConfigurationNames };
    const pages = autoScaling.paginateDescribeLaunchConfigurations(input, { pageSize: PAGE_SIZE });
    return collectPages(pages, (page) => page.LaunchConfigurations);
  });
}

/** What EC2 knows of these instances. Uses a filter, because a request by id fails as a whole if one instance is gone. */
export async function describeInstances({ ec2 }: Clients, ids: readonly string[]): Promise<Instance[]> {
  return describeInBatches(ids, MAX_FILTER_VALUES, (Values) => {
    const input = { Filters: [{ Name: 'instance-id', Values }] };
    const pages = ec2.paginateDescribeInstances(input, { pageSize: INSTANCE_PAGE_SIZE });
    return collectPages(pages, (page) => page.Reservations?.flatMap(({ Instances = [] }) => Instances));
  });
}
