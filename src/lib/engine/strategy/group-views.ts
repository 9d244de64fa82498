import type { Group } from '../../model/group.js';
import type { NextLaunchSource } from '../../model/launch-source.js';
import { isOnStandby, isTerminating } from '../../model/servers.js';
import { isRecorded, readRecordedSide } from '../../model/tags.js';
import type { CloudInstance, ClusterDescription } from '../../ports.js';
import { launchSourceOf } from '../launch-source/launch-sources.js';

/** The groups of a roll. */
export interface GroupNames {
  readonly oldGroup: string;
  /** The name that the new group has, or will have. */
  readonly newGroup: string | undefined;
  /** What new servers are launched from. In place, it tells them from old ones in the same group. */
  readonly next: { readonly imageId: string; readonly launchSource: NextLaunchSource } | undefined;
}

/** The old and the new group of a roll, and which of them an instance belongs to. */
export interface GroupViews {
  readonly old: Group | undefined;
  readonly new: Group | undefined;
  readonly isNew: (instance: CloudInstance) => boolean;
}

/** The two groups, each with its own instances. */
export function buildSeparateViews({ groups }: ClusterDescription, { oldGroup, newGroup }: GroupNames): GroupViews {
  return {
    old: groups.find(({ name }) => name === oldGroup),
    new: groups.find(({ name }) => name === newGroup),
    isNew: (instance) => instance.group === newGroup,
  };
}

/**
 * The views of a group that is rolled in place. Before the roll is recorded on it, it is the old group. After the roll
 * is complete it is the new one, also without the record: its launch source is the roll's, and every server is new. In
 * between, each view has its own servers, and a desired capacity of as many; the rest of the group's desired capacity
 * belongs to the view whose image the group launches now.
 */
export function buildSharedViews(description: ClusterDescription, names: GroupNames): GroupViews {
  const { groups, instances, launchTemplate } = description;
  const { oldGroup, next } = names;
  const group = groups.find(({ name }) => name === oldGroup);
  if (group === undefined || next === undefined) return buildSeparateViews(description, names);
  const source = launchSourceOf({ nextLaunchSource: next.launchSource });
  const launchesNew = source.isUsedBy(group.launchSource, launchTemplate);
  const isNew = ({ imageId }: CloudInstance) => imageId === next.imageId;
  const own = instances.filter((instance) => instance.group === group.name);
  if (isRecorded(group) ? readRecordedSide(group) === 'new' : launchesNew && own.every(isNew)) {
    return { old: undefined, new: group, isNew: () => true };
  }
  if (!isRecorded(group) && !launchesNew) return { old: group, new: undefined, isNew: () => false };
  const oldInstances = own.filter((one) => !isNew(one));
  const newInstances = own.filter(isNew);
  // Terminating an instance by id lowers the desired capacity at once; one on standby does not count towards it.
  const isCounted = (one: CloudInstance) => !isTerminating(one) && !isOnStandby(one);
  const count = (some: readonly CloudInstance[]) => some.filter(isCounted).length;
  const listIds = (some: readonly CloudInstance[]) => some.map(({ instanceId }) => instanceId);
  const [oldCount, newCount] = [count(oldInstances), count(newInstances)];
  const newSide: Group = {
    ...group,
    imageId: launchesNew ? group.imageId : undefined,
    desired: launchesNew ? Math.max(0, group.desired - oldCount) : newCount,
    instanceIds: listIds(newInstances),
  };
  const launched = launchesNew ? undefined : group.imageId;
  const desired = launchesNew ? oldCount : Math.max(0, group.desired - newCount);
  return {
    old: { ...group, imageId: oldInstances[0]?.imageId ?? launched, desired, instanceIds: listIds(oldInstances) },
    new: launchesNew || newInstances.length > 0 ? newSide : undefined,
    isNew,
  };
}
