import { buildRollNamePrefix, isOwnRollName } from '../../model/cluster-name.js';
import type { Cloud } from '../../ports.js';

/**
 * The names of the groups with servers that may be the cluster's by what no tag of a group says: the name that a roll gave
 * the group, or the one that the group gave its servers when it launched them. Who may write tags may take every name from
 * the group of the cluster, and give it to another one. None is the cluster's by this alone.
 */
export async function findUntagged(cloud: Cloud, cluster: string): Promise<readonly string[]> {
  const [named, launched] = await Promise.all([
    cloud.findGroupsOfServers({ groupNamePrefix: buildRollNamePrefix(cluster) }),
    cloud.findGroupsOfServers({ serverName: cluster }),
  ]);
  return [...new Set([...named.filter((name) => isOwnRollName(name, cluster)), ...launched])];
}
