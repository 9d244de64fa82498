import { formatFlag, RollError } from '../../model/errors.js';
import type { Group } from '../../model/group.js';
import type { Intent } from '../../model/intent.js';
import { buildRecordTags, findDamagedTag, isRecorded, readIntent, readRecordedSide } from '../../model/tags.js';
import type { Cloud } from '../../ports.js';

/** The groups of a cluster, and the roll that is recorded on them, if any. */
export interface FoundCluster {
  readonly old: Group | undefined;
  readonly new: Group | undefined;
  readonly recorded: Intent | undefined;
}

/**
 * Finds the one group of a cluster, or the two of a roll.
 *
 * @throws RollError `cluster-not-found`, `cluster-ambiguous` or `record-damaged`
 */
export async function findCluster(cloud: Cloud, cluster: string, named: string | undefined): Promise<FoundCluster> {
  const groups = await cloud.findGroups(named ?? cluster);
  const rolling = groups.filter((group) => isRecorded(group));
  const [first] = rolling;
  return first === undefined ? findOnlyGroup(cluster, named, groups) : findRollGroups(cloud, cluster, rolling);
}

function findOnlyGroup(cluster: string, named: string | undefined, groups: readonly Group[]): FoundCluster {
  const candidates = named === undefined ? filterGroupsInUse(groups) : groups.filter((group) => group.name === named);
  const [old, another] = candidates;
  if (old === undefined) throw clusterNotFoundError(cluster, named);
  if (another !== undefined) throw clusterAmbiguousError(cluster, candidates);
  return { old, new: undefined, recorded: undefined };
}

/** An earlier roll may have kept an empty group: empty groups are left out if another one has servers. */
function filterGroupsInUse(groups: readonly Group[]): readonly Group[] {
  const used = groups.filter((group) => group.desired > 0 || group.instanceIds.length > 0);
  return used.length > 0 ? used : groups;
}

async function findRollGroups(cloud: Cloud, cluster: string, rolling: readonly Group[]): Promise<FoundCluster> {
  const damaged = rolling.find((group) => readIntent(group) === undefined);
  if (damaged !== undefined) throw recordDamagedError(damaged, rolling, cluster);
  const [recorded] = rolling.map((group) => readIntent(group));
  const rolls = new Set(rolling.map((group) => readIntent(group)?.rollId));
  if (recorded === undefined || rolls.size > 1) throw clusterAmbiguousError(cluster, rolling);
  const names = [...new Set([recorded.oldGroup, recorded.newGroup])];
  const { groups } = await cloud.describeCluster(names, [], []).catch((thrown) => {
    throw rollInProgressError(thrown, cluster, recorded);
  });
  return {
    old: groups.find((group) => group.name === recorded.oldGroup && readRecordedSide(group) !== 'new'),
    new: groups.find((group) => group.name === recorded.newGroup && readRecordedSide(group) !== 'old'),
    recorded,
  };
}

function clusterNotFoundError(cluster: string, named: string | undefined): RollError {
  return new RollError({
    code: 'cluster-not-found',
    message:
      named === undefined
        ? `No Auto Scaling group is named ${cluster}, or tagged Name=${cluster}.`
        : `Auto Scaling group ${named} does not exist.`,
    kind: 'refused',
    next: 'check the name, the account and the region: aws autoscaling describe-auto-scaling-groups',
  });
}

function clusterAmbiguousError(cluster: string, groups: readonly Group[]): RollError {
  const names = groups.map((group) => group.name).join(', ');
  return new RollError({
    code: 'cluster-ambiguous',
    message: `${groups.length} Auto Scaling groups match the cluster ${cluster}: ${names}.`,
    kind: 'refused',
    next: 'select one with --group',
  });
}

/** A damaged record is never used in part: a lost number could count as 0 servers. */
function recordDamagedError(group: Group, rolling: readonly Group[], cluster: string): RollError {
  const tag = findDamagedTag(group) ?? '';
  const state = group.tags[tag] === undefined ? 'is missing' : `has the value "${group.tags[tag]}"`;
  const [intent] = rolling.flatMap((other) => readIntent(other) ?? []);
  const value = intent && buildRecordTags(intent, group.name === intent.oldGroup ? 'old' : 'new')[tag];
  const restore =
    value === undefined
      ? `find the value that the roll wrote: aws cloudtrail lookup-events --lookup-attributes AttributeKey=EventName,AttributeValue=CreateOrUpdateTags; write it again with aws autoscaling create-or-update-tags`
      : `restore the tag: aws autoscaling create-or-update-tags ${formatFlag('tags', `ResourceId="${group.name}",ResourceType=auto-scaling-group,Key=${tag},Value="${value}",PropagateAtLaunch=false`)}`;
  return new RollError({
    code: 'record-damaged',
    message: `The record of a roll on the group ${group.name} is damaged: its tag ${tag} ${state}.`,
    kind: 'stopped',
    state: 'A roll of that group is in progress; this command changed nothing.',
    next: `${restore}; then consul-roll resume ${formatFlag('cluster', cluster)}`,
  });
}

/** Errors of a cluster that could be read and has no recorded roll. */
const ERRORS_WITHOUT_ROLL: readonly string[] = ['cluster-not-found', 'cluster-ambiguous'];

/**
 * The error of a command that could not read a cluster with a roll in progress: that roll is stopped, not refused.
 *
 * @param recorded undefined if the record could not be read either
 */
export function rollInProgressError(thrown: unknown, cluster: string, recorded: Intent | undefined): unknown {
  if (!(thrown instanceof RollError) || thrown.kind !== 'refused' || ERRORS_WITHOUT_ROLL.includes(thrown.code)) {
    return thrown;
  }
  const { code, message, next, passing } = thrown;
  const which =
    recorded === undefined
      ? `A roll of ${cluster} may be in progress`
      : `Roll ${recorded.rollId} is in progress (${recorded.direction})`;
  return new RollError({
    code,
    message,
    kind: 'stopped',
    state: `${which}; this command changed nothing.`,
    next: `${next}; then consul-roll resume ${formatFlag('cluster', cluster)}`,
    passing,
    cause: thrown,
  });
}
