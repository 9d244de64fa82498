import { isAclDenied, RollError } from '../../model/errors.js';
import type { Group } from '../../model/group.js';
import { buildRecordKey } from '../../model/intent.js';
import { findMembers, findToldLeader } from '../../model/raft.js';
import { parseRecord, type StoredRecord } from '../../model/record.js';
import { parseHost } from '../../model/server.js';
import { isTerminating } from '../../model/servers.js';
import type { CloudInstance } from '../../ports.js';
import type { Engine } from '../engine.js';
import { chooseOwnGroup, type ToldGroup } from './own-group.js';

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
}

/**
 * Reads the record of a roll from the store of the cluster that these groups are of. The ACL token goes to the leader only,
 * which is a member of the cluster that servers found by its name are in; all others are asked without it.
 *
 * @param groups one or more, oldest first
 * @param named the one that the operator says is the cluster's, with `--group`
 * @returns `ambiguous` where the groups may be of several clusters: then nothing was asked with the token
 * @throws RollError `token-unencrypted`
 */
export async function readStore(
  engine: Engine,
  cluster: string,
  groups: readonly Group[],
  named: string | undefined,
): Promise<StoreReading | 'ambiguous'> {
  const { instances } = await engine.cloud.describeCluster(
    groups.map((group) => group.name),
    [],
    [],
  );
  const told = await Promise.all(groups.map((group) => askGroup(engine, group, instances)));
  const own = chooseOwnGroup(told, named, cluster);
  if (own === 'ambiguous') return own;
  const claims = own?.claims ?? [];
  const leader = parseHost(findToldLeader(claims) ?? '');
  const believed = own?.group.name;
  const members = findMembers(claims);
  if (!members.has(leader)) {
    return { record: 'unread', believed, ...(members.size > 0 && leader !== '' ? { stranger: leader } : {}) };
  }
  engine.consul.giveTokenTo([leader]);
  return { ...(await readRecord(engine, cluster, leader)), believed };
}

async function readRecord(
  { consul }: Engine,
  cluster: string,
  leader: string,
): Promise<Pick<StoreReading, 'record' | 'refusal'>> {
  try {
    const { value } = await consul.readKey(leader, buildRecordKey(cluster));
    return { record: value === undefined ? undefined : parseRecord(value) };
  } catch (thrown) {
    if (thrown instanceof RollError && thrown.code === 'token-unencrypted') throw thrown;
    // What a leader does that does not answer, the observation that follows tells.
    return { record: 'unread', refusal: isAclDenied(thrown) ? thrown : undefined };
  }
}

async function askGroup({ consul }: Engine, group: Group, instances: readonly CloudInstance[]): Promise<ToldGroup> {
  const own = instances
    .filter((one) => one.group === group.name && !isTerminating(one))
    .sort((one, other) => one.launchedAtMs - other.launchedAtMs);
  const hosts = own.flatMap(({ address }) => address ?? []);
  const answers = await Promise.all(hosts.map(async (host) => ({ host, claims: await consul.readClaims(host) })));
  return { group, hosts, claims: answers.flatMap(({ host, claims }) => (claims ? [{ host, ...claims }] : [])) };
}
