import { isRollName } from '../../model/cluster-name.js';
import type { Group } from '../../model/group.js';
import { buildRecordKey } from '../../model/intent.js';
import { findMembers, findToldLeader, type ToldClaims } from '../../model/raft.js';
import { parseRecord, type StoredRecord } from '../../model/record.js';
import { parseHost } from '../../model/server.js';
import { isTerminating } from '../../model/servers.js';
import type { CloudInstance } from '../../ports.js';
import type { Engine } from '../engine.js';

/** A group with what its servers say to every client. */
interface ToldGroup {
  readonly group: Group;
  readonly hosts: readonly string[];
  /** The oldest server first. */
  readonly claims: readonly ToldClaims[];
}

/**
 * The record of a roll in the store of the cluster that these groups are of; `unreadable` where no leader is known, or it
 * does not answer, or the groups are not of one cluster. The ACL token goes to that leader only, which is a member of the
 * cluster that servers found by its name are in; all others are asked without it.
 *
 * @param groups one or more, oldest first
 * @param name what one of them is called if it is the cluster's without a doubt
 */
export async function readStore(
  engine: Engine,
  cluster: string,
  groups: readonly Group[],
  name: string,
): Promise<StoredRecord | 'unreadable' | undefined> {
  const { instances } = await engine.cloud.describeCluster(
    groups.map((group) => group.name),
    [],
    [],
  );
  const told = await Promise.all(groups.map((group) => askGroup(engine, group, instances)));
  const own = chooseOwnGroup(told, name, cluster);
  const members = findMembers(own?.claims ?? []);
  const leader = parseHost(findToldLeader(own?.claims ?? []) ?? '');
  if (!members.has(leader)) return 'unreadable';
  engine.consul.giveTokenTo([leader]);
  try {
    const { value } = await engine.consul.readKey(leader, buildRecordKey(cluster));
    return value === undefined ? undefined : parseRecord(value);
  } catch {
    // A leader that refuses the token, or does not answer, is told by the observation that follows.
    return 'unreadable';
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

/**
 * Of several groups that have the name of the cluster: the one that is called so, while it has servers in a cluster.
 * Otherwise the oldest, if every group that has members of a cluster has some of the same one: a tag gives no group a part
 * in the cluster's Raft, and no name that a roll gives.
 */
function chooseOwnGroup(told: readonly ToldGroup[], name: string, cluster: string): ToldGroup | undefined {
  const [first, ...others] = told;
  const called = told.find(({ group }) => group.name === name);
  if (others.length === 0 || (called !== undefined && findMembers(called.claims).size > 0)) return called ?? first;
  const joined = told.filter(
    ({ group, claims }) => findMembers(claims).size > 1 && (called === undefined || isRollName(group.name, cluster)),
  );
  const isOne = joined.every((one) => joined.every((other) => isMemberOf(one, findMembers(other.claims))));
  return isOne ? joined[0] : undefined;
}

function isMemberOf({ hosts }: ToldGroup, members: ReadonlySet<string>): boolean {
  return hosts.some((host) => members.has(host));
}
