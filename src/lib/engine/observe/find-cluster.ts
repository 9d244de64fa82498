import { buildRollNamePrefix, findNameFlaw, isOwnRollName, isRollName } from '../../model/cluster-name.js';
import { type Group, isHeldByRoll, isPreparedByRoll, isUsed } from '../../model/group.js';
import type { GroupSummary } from '../../model/listed-cluster.js';
import { findMembers } from '../../model/raft.js';
import type { RollRecord } from '../../model/record.js';
import { compareTexts, findSimilar } from '../../model/similar.js';
import { isRecorded, readClusterName, readIntent } from '../../model/tags.js';
import type { Cloud, ClusterDescription } from '../../ports.js';
import type { Engine } from '../engine.js';
import { strategyOf } from '../strategy/strategies.js';
import { applyRecord } from './apply-record.js';
import { type Claim, readClaim, readRollId } from './claim.js';
import {
  clusterAmbiguousError,
  clusterNotFoundError,
  clusterSilentError,
  type Meant,
  recordDamagedError,
  recordForeignError,
  recordUnprovedError,
  rollInProgressError,
  unconfirmedError,
} from './cluster-errors.js';
import { type ForeignName, findForeignName, findUnprovedGroup } from './own-names.js';
import { askGroup, readStore } from './read-store.js';
import { takenOverError } from './takeovers.js';
import { listUntagged } from './untagged-groups.js';

/** Which cluster, and what the operator says of it. */
interface ClusterQuery {
  readonly cluster: string;
  /** The one group of the cluster, with `--group`. */
  readonly group?: string | undefined;
  /** The roll that the operator names, with `--roll`. */
  readonly rollId?: string | undefined;
}

/** The groups of a cluster, and the roll that is in progress, if any. */
export interface FoundCluster extends RollGroups {
  readonly roll: FoundRoll | undefined;
}

interface RollGroups {
  readonly old: Group | undefined;
  readonly new: Group | undefined;
}

/** A roll, and who tells of it. */
export type FoundRoll =
  /** The cluster's own store. */
  | { readonly kind: 'stored'; readonly record: RollRecord }
  /** Tags, and the operator who names it: an earlier build began it, or its keys were deleted. */
  | { readonly kind: 'named'; readonly record: RollRecord; readonly believed: string | undefined }
  /** Tags alone, and no leader could be asked: until one is, nothing is changed. */
  | { readonly kind: 'unasked'; readonly record: RollRecord; readonly believed: string | undefined };

/**
 * Finds the one group of a cluster, or the two of a roll. The old group is found by the name of the cluster, with a roll as
 * without; what the roll is, the store of the cluster says that its servers are in.
 *
 * @throws RollError `cluster-not-found`, `cluster-ambiguous`, `cluster-taken-over`, `record-damaged`, `record-foreign`,
 * `record-unproved`, `record-unconfirmed` or `cluster-silent`
 */
export async function findCluster(engine: Engine, { cluster, group, rollId }: ClusterQuery): Promise<FoundCluster> {
  const { cloud } = engine;
  const found = await findCandidates(cloud, cluster, group);
  const { candidates } = found;
  const claim = readClaim(found.claiming.filter((one) => isRecorded(one)));
  const query = { groups: candidates, named: group, pointed: listPointed(found, cluster) };
  const reading = await readStore(engine, cluster, query).catch((thrown) => {
    const told = claim?.record && ({ kind: 'unasked', record: claim.record } as const);
    throw claim === undefined ? thrown : rollInProgressError(thrown, cluster, told);
  });
  if (reading === 'ambiguous') throw clusterAmbiguousError(cluster, candidates);
  if ('kind' in reading) throw takenOverError(cluster, reading, claim);
  const { record: stored, refusal, believed, stranger, members, unvouched } = reading;
  if (stored === 'damaged') throw recordDamagedError(cluster);
  const vouchers = { found: found.groups, named: group, members };
  if (stored !== undefined && stored !== 'unread') {
    const roll = { kind: 'stored', record: stored } as const;
    const { foreign, unproved, ...own } = await describeRoll(engine, cluster, vouchers, roll);
    if (foreign !== undefined) throw recordForeignError(cluster, stored.intent, foreign);
    if (unproved !== undefined) throw recordUnprovedError(stored, unproved);
    return { ...own, roll };
  }
  const isUnknown = claim === undefined ? candidates.some(isHeldByRoll) : unvouched.length > 0;
  if (members.size === 0 && isUnknown) throw clusterSilentError(cluster, candidates, unvouched);
  if (claim === undefined) return { old: chooseOnly(cluster, candidates), new: undefined, roll: undefined };
  const claimed = await findClaimed(engine, cluster, candidates, vouchers, { ...claim, believed });
  if (claimed === undefined || (stored === undefined && rollId !== claim.rollId)) {
    const untold = refusal ?? (stranger === undefined ? stored : { stranger });
    throw unconfirmedError(cluster, claimed === undefined ? { ...claim, record: undefined } : claim, untold);
  }
  return { ...claimed, roll: { ...claimed.roll, kind: stored === 'unread' ? 'unasked' : 'named' } };
}

/** The groups of a roll that only tags tell of; undefined if they name what is not the cluster's, or not all that is. */
async function findClaimed(
  engine: Engine,
  cluster: string,
  candidates: readonly Group[],
  vouchers: Vouchers,
  { record, believed }: Pick<Claim, 'record'> & { readonly believed: string | undefined },
) {
  if (record === undefined) return undefined;
  const { oldGroup, newGroup } = record.intent;
  // Without the roll, several groups with servers would not be one cluster.
  const isOfAll = candidates.every(({ name }) => name === oldGroup || name === newGroup);
  if (!isOfAll) return undefined;
  const roll = { kind: 'unasked', record, believed } as const;
  const { foreign, ...found } = await describeRoll(engine, cluster, vouchers, roll);
  return foreign === undefined ? { ...found, roll } : undefined;
}

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
  /** Those of them that may be the cluster's, and others that may be by what no tag says; never empty. */
  readonly candidates: readonly Group[];
  /** Those of which tags are read, that may tell of a roll. */
  readonly claiming: readonly Group[];
}

async function findCandidates(cloud: Cloud, cluster: string, named: string | undefined): Promise<Candidates> {
  if (named === undefined) {
    const [own, alike, launched] = await Promise.all([
      cloud.findGroups(cluster),
      cloud.findGroupsOfServers({ groupNamePrefix: buildRollNamePrefix(cluster) }),
      cloud.findGroupsOfServers({ serverName: cluster }),
    ]);
    const untagged = listUntagged(cluster, own, alike, launched);
    if (own.length === 0)
      throw clusterNotFoundError(cluster, named, await findMeant(cloud, cluster, readClusterName), untagged);
    const { groups } = untagged.length === 0 ? { groups: [] } : await cloud.describeCluster(untagged, [], []);
    const candidates = [...filterGroupsInUse(own), ...groups.filter(isUsed)].sort(compareAge);
    return { groups: own, candidates, claiming: own };
  }
  const own = await cloud.findGroups(named);
  const only = own.find((group) => group.name === named);
  if (only === undefined)
    throw clusterNotFoundError(cluster, named, await findMeant(cloud, named, (group) => group.name));
  const all = named === cluster ? own : await cloud.findGroups(cluster);
  const others = all.filter((group) => group.name !== named);
  // Others may have removed the tags of the named one. They cannot have it held.
  const created = others.filter((group) => isUsed(group) && isRollName(group.name, cluster) && isHeldByRoll(only));
  return { groups: [only, ...others], candidates: [only], claiming: [only, ...created] };
}

/** The groups beside the candidates that the tags of these name, or that are called like one that a roll has created. */
function listPointed({ groups, candidates }: Candidates, cluster: string): readonly string[] {
  const created = groups.filter(isUsed).map(({ name }) => name);
  const told = candidates.flatMap((group) => (isRecorded(group) ? (readIntent(group) ?? []) : []));
  const named = [...created, ...told.map(({ newGroup }) => newGroup)].filter((name) => isRollName(name, cluster));
  const all = [...named, ...told.map(({ oldGroup }) => oldGroup)];
  return all.filter((name) => !candidates.some((group) => group.name === name));
}

/** The group that is most like a name that there is not: by its own name, or by that of its cluster. */
async function findMeant(
  cloud: Cloud,
  name: string,
  read: (group: GroupSummary) => string,
): Promise<Meant | undefined> {
  const groups = await cloud.listGroups().catch(() => []);
  const known = groups.filter((group) => findNameFlaw(read(group)) === undefined);
  const meant = findSimilar(name, known.map(read));
  const group = known.find((one) => read(one) === meant);
  return meant === undefined || group === undefined ? undefined : { name: meant, group: group.name };
}

function compareAge(one: Group, other: Group): number {
  return one.createdAtMs - other.createdAtMs || compareTexts(one.name, other.name);
}

/** An earlier roll may have kept an empty group: empty groups are left out if another one has servers. */
function filterGroupsInUse(groups: readonly Group[]): readonly Group[] {
  const used = groups.filter(isUsed);
  return used.length > 0 ? used : groups;
}

function chooseOnly(cluster: string, candidates: readonly Group[]): Group {
  const [only, another] = candidates;
  if (only === undefined) throw clusterNotFoundError(cluster, undefined);
  if (another !== undefined) throw clusterAmbiguousError(cluster, candidates);
  return only;
}

/** What makes a group one of the cluster, whatever a record says. */
interface Vouchers {
  /**
   * Those that are found by the name of the cluster. The name counts only where a roll has prepared the group, or has named
   * it, and its servers, if any, are in no other cluster.
   */
  readonly found: readonly Group[];
  /** The one that the operator says is the cluster's. */
  readonly named: string | undefined;
  /** The hosts in the Raft configuration of the cluster. */
  readonly members: ReadonlySet<string>;
}

/**
 * The groups of a roll, what its record names that no roll of this cluster has, and the old group if only the record says
 * what that launched from.
 */
async function describeRoll(
  engine: Engine,
  cluster: string,
  vouchers: Vouchers,
  roll: FoundRoll,
): Promise<RollGroups & { readonly foreign: ForeignName | undefined; readonly unproved: Group | undefined }> {
  const { intent, side } = roll.record;
  const { oldGroup, newGroup } = intent;
  const names = [...new Set([oldGroup, newGroup])];
  const described = await engine.cloud.describeCluster(names, [], []).catch((thrown) => {
    throw rollInProgressError(thrown, cluster, roll);
  });
  const own = applyRecord(described.groups, roll.record);
  const isShared = strategyOf(intent).launchesInOldGroup;
  const unvouched = await listUnvouched(engine, cluster, vouchers, described);
  return {
    old: own.find(({ name }) => name === oldGroup && !(isShared && side === 'new')),
    new: own.find(({ name }) => name === newGroup && !(isShared && side === 'old')),
    foreign: findForeignName(intent, cluster, unvouched),
    unproved: findUnprovedGroup(roll.record, described),
  };
}

/** Those of these groups that are not known to be the cluster's, whatever a record says. */
async function listUnvouched(
  engine: Engine,
  cluster: string,
  { found, named, members }: Vouchers,
  { groups, instances }: Pick<ClusterDescription, 'groups' | 'instances'>,
): Promise<readonly Group[]> {
  const joined = instances.filter(({ address = '' }) => members.has(address)).map(({ group }) => group);
  // Who may write keys may name a group that is called like the cluster. Without a leader there is no key to read.
  const known = members.size === 0 ? [cluster, named] : [named, ...joined];
  const others = groups.filter(({ name }) => !known.includes(name));
  const told = await Promise.all(others.map((group) => askGroup(engine, group, instances)));
  const unvouched = told.filter(({ group, claims }) => {
    const isTagged = found.some(({ name }) => name === group.name);
    const isNamedByRoll = isOwnRollName(group.name, cluster);
    // A server alone may be one that the roll launched, and that has bootstrapped a cluster of its own.
    const peers = findMembers(claims);
    const isOfOthers = peers.size > 1 && isDisjoint(peers, members);
    return !isTagged || isOfOthers || !(isPreparedByRoll(group, instances) || isNamedByRoll);
  });
  return unvouched.map(({ group }) => group);
}

function isDisjoint(hosts: ReadonlySet<string>, members: ReadonlySet<string>): boolean {
  return ![...hosts].some((host) => members.has(host));
}
