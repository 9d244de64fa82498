import { startAutopilot } from './autopilot/autopilot.js';
import { pruneDeadServers } from './autopilot/dead-servers.js';
import { computeQuorum, listVoters } from './raft/configuration.js';
import { addNonVoter, changeConfiguration, moveToAddress, removePeerFrom } from './raft/membership.js';
import { mergeFounder } from './raft/merge.js';
import { appendAndReplicate } from './raft/replication.js';
import {
  findActingLeader,
  type Group,
  getGossipName,
  isLeading,
  MEMBER_STATUS,
  type Member,
  type Net,
  type Server,
  scheduleAfter,
} from './state.js';
import { RECONCILE_INTERVAL_MS, SESSION_TTL_FACTOR } from './timings.js';
import { movesPeerOfSameId } from './versions.js';

/** The new leader's first entry is committed: it takes up a leader's duties. */
export function establishLeadership(net: Net, group: Group, leader: Server): void {
  group.established = true;
  startAutopilot(net, group, leader);
  watchSessions(net, group);
  reconcileEvery(net, group, leader, group.epoch);
}

/** Reconciles every member at once and then at an interval, for as long as this leader leads. */
function reconcileEvery(net: Net, group: Group, leader: Server, epoch: number): void {
  if (group.epoch !== epoch) return;
  if (isLeading(leader)) {
    for (const member of leader.pool.members.values()) reconcileMember(net, group, leader, member);
  }
  scheduleAfter(net, RECONCILE_INTERVAL_MS, () => reconcileEvery(net, group, leader, epoch));
}

/** The leader acts on a member's new status. */
export function handleMemberChange(net: Net, leader: Server, member: Member): void {
  const { group, pool } = leader;
  if (!group?.established || pool.members.get(getGossipName(member.server)) !== member) return;
  if (member.status === MEMBER_STATUS.failed) pruneDeadServers(net, group, leader);
  reconcileMember(net, group, leader, member);
}

/** The leader updates Raft and the catalogue from the gossip status of one member. */
function reconcileMember(net: Net, group: Group, leader: Server, member: Member): void {
  switch (member.status) {
    case MEMBER_STATUS.alive:
      addMember(net, group, leader, member.server);
      return;
    case MEMBER_STATUS.failed:
      setCheck(net, group, leader, member.server, 'critical');
      return;
    case MEMBER_STATUS.left:
      removeMember(net, group, leader, member.server);
      return;
    case MEMBER_STATUS.leaving:
  }
}

/**
 * A live server joins raft in place of the peers that had its address or its id, and is registered. It has no vote, or that
 * of the peer with its id. A leader whose own id it has refuses it.
 */
function addMember(net: Net, group: Group, leader: Server, server: Server): void {
  if (server !== leader && server.nodeId === leader.nodeId) return;
  const foreign = server.group !== undefined && server.group !== group;
  if (foreign) mergeFounder(net, group, server);
  if (server !== leader && !foreign && !joinRaft(net, group, leader, server)) return;
  setCheck(net, group, leader, server, 'passing');
}

/** False where too many voters would have to go for it. */
function joinRaft(net: Net, group: Group, leader: Server, server: Server): boolean {
  const { configuration } = group.log.latestConfiguration();
  const sameAddress = configuration.filter(({ id, host }) => host === server.address && id !== server.nodeId);
  const sameId = configuration.filter(({ id, host }) => id === server.nodeId && host !== server.address);
  const movesPeer = movesPeerOfSameId(leader.version);
  const voters = listVoters(configuration).length;
  if (movesPeer && listVoters(sameAddress).length > voters - computeQuorum(voters)) return false;
  for (const { id } of movesPeer ? sameAddress : [...sameAddress, ...sameId])
    changeConfiguration(net, group, removePeerFrom(id));
  const isMove = movesPeer && sameId.length > 0;
  changeConfiguration(net, group, isMove ? moveToAddress(server) : addNonVoter(server));
  return true;
}

function setCheck(net: Net, group: Group, leader: Server, server: Server, status: 'passing' | 'critical'): void {
  const { nodes } = group.store;
  const known = nodes.get(getGossipName(server));
  if (known?.id === server.nodeId && known.serfStatus === status) return;
  if (known === undefined && status === 'critical') return;
  const { nodeId: id, address, version } = server;
  const name = getGossipName(server);
  const commit = (index: number): void =>
    group.store.register({ id, name, address, version, serfStatus: status }, index, net.nowMs);
  appendAndReplicate(net, leader, { commit, abandon: () => {} });
}

/** Removes a server that has left from Raft, whatever the quorum, and from the catalogue. */
function removeMember(net: Net, group: Group, leader: Server, server: Server): void {
  if (server === leader || server.nodeId === leader.nodeId) return;
  changeConfiguration(net, group, removePeerFrom(server.nodeId));
  const name = getGossipName(server);
  if (!group.store.nodes.has(name)) return;
  const commit = (index: number): void => group.store.deregister(name, index, net.nowMs);
  appendAndReplicate(net, leader, { commit, abandon: () => {} });
}

/** A new leader restarts the TTL of every session. */
function watchSessions(net: Net, group: Group): void {
  for (const session of group.store.sessions.values()) watchSession(net, group, session.id);
}

/** The leader ends a session that is not renewed within twice its TTL. */
export function watchSession(net: Net, group: Group, id: string): void {
  const session = group.store.sessions.get(id);
  if (session?.ttlMs === undefined) return;
  session.renewals++;
  const { renewals, ttlMs } = session;
  scheduleAfter(net, ttlMs * SESSION_TTL_FACTOR, () => {
    const leader = findActingLeader(group);
    if (leader === undefined || group.store.sessions.get(id)?.renewals !== renewals) return;
    const commit = (index: number): void => group.store.endSession(id, index, net.nowMs);
    appendAndReplicate(net, leader, { commit, abandon: () => {} });
  });
}
