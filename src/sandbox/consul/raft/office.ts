import { establishLeadership } from '../leadership/establish.js';
import { type Group, isUp, type Net, type Server, scheduleOnServer } from '../state.js';
import { ROUND_TRIP } from '../timings.js';
import { listServers } from './configuration.js';
import { drawElectionTimeoutMs, loseContact, setTimer, stopTimer } from './contact.js';
import { LEADERSHIP_LOST } from './log.js';
import { acceptLeader, appendAndReplicate, checkLease } from './replication.js';

/** A candidate with its votes becomes leader: what it has not got is gone, and its first entry settles the rest. */
export function assumeLeadership(net: Net, server: Server): void {
  const { group } = server;
  if (group === undefined) return;
  group.leader = server;
  beginEpoch(group);
  server.role = 'leader';
  server.leaderView = server;
  server.heardLeader = true;
  server.contactLostMs = undefined;
  server.replicating = true;
  stopTimer(server);
  cutLogs(net, group, server.lastLogIndex);
  const { epoch } = group;
  appendAndReplicate(net, server, {
    commit: () => group.epoch === epoch && establishLeadership(net, group, server),
    abandon: () => {},
  });
  for (const follower of listServers(net, group)) {
    if (follower !== server)
      scheduleOnServer(net, follower, net.random.within(ROUND_TRIP), () => acceptLeader(net, follower));
  }
  checkLease(net, group);
  for (const retry of [...server.held]) retry();
}

function cutLogs(net: Net, group: Group, lastIndex: number): void {
  for (const server of net.servers.values()) {
    if (server.group !== group) continue;
    server.lastLogIndex = Math.min(server.lastLogIndex, lastIndex);
    server.replicating = server === group.leader;
  }
  group.log.truncateAfter(lastIndex);
}

/** A leader gives up: its followers hear nothing from now on, and those who wait for an entry are told. */
export function stepDown(net: Net, leader: Server): void {
  const { group } = leader;
  if (group === undefined || leader.role !== 'leader') return;
  leader.role = 'follower';
  leader.leaderView = undefined;
  leader.contactLostMs = net.nowMs;
  leader.replicating = false;
  if (isUp(leader)) setTimer(net, leader, drawElectionTimeoutMs(net));
  endLeadership(net, group, leader, LEADERSHIP_LOST);
}

/** The leader is gone, in whatever way. `message` is what those who wait for an entry are told. */
export function endLeadership(net: Net, group: Group, leader: Server, message: string): void {
  if (group.leader !== leader) return;
  beginEpoch(group);
  group.log.abandonPending(message);
  for (const server of net.servers.values()) {
    if (server.group === group && server.leaderView === leader) loseContact(net, server);
  }
}

function beginEpoch(group: Group): void {
  group.epoch++;
  group.established = false;
  for (const change of group.changes.splice(0)) change.abandon(LEADERSHIP_LOST);
}
