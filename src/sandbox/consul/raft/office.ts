import { establish } from '../leadership/establish.js';
import { afterOn, type Group, isUp, type Net, type Server } from '../state.js';
import { ROUND_TRIP } from '../timings.js';
import { serversOf } from './configuration.js';
import { electionTimeoutMs, loseContact, setTimer, stopTimer } from './contact.js';
import { LEADERSHIP_LOST } from './log.js';
import { checkLease, meetLeader, propose } from './replication.js';

/** A candidate with its votes becomes leader: what it has not got is gone, and its first entry settles the rest. */
export function takeOffice(net: Net, server: Server): void {
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
  propose(net, server, {
    commit: () => group.epoch === epoch && establish(net, group, server),
    abandon: () => {},
  });
  for (const follower of serversOf(net, group)) {
    if (follower !== server)
      afterOn(net, follower, net.random.within(ROUND_TRIP), () => meetLeader(net, follower));
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
  if (isUp(leader)) setTimer(net, leader, electionTimeoutMs(net));
  vacate(net, group, leader, LEADERSHIP_LOST);
}

/** The leader is gone, in whatever way. `message` is what those who wait for an entry are told. */
export function vacate(net: Net, group: Group, leader: Server, message: string): void {
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
