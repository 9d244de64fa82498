import { RollError } from '../../model/errors.js';
import type { Group } from '../../model/group.js';
import type { Intent } from '../../model/intent.js';
import { findDamagedTag, isRecorded, readIntent, readRecordedSide } from '../../model/tags.js';
import type { Cloud } from '../../ports.js';

/** Which groups a cluster is made of, and the roll recorded on them if one is going on. */
export interface FoundCluster {
  readonly old: Group | undefined;
  readonly new: Group | undefined;
  readonly recorded: Intent | undefined;
}

/**
 * Finds the one group of a cluster, or the two of a roll.
 *
 * @throws RollError `cluster-not-found` or `cluster-ambiguous`, exit 3; `record-damaged`, exit 5
 */
export async function findCluster(
  cloud: Cloud,
  cluster: string,
  named: string | undefined,
): Promise<FoundCluster> {
  const groups = await cloud.findGroups(named ?? cluster);
  const rolling = groups.filter((group) => isRecorded(group));
  const [first] = rolling;
  return first === undefined
    ? findOnlyGroup(cluster, named, groups)
    : findRollGroups(cloud, cluster, rolling);
}

function findOnlyGroup(cluster: string, named: string | undefined, groups: readonly Group[]): FoundCluster {
  const candidates =
    named === undefined ? filterGroupsInUse(groups) : groups.filter((group) => group.name === named);
  const [old, another] = candidates;
  if (old === undefined) throw clusterNotFoundError(cluster, named);
  if (another !== undefined) throw clusterAmbiguousError(cluster, candidates);
  return { old, new: undefined, recorded: undefined };
}

/** An empty group is one that an earlier roll was told to keep, as long as another has servers. */
function filterGroupsInUse(groups: readonly Group[]): readonly Group[] {
  const used = groups.filter((group) => group.desired > 0 || group.instanceIds.length > 0);
  return used.length > 0 ? used : groups;
}

async function findRollGroups(
  cloud: Cloud,
  cluster: string,
  rolling: readonly Group[],
): Promise<FoundCluster> {
  const damaged = rolling.find((group) => readIntent(group) === undefined);
  if (damaged !== undefined) throw recordDamagedError(damaged, rolling);
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
        : `There is no Auto Scaling group ${named}.`,
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
    next: 'name the one to roll with --group',
  });
}

/** Half a record is none: a lost number would count as no servers. A person can put the tag back. */
function recordDamagedError(group: Group, rolling: readonly Group[]): RollError {
  const tag = findDamagedTag(group) ?? '';
  const says = group.tags[tag] === undefined ? 'is missing' : `says "${group.tags[tag]}"`;
  const whole = rolling.find((other) => readIntent(other) !== undefined);
  const resource = `ResourceId="${group.name}",ResourceType=auto-scaling-group`;
  const restored = `Key=${tag},Value="${whole?.tags[tag] ?? 'WHAT-IT-SAID'}",PropagateAtLaunch=false`;
  const source = whole === undefined ? 'put it back as it was' : `put it back as it is on ${whole.name}`;
  return new RollError({
    code: 'record-damaged',
    message: `The record of a roll on the group ${group.name} is damaged: its tag ${tag} ${says}.`,
    kind: 'stopped',
    state: 'A roll is under way on that group; nothing was changed now.',
    next: `${source}: aws autoscaling create-or-update-tags --tags '${resource},${restored}'`,
  });
}

/** Errors of a cluster on which no roll was found, though it could be read. */
const ERRORS_WITHOUT_ROLL: readonly string[] = ['cluster-not-found', 'cluster-ambiguous'];

/**
 * The error of whoever could not read a cluster with a roll on it: it stops that roll part-way, and refuses nothing.
 *
 * @param recorded undefined where the record could not be read either, and somebody means to carry on with it
 */
export function rollInProgressError(thrown: unknown, cluster: string, recorded: Intent | undefined): unknown {
  if (
    !(thrown instanceof RollError) ||
    thrown.kind !== 'refused' ||
    ERRORS_WITHOUT_ROLL.includes(thrown.code)
  ) {
    return thrown;
  }
  const { code, message, next, passing } = thrown;
  const which =
    recorded === undefined
      ? `A roll of ${cluster} may be under way`
      : `Roll ${recorded.rollId} is under way (going ${recorded.direction})`;
  return new RollError({
    code,
    message,
    kind: 'stopped',
    state: `${which}; nothing was changed now.`,
    next: `${next.replace(/\.$/, '')}; then carry on: consul-roll resume --cluster ${cluster}`,
    passing,
    cause: thrown,
  });
}
