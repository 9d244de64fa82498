import { isOwnRollName } from '../../model/cluster-name.js';
import type { Group } from '../../model/group.js';

/**
 * The names of other groups with servers that may be the cluster's by what no tag of a group says: the name that a roll gave
 * the group, or the one that the group gave its servers when it launched them. Who may write tags may take every name from
 * the group of the cluster, and give it to another one. None is the cluster's by this alone.
 *
 * @param own the groups that have the name of the cluster
 * @param named those that are called as a roll might call one
 * @param launched those with a server in EC2 that has the name of the cluster
 */
export function listUntagged(
  cluster: string,
  own: readonly Group[],
  named: readonly string[],
  launched: readonly string[],
): readonly string[] {
  const names = new Set([...named.filter((name) => isOwnRollName(name, cluster)), ...launched]);
  return [...names].filter((name) => !own.some((group) => group.name === name));
}
