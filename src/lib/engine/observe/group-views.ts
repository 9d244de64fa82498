import type { Group } from '../../model/group.js';
import type { NextLaunchSource } from '../../model/launch-source.js';
import { isRecorded, readRecordedSide } from '../../model/tags.js';
import type { CloudInstance, ClusterDescription } from '../../ports.js';
import { launchSourceOf } from '../launch-source/launch-sources.js';

/** The groups of a roll. */
export interface GroupNames {
  readonly oldGroup: string;
  /** The name that the new group has, or will have. */
  readonly newGroup: string | undefined;
  /** What new servers are launched from. In place, it tells them from old ones in the same group. */
  readonly next: NextServers | undefined;
}

interface NextServers {
  readonly imageId: string;
  readonly launchSource: NextLaunchSource;
}

/** The old and the new group of a roll, and which of them an instance belongs to. */
export interface GroupViews {
  readonly old: Group | undefined;
  readonly new: Group | undefined;
  readonly isNew: (instance: CloudInstance) => boolean;
}

/** The two groups; or in place, where one group has old and new servers, two views of it. */
export function buildGroupViews(description: ClusterDescription, names: GroupNames): GroupViews {
  const { oldGroup, newGroup, next } = names;
  const group = description.groups.find(({ name }) => name === oldGroup);
  if (group !== undefined && oldGroup === newGroup && next !== undefined) {
    return buildSharedViews(group, description, next);
  }
  return {
    old: group,
    new: description.groups.find(({ name }) => name === newGroup),
    isNew: (instance) => instance.group === newGroup,
  };
}

/**
 * The views of a group that is rolled in place. Before the roll is recorded on it, it is the old group. After the roll
 * is complete it is the new one, also without the record: its launch source is the roll's, and every server is new. In
 * between, each view has its own servers, and a desired capacity of as many; the rest of the group's desired capacity
 * belongs to the view whose image the group launches now.
 */
function buildSharedViews(
  group: Group,
  { instances, launchTemplate }: ClusterDescription,
  next: NextServers,
): GroupViews {
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
  const oldCount = oldInstances.filter(isCounted).length;
  const newCount = newInstances.filter(isCounted).length;
  const newSide: Group = {
    ...group,
    imageId: launchesNew ? group.imageId : undefined,
    desired: launchesNew ? Math.max(0, group.desired - oldCount) : newCount,
    instanceIds: newInstances.map(idOf),
  };
  const launched = launchesNew ? undefined : group.imageId;
  const desired = launchesNew ? oldCount : Math.max(0, group.desired - newCount);
  return {
    old: { ...group, imageId: oldInstances[0]?.imageId ?? launched, desired, instanceIds: oldInstances.map(idOf) },
    new: launchesNew || newInstances.length > 0 ? newSide : undefined,
    isNew,
  };
}

/** Terminating an instance by id lowers the desired capacity at once. */
function isCounted({ lifecycle }: CloudInstance): boolean {
  return !/^(Terminat|Detach)/.test(lifecycle);
}

function idOf({ instanceId }: CloudInstance): string {
  return instanceId;
}
