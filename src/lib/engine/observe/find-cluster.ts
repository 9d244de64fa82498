import { formatFlag, formatRollFlags, formatUntagCommand, quoteWord, RollError } from '../../model/errors.js';
import type { Group } from '../../model/group.js';
import { buildRecordKey, type Intent } from '../../model/intent.js';
import { ROLL_ID, type RollRecord } from '../../model/record.js';
import { CLUSTER_TAG, isRecorded, ROLL_TAG, readIntent, readRecordedSide } from '../../model/tags.js';
import type { Cloud } from '../../ports.js';
import type { Engine } from '../engine.js';
import { strategyOf } from '../strategy/strategies.js';
import { applyRecord } from './apply-record.js';
import { findForeignName } from './own-names.js';
import { readStore } from './read-store.js';

/** The groups of a cluster, and the roll that is recorded, if any. */
export interface FoundCluster {
  readonly old: Group | undefined;
  readonly new: Group | undefined;
  /** As the cluster's own store has it. */
  readonly record: RollRecord | undefined;
  /** A roll that only tags tell of. */
  readonly claim: Claim | undefined;
}

/** What tags say of a roll, which the store does not confirm: others than operators may write tags. */
interface Claim {
  readonly rollId: string;
  /** The groups that have the tags. */
  readonly groups: readonly Group[];
  /** What they say; undefined if that is incomplete, or of another cluster. */
  readonly record: RollRecord | undefined;
  /** False where no leader told what the store has. */
  readonly isStoreKnown: boolean;
}

/**
 * Finds the one group of a cluster, or the two of a roll. The old group is found by the name of the cluster, with a roll as
 * without; what the roll is, the store of the cluster says that its servers are in.
 *
 * @throws RollError `cluster-not-found`, `cluster-ambiguous`, `record-damaged` or `record-foreign`
 */
export async function findCluster(engine: Engine, cluster: string, named: string | undefined): Promise<FoundCluster> {
  const { groups, candidates } = await findCandidates(engine.cloud, cluster, named);
  const claimed = groups.filter((group) => isRecorded(group));
  const stored = await readStore(engine, cluster, candidates, named ?? cluster).catch((thrown) => {
    throw claimed.length === 0
      ? thrown
      : rollInProgressError(thrown, cluster, readClaim(cluster, groups, claimed)?.intent);
  });
  if (stored === 'damaged') throw recordDamagedError(cluster);
  if (stored !== undefined && stored !== 'unreadable') {
    return { ...(await findRollGroups(engine.cloud, cluster, groups, stored)), record: stored, claim: undefined };
  }
  const [first] = claimed;
  if (first === undefined) return { old: chooseOnly(cluster, candidates), ...NOTHING_ELSE };
  const claimable = readClaim(cluster, groups, claimed);
  // Without the roll, several groups with servers would not be one cluster.
  const isOfAll = candidates.every(({ name }) => listNames(claimable).includes(name));
  const record = isOfAll ? claimable : undefined;
  const claim = { rollId: readRollId(first), groups: claimed, record, isStoreKnown: stored !== 'unreadable' };
  const found = record && (await findRollGroups(engine.cloud, cluster, groups, record));
  return found === undefined ? { old: undefined, ...NOTHING_ELSE, claim } : { ...found, record: undefined, claim };
}

const NOTHING_ELSE = { new: undefined, record: undefined, claim: undefined };

/**
 * The one group of a cluster, by what AWS says alone, and the id of a roll that tags tell of.
 *
 * @throws RollError `cluster-not-found` or `cluster-ambiguous`
 */
export async function findOnlyGroup(cloud: Cloud, cluster: string): Promise<{ group: Group; rollId?: string }> {
  const { groups, candidates } = await findCandidates(cloud, cluster, undefined);
  const claimed = groups.find((group) => isRecorded(group));
  return claimed === undefined
    ? { group: chooseOnly(cluster, candidates) }
    : { group: claimed, rollId: readRollId(claimed) };
}

interface Candidates {
  /** All that have the name of the cluster, or tags that name it. */
  readonly groups: readonly Group[];
  /** Those of them that may be the cluster's; never empty. */
  readonly candidates: readonly Group[];
}

async function findCandidates(cloud: Cloud, cluster: string, named: string | undefined): Promise<Candidates> {
  const own = await cloud.findGroups(named ?? cluster);
  if (named === undefined) {
    if (own.length === 0) throw clusterNotFoundError(cluster, named);
    return { groups: own, candidates: filterGroupsInUse(own) };
  }
  const candidates = own.filter((group) => group.name === named);
  if (candidates.length === 0) throw clusterNotFoundError(cluster, named);
  const others = named === cluster ? [] : await cloud.findGroups(cluster);
  const claimed = [...own, ...others].filter((group) => group.name !== named && isRecorded(group));
  return { groups: [...candidates, ...claimed], candidates };
}

/** An earlier roll may have kept an empty group: empty groups are left out if another one has servers. */
function filterGroupsInUse(groups: readonly Group[]): readonly Group[] {
  const used = groups.filter((group) => group.desired > 0 || group.instanceIds.length > 0);
  return used.length > 0 ? used : groups;
}

function chooseOnly(cluster: string, candidates: readonly Group[]): Group {
  const [only, another] = candidates;
  if (only === undefined) throw clusterNotFoundError(cluster, undefined);
  if (another !== undefined) throw clusterAmbiguousError(cluster, candidates);
  return only;
}

/** @throws RollError `record-foreign` if the record names what no roll of this cluster has */
async function findRollGroups(
  cloud: Cloud,
  cluster: string,
  groups: readonly Group[],
  record: RollRecord,
): Promise<Pick<FoundCluster, 'old' | 'new'>> {
  const { intent, side } = record;
  const { oldGroup, newGroup } = intent;
  const described = await cloud.describeCluster([...new Set([oldGroup, newGroup])], [], []).catch((thrown) => {
    throw rollInProgressError(thrown, cluster, intent);
  });
  const foreign = findForeignName(intent, cluster, groups, described.groups);
  if (foreign !== undefined) throw recordForeignError(cluster, intent, foreign);
  const own = applyRecord(described.groups, record);
  const isShared = strategyOf(intent).launchesInOldGroup;
  return {
    old: own.find(({ name }) => name === oldGroup && !(isShared && side === 'new')),
    new: own.find(({ name }) => name === newGroup && !(isShared && side === 'old')),
  };
}

function listNames(record: RollRecord | undefined): readonly string[] {
  return record === undefined ? [] : [record.intent.oldGroup, record.intent.newGroup];
}

/** What the tags of the groups say, if they agree, and name what a roll of this cluster has. */
function readClaim(cluster: string, groups: readonly Group[], claimed: readonly Group[]): RollRecord | undefined {
  const [first] = claimed;
  const intents = claimed.map((group) => readIntent(group));
  const [intent] = intents;
  if (first === undefined || intent === undefined) return undefined;
  const isWhole = ROLL_ID.test(intent.rollId) && IMAGE_ID.test(intent.imageId);
  const isAgreed = intents.every((one) => one?.rollId === intent.rollId && one.imageId === intent.imageId);
  const isOwn = findForeignName(intent, cluster, groups, [{ name: intent.oldGroup }]) === undefined;
  if (!isWhole || !isAgreed || !(isOwn || isOldGroupGone(intent, cluster, claimed))) return undefined;
  return { intent, side: readRecordedSide(first) ?? 'old' };
}

/** At the end of a roll only the new group is left. */
function isOldGroupGone(intent: Intent, cluster: string, claimed: readonly Group[]): boolean {
  const isNew = claimed.every(({ name }) => name === intent.newGroup);
  return isNew && findForeignName(intent, cluster, [], []) === undefined;
}

const IMAGE_ID = /^ami-[\da-z]+$/;

/** Others may write any text into a tag. */
function readRollId({ tags }: Group): string {
  const text = tags[ROLL_TAG] ?? '';
  return ROLL_ID.test(text) ? text : 'without a valid id';
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
  const matches = groups.map((group) => ({ group, key: findNamingTag(group, cluster) }));
  const names = matches.map(
    ({ group: { name }, key }) => `${name} (${key === undefined ? 'name' : `tag ${key}=${cluster}`})`,
  );
  return new RollError({
    code: 'cluster-ambiguous',
    message: `${groups.length} Auto Scaling groups match the cluster ${cluster}: ${names.join(', ')}.`,
    kind: 'refused',
    // No command: only an operator knows which of them is the cluster's.
    next: 'select one with --group, or remove the tag from a group that is not of this cluster',
  });
}

/** The tag by which a group is taken for one of the cluster; undefined where its own name says so. */
function findNamingTag({ name, tags }: Group, cluster: string): string | undefined {
  return name === cluster ? undefined : [CLUSTER_TAG, 'Name'].find((key) => tags[key] === cluster);
}

/** A damaged record is never used in part: a lost number could count as 0 servers. */
function recordDamagedError(cluster: string): RollError {
  const key = buildRecordKey(cluster);
  return new RollError({
    code: 'record-damaged',
    message: `The key ${key} in Consul has a value that no roll writes, so the roll of cluster ${cluster} is not known.`,
    kind: 'stopped',
    state: 'A roll may be in progress; this command changed nothing.',
    next: `find out who wrote it: consul kv get -detailed ${quoteWord(key)}; remove it: consul kv delete ${quoteWord(key)}; then consul-roll status ${formatFlag('cluster', cluster)}`,
  });
}

function recordForeignError(cluster: string, { rollId }: Intent, foreign: string): RollError {
  const key = buildRecordKey(cluster);
  return new RollError({
    code: 'record-foreign',
    message: `The record of roll ${rollId} of cluster ${cluster} names ${foreign}, which no roll of this cluster has.`,
    kind: 'refused',
    next: `find out who wrote it: consul kv get -detailed ${quoteWord(key)}; if no roll of yours is in progress, remove it: consul kv delete ${quoteWord(key)}`,
  });
}

/** The error that a roll is not believed: only tags tell of it. */
export function unconfirmedError(cluster: string, { rollId, groups, record, isStoreKnown }: Claim): RollError {
  const names = groups.map(({ name }) => name).join(', ');
  const onto = record === undefined ? '' : ` onto ${record.intent.imageId}`;
  const remove = `if you do not know this roll, remove the tag: ${formatUntagCommand(groups, ROLL_TAG)}`;
  const adopt = `consul-roll resume ${formatFlag('cluster', cluster)} ${formatFlag('roll', rollId)}`;
  const why = isStoreKnown
    ? `the key ${buildRecordKey(cluster)} in Consul does not confirm it`
    : 'no leader of the cluster could be asked to confirm it';
  return new RollError({
    code: 'record-unconfirmed',
    message: `Tags on ${names} tell of roll ${rollId}${onto}, and ${why}.`,
    kind: 'refused',
    state: 'Nothing was changed: anyone who may write tags could have written these.',
    next: !isStoreKnown
      ? `restore the cluster's leader, or select the group of the cluster with --group; then again: consul-roll status ${formatFlag('cluster', cluster)}`
      : record === undefined
        ? remove
        : `${remove}; if you began it with an earlier version, or its keys in Consul were deleted: ${adopt}`,
  });
}

/** Errors of a cluster that could be read and has no recorded roll, or whose message says so itself. */
const ERRORS_WITHOUT_ROLL: readonly string[] = [
  'cluster-not-found',
  'cluster-ambiguous',
  'record-foreign',
  'record-unconfirmed',
];

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
    next: `${next}; then consul-roll resume ${formatRollFlags(recorded ?? { cluster, rollId: '' })}`,
    passing,
    cause: thrown,
  });
}
