import { isOwnRollName, isRollName } from '../../model/cluster-name.js';
import type { Group } from '../../model/group.js';
import type { Intent } from '../../model/intent.js';
import { launchesFromAny } from '../../model/launch-source.js';
import type { RollRecord } from '../../model/record.js';
import { buildRecordTags, PREVIOUS_LAUNCH_SOURCE_TAG, readClusterName } from '../../model/tags.js';
import type { ClusterDescription } from '../../ports.js';
import { findForeignLaunchSource } from '../launch-source/launch-sources.js';
import { strategyOf } from '../strategy/strategies.js';

/**
 * The old group, if only the record says what it launched from before the roll: it launches from something else now, none
 * of its servers is from that, and its tags do not say so. A rollback sets the group to it, so that who may write keys, or
 * tags, must not be enough to choose it.
 *
 * @param groups as AWS describes them, with their tags as they are
 */
export function findUnprovedGroup(
  { intent, side }: RollRecord,
  { groups, instances }: Pick<ClusterDescription, 'groups' | 'instances'>,
): Group | undefined {
  const { oldGroup, previousLaunchSource: previous } = intent;
  const isReplaced = strategyOf(intent).launchesInOldGroup && side === 'new';
  const old = isReplaced ? undefined : groups.find(({ name }) => name === oldGroup);
  if (old === undefined || launchesFromAny(old.launchSource, previous)) return undefined;
  const isProved = instances.some(
    ({ group, launchedFrom }) => group === oldGroup && launchedFrom && launchesFromAny(launchedFrom, previous),
  );
  const key = PREVIOUS_LAUNCH_SOURCE_TAG;
  return isProved || old.tags[key] === buildRecordTags(intent, 'old')[key] ? undefined : old;
}

/** What no roll of the cluster has. */
export interface ForeignName {
  /** In words: `group payments`. */
  readonly what: string;
  /** The group, if it may be the cluster's: it exists, and lacks the name of the cluster, or is not held by a roll. */
  readonly group?: Group;
}

/**
 * What the intent names that no roll of the cluster has; undefined if there is nothing. Who may write keys may write any
 * name into a record: so the old group is vouched for, or is gone, and what the roll creates is named for it, or vouched for.
 *
 * @param unvouched those that exist, of the two groups that the intent names, and are not known to be the cluster's
 */
export function findForeignName(intent: Intent, cluster: string, unvouched: readonly Group[]): ForeignName | undefined {
  const { oldGroup, newGroup, rollId } = intent;
  if (intent.cluster !== cluster) return { what: `cluster ${intent.cluster}` };
  const old = unvouched.find(({ name }) => name === oldGroup);
  if (old !== undefined) return { what: `group ${oldGroup}`, group: old };
  const unknown = unvouched.find(({ name }) => name === newGroup);
  const mayBeOthers = unknown !== undefined && mayBeOfAnother(unknown, intent);
  const isNewNamed = strategyOf(intent).launchesInOldGroup || isRollName(newGroup, cluster, rollId);
  if (isNewNamed && mayBeOthers) return { what: `group ${newGroup}`, group: unknown };
  const what = isNewNamed ? findForeignLaunchSource(intent) : `group ${newGroup}`;
  return what === undefined ? undefined : { what };
}

/**
 * True for a group by whose name alone it may be that of another cluster. An earlier build gave the groups of `prod/consul`
 * the names that rolls of `prod-consul` give; their tags name the cluster.
 */
function mayBeOfAnother(group: Pick<Group, 'name' | 'tags'>, { cluster, rollId }: Intent): boolean {
  return !isOwnRollName(group.name, cluster, rollId) || ![cluster, group.name].includes(readClusterName(group));
}
