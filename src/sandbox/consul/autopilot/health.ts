import { computeQuorum, findServer } from '../raft/configuration.js';
import type { Peer } from '../raft/log.js';
import { getLastContactMs } from '../raft/replication.js';
import {
  type ClusterHealth,
  type Group,
  getGossipName,
  isUp,
  MEMBER_STATUS,
  type Member,
  type MemberStatus,
  type Net,
  type Server,
  type ServerHealth,
} from '../state.js';
import { keepsLastStats } from '../versions.js';

const STATUS_NAMES: Readonly<Record<MemberStatus, ServerHealth['serfStatus']>> = {
  [MEMBER_STATUS.alive]: 'alive',
  [MEMBER_STATUS.leaving]: 'leaving',
  [MEMBER_STATUS.left]: 'left',
  [MEMBER_STATUS.failed]: 'failed',
};

/** The health of every server of the configuration, through the leader; the previous array where nothing changed. */
export function readHealth(net: Net, group: Group, leader: Server): ServerHealth[] {
  const { health: before } = group;
  const { configuration } = group.log.latestConfiguration();
  const now = configuration.map((peer) =>
    judge(
      net,
      group,
      leader,
      peer,
      before.find(({ id }) => id === peer.id),
    ),
  );
  const same = now.length === before.length && now.every((one, n) => one === before[n]);
  return same ? before : now;
}

function judge(net: Net, group: Group, leader: Server, peer: Peer, before: ServerHealth | undefined): ServerHealth {
  const server = findServer(net, peer);
  const member = server === undefined ? undefined : knownMember(leader, server);
  if (before !== undefined && isStillWell(group, leader, peer, member, before)) return before;
  const answering = member !== undefined && isUp(member.server) && !member.server.refusing ? member.server : undefined;
  const contactMs = answering === undefined ? undefined : getLastContactMs(net, answering);
  if (answering === undefined && before !== undefined && keepsLastStats(leader.version)) {
    return judgeByLastStats(net, group, peer, member, before);
  }
  const isOneOfTwo = server !== undefined && hasTwin(leader, server);
  const healthy = member?.status === MEMBER_STATUS.alive && !isOneOfTwo && isHealthy(group, answering, contactMs);
  const changed = before === undefined || before.healthy !== healthy;
  return {
    id: peer.id,
    name: member === undefined ? '' : getGossipName(member.server),
    address: peer.address,
    serfStatus: member === undefined ? 'none' : STATUS_NAMES[member.status],
    version: member?.server.version ?? '',
    leader: peer.id === leader.nodeId,
    voter: peer.voter,
    lastContactMs: contactMs,
    lastTerm: answering === undefined ? 0 : group.log.lastTerm,
    lastIndex: answering?.lastLogIndex ?? 0,
    healthy,
    stableSinceMs: answering === undefined ? undefined : changed ? net.nowMs : before.stableSinceMs,
  };
}

/** A server that does not answer keeps what it said last, and is healthy while gossip has it and few entries are new. */
function judgeByLastStats(
  net: Net,
  group: Group,
  peer: Peer,
  member: Member | undefined,
  before: ServerHealth,
): ServerHealth {
  const { lastContactThresholdMs, maxTrailingLogs } = group.store.autopilot;
  const healthy =
    member?.status === MEMBER_STATUS.alive &&
    (before.lastContactMs ?? 0) <= lastContactThresholdMs &&
    before.lastTerm === group.log.lastTerm &&
    group.log.lastIndex - before.lastIndex <= maxTrailingLogs;
  const serfStatus = member === undefined ? 'left' : STATUS_NAMES[member.status];
  const stableSinceMs = healthy === before.healthy ? before.stableSinceMs : net.nowMs;
  return { ...before, healthy, serfStatus, stableSinceMs, voter: peer.voter, leader: false };
}

/** Whether nothing about the server has changed except the age of its last heartbeat. */
function isStillWell(
  group: Group,
  leader: Server,
  peer: Peer,
  member: Member | undefined,
  before: ServerHealth,
): boolean {
  if (!before.healthy || member === undefined || member.status !== MEMBER_STATUS.alive) return false;
  const { server } = member;
  const follows = server === leader || (server.replicating && server.contactLostMs === undefined);
  const same = before.voter === peer.voter && before.leader === (server === leader);
  const upToDate = before.lastIndex === group.log.lastIndex && server.lastLogIndex === group.log.lastIndex;
  if (hasTwin(leader, server)) return false;
  return isUp(server) && !server.refusing && server.leaderView === leader && follows && same && upToDate;
}

/** True if gossip has another live member with its id: of two, autopilot finds neither healthy. */
function hasTwin(leader: Server, server: Server): boolean {
  for (const { server: other, status } of leader.pool.members.values()) {
    if (other !== server && other.nodeId === server.nodeId && status === MEMBER_STATUS.alive) return true;
  }
  return false;
}

/** A server as the leader's gossip knows it; one that has left is unknown to autopilot. */
function knownMember(leader: Server, server: Server): Member | undefined {
  const member = leader.pool.members.get(getGossipName(server));
  return member?.server === server && member.status !== MEMBER_STATUS.left ? member : undefined;
}

function isHealthy(group: Group, server: Server | undefined, contactMs: number | undefined): boolean {
  if (server === undefined || contactMs === undefined) return false;
  const { lastContactThresholdMs, maxTrailingLogs } = group.store.autopilot;
  const trailing = group.log.lastIndex - server.lastLogIndex;
  return contactMs <= lastContactThresholdMs && server.replicating && trailing <= maxTrailingLogs;
}

/** The cluster's health from the servers'. Before autopilot's first check there are none, which is unhealthy. */
export function summarizeHealth(servers: readonly ServerHealth[]): ClusterHealth {
  const electorate = servers.filter((server) => server.voter);
  const healthyVoters = electorate.filter((server) => server.healthy).length;
  return {
    healthy: servers.length > 0 && servers.every((server) => server.healthy),
    failureTolerance: Math.max(0, healthyVoters - computeQuorum(electorate.length)),
    servers,
  };
}
