import { isOwnRollName, isRollName } from '../../model/cluster-name.js';
import type { Intent } from '../../model/intent.js';
import { findForeignLaunchSource } from '../launch-source/launch-sources.js';
import { strategyOf } from '../strategy/strategies.js';

/** What no roll of the cluster has. */
export interface ForeignName {
  /** In words: `group payments`. */
  readonly what: string;
  /** The group, if it may be the cluster's: it exists, and only lacks the name of the cluster. */
  readonly group?: string;
}

/**
 * What the intent names that no roll of the cluster has; undefined if there is nothing. Who may write keys may write any
 * name into a record: so the old group is vouched for, or is gone, and what the roll creates is named for it, or vouched for.
 *
 * @param unvouched those that exist, of the two groups that the intent names, and are not known to be the cluster's
 */
export function findForeignName(
  intent: Intent,
  cluster: string,
  unvouched: readonly string[],
): ForeignName | undefined {
  const { oldGroup, newGroup, rollId } = intent;
  if (intent.cluster !== cluster) return { what: `cluster ${intent.cluster}` };
  if (unvouched.includes(oldGroup)) return { what: `group ${oldGroup}`, group: oldGroup };
  // An earlier build's name may be that of another cluster too.
  const mayBeOthers = unvouched.includes(newGroup) && !isOwnRollName(newGroup, cluster, rollId);
  const isNewNamed = strategyOf(intent).launchesInOldGroup || isRollName(newGroup, cluster, rollId);
  if (isNewNamed && mayBeOthers) return { what: `group ${newGroup}`, group: newGroup };
  const what = isNewNamed ? findForeignLaunchSource(intent) : `group ${newGroup}`;
  return what === undefined ? undefined : { what };
}
