import type { Observation } from '../../model/observation.js';
import { computeQuorum, findMembers, type ToldClaims } from '../../model/raft.js';
import type { Server } from '../../model/server.js';
import { isLaunchedInRoll } from '../../model/servers.js';

/**
 * The hosts that the ACL token may go to: those in the Raft configuration of the cluster. Servers that are older than the
 * roll tell it. Where none of them does, at the end of a roll, the others are believed whose majority tells the same: a
 * server that the roll launched, old or new, may have bootstrapped a cluster of its own.
 *
 * @param believed the hosts that tell it, whatever the sides are; undefined where the store has the roll, and so the sides
 * @returns empty where no server tells it
 */
export function findTokenRecipients(
  observation: Pick<Observation, 'servers' | 'old'>,
  believed?: readonly string[],
): ReadonlySet<string> {
  if (believed !== undefined)
    return findMembers(listClaims(observation.servers.filter(({ address = '' }) => believed.includes(address))));
  const isOlder = (server: Server) => !isLaunchedInRoll(observation, server);
  const members = findMembers(listClaims(observation.servers.filter(isOlder)));
  if (members.size > 0) return members;
  const launched = listClaims(observation.servers);
  const others = findMembers(launched);
  const tellers = launched.filter(({ host, peers }) => others.has(host) && peers.length === others.size);
  return others.size > 0 && tellers.length >= computeQuorum(others.size) ? others : new Set();
}

/** Of servers with an address, the oldest first. */
function listClaims(servers: readonly Server[]): readonly ToldClaims[] {
  return servers.flatMap(({ address: host, agent: { leader, peers } }) =>
    host === undefined || leader === undefined || peers === undefined ? [] : [{ host, leader, peers }],
  );
}
