import { type Group, isHeldByRoll } from '../../model/group.js';
import { findMembers, type ToldClaims } from '../../model/raft.js';

/** A group with what its servers say to every client. */
export interface ToldGroup {
  readonly group: Group;
  readonly hosts: readonly string[];
  /** The oldest server first. */
  readonly claims: readonly ToldClaims[];
  /** Of those that a lifecycle hook holds while they are terminated: their Consul runs on. */
  readonly held: readonly ToldClaims[];
}

/**
 * The group whose servers tell which cluster it is; undefined where no server of a roll's groups tells it. Any group may
 * carry the tags of the cluster, so several groups are one cluster only by what no tag gives: a part in the same Raft, or
 * the suspended processes of both groups of a roll. One that the operator names decides alone: while its servers are
 * silent, nothing vouches for another one.
 *
 * A group that is called like the cluster is not preferred to one that has its tags: who may create groups may call one so.
 *
 * @param told those that are found by the name of the cluster, oldest first
 * @param named the one that the operator says is the cluster's, whatever the others are
 * @returns `ambiguous` where they may be several clusters
 */
export function chooseOwnGroup(
  told: readonly ToldGroup[],
  named: string | undefined,
): ToldGroup | 'ambiguous' | undefined {
  if (named !== undefined) return told.find(({ group }) => group.name === named);
  const [first, second, ...others] = told;
  if (second === undefined) return first;
  // A server alone may be one that the roll launched, and that has bootstrapped a cluster of its own.
  const joined = told.filter(({ claims }) => findMembers(claims).size > 1);
  const isOne = joined.every((one) => joined.every((other) => isMemberOf(one, findMembers(other.claims))));
  const isRoll = joined.length === told.length || told.every(({ group }) => isHeldByRoll(group));
  return isOne && isRoll && others.length === 0 ? joined[0] : 'ambiguous';
}

function isMemberOf({ hosts }: ToldGroup, members: ReadonlySet<string>): boolean {
  return hosts.some((host) => members.has(host));
}
