import { isAclDenied, RollError } from '../../model/errors.js';
import type { Group } from '../../model/group.js';
import { buildRecordKey } from '../../model/intent.js';
import { findMembers, findToldLeader } from '../../model/raft.js';
import { parseRecord, type StoredRecord } from '../../model/record.js';
import { parseHost } from '../../model/server.js';
import { isTerminating } from '../../model/servers.js';
import type { CloudInstance } from '../../ports.js';
import type { Engine } from '../engine.js';
import { assertNoEarlierKeys } from './earlier-keys.js';
import { chooseOwnGroup, type ToldGroup } from './own-group.js';
import { findMergedFounder, findTakenOver, type TakenOver } from './takeovers.js';

/** What the store of a cluster says of a roll. */
interface StoreReading {
  /** `unread` where no leader is known, or it does not answer, or it refuses the token. */
  readonly record: StoredRecord | 'unread' | undefined;
  /** Why it was refused. */
  readonly refusal?: RollError | undefined;
  /** The leader that servers of the cluster follow, which is not in their Raft configuration. */
  readonly stranger?: string | undefined;
  /** The group whose servers have told the leader; undefined where none tells anything. */
  readonly believed: string | undefined;
  /** The hosts in the Raft configuration that its servers tell; empty where they tell none. */
  readonly members: ReadonlySet<string>;
  /** Groups whose servers tell one where those of the cluster do not: nothing vouches for them. */
  readonly unvouched: readonly string[];
}

/** Which groups may be the cluster's. */
interface StoreQuery {
  /** One or more, oldest first. */
  readonly groups: readonly Group[];
  /** The one that the operator says is the cluster's, with `--group`. */
  readonly named: string | undefined;
  /** Those that tags of these name, and that nothing else does: their servers are asked, and never believed. */
  readonly pointed: readonly string[];
}

/**
 * Reads the record of a roll from the store of the cluster that these groups are of. The ACL token goes to the leader only,
 * which is a member of the cluster that servers found by its name are in; all others are asked without it.
 *
 * @returns `ambiguous` where the groups may be of several clusters, or which server has taken the cluster over: then nothing
 * was asked with the token, or the members of one Raft that both are in
 * @throws RollError `token-unencrypted` or `earlier-keys`
 */
export async function readStore(
  engine: Engine,
  cluster: string,
  { groups, named, pointed }: StoreQuery,
): Promise<StoreReading | 'ambiguous' | TakenOver> {
  const names = [...new Set([...groups.map(({ name }) => name), ...pointed])];
  const described = await engine.cloud.describeCluster(names, [], []);
  const { instances } = described;
  const asked = [...groups, ...described.groups.filter(({ name }) => !groups.some((one) => one.name === name))];
  const told = await Promise.all(asked.map((group) => askGroup(engine, group, instances)));
  const own = chooseOwnGroup(told.slice(0, groups.length), named);
  const ours = own === 'ambiguous' ? told.slice(0, groups.length) : own === undefined ? [] : [own];
  const takenOver = findTakenOver(told, ours, instances);
  if (takenOver !== undefined) return takenOver;
  if (own === 'ambiguous') return own;
  const claims = own?.claims ?? [];
  const members = findMembers(claims);
  const others = members.size > 0 ? [] : told.filter((one) => one !== own && findMembers(one.claims).size > 0);
  const known = { believed: own?.group.name, members, unvouched: others.map(({ group }) => group.name) };
  const leader = parseHost(findToldLeader(claims) ?? '');
  if (!members.has(leader)) {
    return { record: 'unread', ...known, ...(members.size > 0 && leader !== '' ? { stranger: leader } : {}) };
  }
  engine.consul.giveTokenTo([leader]);
  const read = await readRecord(engine, cluster, leader);
  if (read.record !== undefined) return { ...read, ...known };
  return (await findMergedFounder(engine, cluster, { leader, members }, described)) ?? { ...read, ...known };
}

async function readRecord(
  { consul }: Engine,
  cluster: string,
  leader: string,
): Promise<Pick<StoreReading, 'record' | 'refusal'>> {
  try {
    const [{ value }] = await Promise.all([
      consul.readKey(leader, buildRecordKey(cluster)),
      assertNoEarlierKeys(consul, cluster, leader),
    ]);
    return { record: value === undefined ? undefined : parseRecord(value) };
  } catch (thrown) {
    if (thrown instanceof RollError && ['token-unencrypted', 'earlier-keys'].includes(thrown.code)) throw thrown;
    // What a leader does that does not answer, the observation that follows tells.
    return { record: 'unread', refusal: isAclDenied(thrown) ? thrown : undefined };
  }
}

/** What the servers of a group say without a token, the oldest first. */
export async function askGroup(
  { consul }: Engine,
  group: Group,
  instances: readonly CloudInstance[],
): Promise<ToldGroup> {
  const own = instances
    .filter((one) => one.group === group.name)
    .sort((one, other) => one.launchedAtMs - other.launchedAtMs);
  const ask = async (some: readonly CloudInstance[]) => {
    const hosts = some.flatMap(({ address }) => address ?? []);
    const answers = await Promise.all(hosts.map(async (host) => ({ host, claims: await consul.readClaims(host) })));
    return { hosts, claims: answers.flatMap(({ host, claims }) => (claims ? [{ host, ...claims }] : [])) };
  };
  const [standing, held] = await Promise.all([ask(own.filter((one) => !isTerminating(one))), ask(own.filter(isHeld))]);
  return { group, ...standing, held: held.claims };
}

/** Not those that are shutting down, which may answer nothing until the time for it is over. */
function isHeld(instance: CloudInstance): boolean {
  return isTerminating(instance) && instance.lifecycle.endsWith(':Wait');
}
