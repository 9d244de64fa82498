import { setMemberStatus } from '../gossip/pool.js';
import { findServer, listVoters } from '../raft/configuration.js';
import { changeConfiguration, removePeerFrom } from '../raft/membership.js';
import { type Group, isLeading, MEMBER_STATUS, type Net, type Server } from '../state.js';

/**
 * `CleanupDeadServers`: failed servers are forced to leave, and ids unknown to gossip are removed from Raft,
 * as long as those are a minority of the voters. Failed non-voters are always removed.
 */
export function pruneDeadServers(net: Net, group: Group, leader: Server): void {
  const { cleanupDeadServers, minQuorum } = group.store.autopilot;
  if (!isLeading(leader) || !cleanupDeadServers) return;
  const { configuration } = group.log.latestConfiguration();
  const failed = [...leader.pool.members.values()].filter(({ status }) => status === MEMBER_STATUS.failed);
  const voteless = failed.filter(({ server }) =>
    configuration.some((peer) => peer.host === server.address && !peer.voter),
  );
  for (const member of voteless) setMemberStatus(net, leader.pool, member, MEMBER_STATUS.left);
  const dead = failed.filter((member) => !voteless.includes(member));
  const stale = configuration.filter((peer) => !knownToGossip(leader, peer.host));
  const electorate = listVoters(configuration).length;
  const gone = dead.length + stale.length;
  if (gone > Math.floor((electorate - 1) / 2) || electorate - gone < minQuorum) return;
  for (const member of dead) setMemberStatus(net, leader.pool, member, MEMBER_STATUS.left);
  for (const peer of stale) {
    if (findServer(net, peer) !== leader) changeConfiguration(net, group, removePeerFrom(peer.id));
  }
}

function knownToGossip(leader: Server, host: string): boolean {
  for (const { server } of leader.pool.members.values()) if (server.address === host) return true;
  return false;
}
