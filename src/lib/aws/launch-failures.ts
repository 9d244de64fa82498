import { type AutoScalingGroup, DescribeScalingActivitiesCommand } from '@aws-sdk/client-auto-scaling';
import type { Clients } from './clients.js';
import { isRefusedByAws } from './errors.js';

/** A group tries again for as long as it wants more than it has, so the last few tell how it fares. */
const NEWEST = 5;
const FAILED: readonly string[] = ['Failed', 'Cancelled'];

/**
 * Why the groups that have fewer instances than they should could not launch one, by name, in AWS's own words. One
 * call for each of those, none for the others; no answer where the caller may not ask.
 */
export async function readLaunchFailures(
  clients: Clients,
  groups: readonly AutoScalingGroup[],
): Promise<ReadonlyMap<string, string>> {
  const short = groups.filter(isShort);
  const found = await Promise.all(
    short.map(async ({ AutoScalingGroupName = '' }) => {
      const failure = await readFailure(clients, AutoScalingGroupName);
      return failure === undefined ? [] : [[AutoScalingGroupName, failure] as const];
    }),
  );
  return new Map(found.flat());
}

/** One whose launches are suspended tries none, and what failed last is an old story. */
function isShort({
  Instances = [],
  DesiredCapacity = 0,
  SuspendedProcesses = [],
}: AutoScalingGroup): boolean {
  const launches = SuspendedProcesses.every(({ ProcessName }) => ProcessName !== 'Launch');
  return launches && Instances.length < DesiredCapacity;
}

async function readFailure(clients: Clients, group: string): Promise<string | undefined> {
  const newest = new DescribeScalingActivitiesCommand({ AutoScalingGroupName: group, MaxRecords: NEWEST });
  try {
    const { Activities = [] } = await clients.autoScaling.send(newest);
    const launch = Activities.find(({ Description = '' }) => Description.startsWith('Launching'));
    return FAILED.includes(launch?.StatusCode ?? '') ? launch?.StatusMessage : undefined;
  } catch (thrown) {
    if (isRefusedByAws(thrown)) return undefined;
    throw thrown;
  }
}
