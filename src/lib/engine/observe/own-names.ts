import { isRollName } from '../../model/cluster-name.js';
import type { Group } from '../../model/group.js';
import type { Intent } from '../../model/intent.js';
import { findForeignLaunchSource } from '../launch-source/launch-sources.js';
import { strategyOf } from '../strategy/strategies.js';

/**
 * What the intent names that no roll of the cluster has; undefined if there is nothing. The old group is one of those that
 * are found by the name of the cluster, or is gone; what the roll creates is named for it.
 *
 * @param groups those that are found by the name of the cluster
 * @param existing those that exist, of the two that the intent names
 */
export function findForeignName(
  intent: Intent,
  cluster: string,
  groups: readonly Pick<Group, 'name'>[],
  existing: readonly Pick<Group, 'name'>[],
): string | undefined {
  const { oldGroup, newGroup, rollId } = intent;
  const hasOldGroup = (some: readonly Pick<Group, 'name'>[]) => some.some(({ name }) => name === oldGroup);
  if (intent.cluster !== cluster) return `cluster ${intent.cluster}`;
  if (!hasOldGroup(groups) && hasOldGroup(existing)) return `group ${oldGroup}`;
  const isNewNamed = strategyOf(intent).launchesInOldGroup || isRollName(newGroup, cluster, rollId);
  return isNewNamed ? findForeignLaunchSource(intent) : `group ${newGroup}`;
}
