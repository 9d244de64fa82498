import type { AutoScalingGroup } from '@aws-sdk/client-auto-scaling';
import type { Group } from '../model/group.js';
import { CLUSTER_TAG } from '../model/tags.js';
import type { Clients } from './clients.js';
import { groupsNamed, groupsTagged } from './describe.js';
import { groupOf } from './group.js';
import { launchSourceOf, readLaunchSources } from './launch-source.js';

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
