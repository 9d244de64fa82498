import type { Group } from '../../model/group.js';
import {
  findLaunchTemplate,
  type LaunchTemplateState,
  launchesFrom,
  type NextLaunchSource,
} from '../../model/launch-source.js';
import { isRecorded, readRecordedSide } from '../../model/tags.js';
import type { CloudInstance, ClusterDescription } from '../../ports.js';

/** Which groups a roll is about. */
export interface GroupNames {
  readonly oldGroup: string;
  /** The name the new group has, or would have. */
  readonly newGroup: string | undefined;
  /** What the new servers run, and what they are launched from; told apart by it where both sides share a group. */
  readonly next: NextServers | undefined;
}

interface NextServers {
  readonly imageId: string;
  readonly launchSource: NextLaunchSource;
}

/** The two groups of a roll, and which of them an instance belongs to. */
export interface GroupViews {
  readonly old: Group | undefined;
  readonly new: Group | undefined;
  readonly isNew: (instance: CloudInstance) => boolean;
}

/** The groups as they are; or, where one group holds both sides, as two views of it. */
export function buildGroupViews(look: ClusterDescription, names: GroupNames): GroupViews {
  const { oldGroup, newGroup, next } = names;
  const group = look.groups.find(({ name }) => name === oldGroup);
  if (group !== undefined && oldGroup === newGroup && next !== undefined) {
    return buildSharedViews(group, look, next);
  }
  return {
    old: group,
    new: look.groups.find(({ name }) => name === newGroup),
    isNew: (instance) => instance.group === newGroup,
  };
}

/**
 * A group rolled in place. Before the roll is recorded on it, it is the old one; once it is handed over, the new one,
 * and so it stays when the record is gone: its template is named after the roll, and every server is new. In between
 * each side is that group with its own servers, and wants as many as it has; what the group wants beyond those belongs
 * to the side that it launches for now.
 */
function buildSharedViews(
  group: Group,
  { instances, launchTemplate }: ClusterDescription,
  next: NextServers,
): GroupViews {
  const retargeted = launchesNext(group, next.launchSource, launchTemplate);
  const isNew = ({ imageId }: CloudInstance) => imageId === next.imageId;
  const own = instances.filter((instance) => instance.group === group.name);
  if (isRecorded(group) ? readRecordedSide(group) === 'new' : retargeted && own.every(isNew)) {
    return { old: undefined, new: group, isNew: () => true };
  }
  if (!isRecorded(group) && !retargeted) return { old: group, new: undefined, isNew: () => false };
  const [older, newer] = [own.filter((one) => !isNew(one)), own.filter(isNew)];
  const [olds, news] = [older.filter(isCounted).length, newer.filter(isCounted).length];
  const newSide: Group = {
    ...group,
    imageId: retargeted ? group.imageId : undefined,
    desired: retargeted ? Math.max(0, group.desired - olds) : news,
    instanceIds: newer.map(idOf),
  };
  const launched = retargeted ? undefined : group.imageId;
  const desired = retargeted ? olds : Math.max(0, group.desired - news);
  return {
    old: { ...group, imageId: older[0]?.imageId ?? launched, desired, instanceIds: older.map(idOf) },
    new: retargeted || newer.length > 0 ? newSide : undefined,
    isNew,
  };
}

/** Whether what the group launches is what the roll made: by its name, or by the number its version has. */
function launchesNext(
  { launchSource }: Group,
  fresh: NextLaunchSource,
  seen: LaunchTemplateState | undefined,
): boolean {
  if (fresh.kind === 'launch-configuration') return launchesFrom(launchSource, fresh);
  const launchTemplate = findLaunchTemplate(launchSource);
  return (
    seen?.rollVersion !== undefined &&
    launchTemplate?.id === seen.id &&
    launchTemplate.resolved === seen.rollVersion
  );
}

/** An instance that is terminated by name is no longer wanted from that moment on. */
function isCounted({ lifecycle }: CloudInstance): boolean {
  return !/^(Terminat|Detach)/.test(lifecycle);
}

function idOf({ instanceId }: CloudInstance): string {
  return instanceId;
}
