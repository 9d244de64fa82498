import { startSuspicion } from '../gossip/failure.js';
import { findMember, setMemberStatus } from '../gossip/pool.js';
import { listServers } from '../raft/configuration.js';
import { drawElectionTimeoutMs, loseContact, setTimer, stopTimer } from '../raft/contact.js';
import { acceptLeader, checkLease } from '../raft/replication.js';
import { endLeadership, stepDown } from '../raft/step-down.js';
import { type ExitReason, isLeading, isUp, MEMBER_STATUS, type Net, type Server } from '../state.js';
import { LEADER_LEASE_MS } from '../timings.js';

/** The process has ended, by a signal or after a leave. Its pending requests are reset. */
export function exitServer(net: Net, server: Server, how: ExitReason): void {
  if (server.life === 'dead') return;
  const wasUp = server.life !== 'starting';
  server.life = 'dead';
  server.run++;
  stopTimer(server);
  server.onResume.length = 0;
  for (const pending of [...server.calls]) pending.reset();
  for (const retry of [...server.held]) retry();
  if (wasUp) absent(net, server, 'EOF');
  else startSuspicion(net, server);
  server.role = 'follower';
  server.replicating = false;
  for (const listener of net.listeners) listener.gone?.(server.address, how);
}

/** SIGTERM: the process ends without leaving, a paused one when it is resumed. */
export function terminateServer(net: Net, server: Server): void {
  if (server.life === 'paused') server.onResume.push(() => exitServer(net, server, 'killed'));
  else exitServer(net, server, 'killed');
}

/** The other servers notice that a server is gone: its followers, its leader and its neighbours in gossip. */
function absent(net: Net, server: Server, message: string | undefined): void {
  const { group } = server;
  if (group !== undefined && group.leader === server && server.role === 'leader') {
    spreadUncommitted(net, server);
    if (message !== undefined) endLeadership(net, group, server, message);
    else
      for (const other of listServers(net, group))
        if (other.leaderView === server && other !== server) loseContact(net, other);
  } else if (group !== undefined) checkLease(net, group);
  startSuspicion(net, server);
}

/** What a leader had just appended has reached some of its followers, and not others. */
function spreadUncommitted(net: Net, leader: Server): void {
  const { group } = leader;
  if (group === undefined || group.log.lastIndex === group.log.commitIndex) return;
  for (const server of listServers(net, group)) {
    if (isUp(server) && server.replicating && net.random.next() < 0.5) server.lastLogIndex = group.log.lastIndex;
  }
}

/** The process is paused and does not answer. */
export function pauseServer(net: Net, server: Server): void {
  if (server.life !== 'running') return;
  server.life = 'paused';
  server.pausedSinceMs = net.nowMs;
  absent(net, server, undefined);
}

/** A firewall closes its port 8300, and gossip continues: a follower hears its leader no more. */
export function closeRaftPort(net: Net, server: Server): void {
  if (isLeading(server)) return;
  server.deaf = true;
  loseContact(net, server);
  if (server.group !== undefined) checkLease(net, server.group);
}

/** The port is open again. */
export function openRaftPort(net: Net, server: Server): void {
  server.deaf = false;
  if (server.group !== undefined && listServers(net, server.group).includes(server)) acceptLeader(net, server);
}

/** The process continues, and catches up with what it has missed. */
export function unpauseServer(net: Net, server: Server): void {
  if (server.life !== 'paused') return;
  server.life = 'running';
  const { group } = server;
  resume(net, server);
  const member = findMember(server);
  if (member !== undefined && !server.leaving) setMemberStatus(net, server.pool, member, MEMBER_STATUS.alive);
  if (group !== undefined && listServers(net, group).includes(server)) acceptLeader(net, server);
  for (const run of server.onResume.splice(0)) run();
}

/** A paused leader keeps leading if no other was elected and its lease has not expired. */
function resume(net: Net, server: Server): void {
  const { group } = server;
  if (group === undefined || server.role !== 'leader') return;
  if (group.leader !== server) {
    server.role = 'follower';
    server.leaderView = undefined;
    server.contactLostMs = server.pausedSinceMs;
    setTimer(net, server, drawElectionTimeoutMs(net));
  } else if (net.nowMs - server.pausedSinceMs > LEADER_LEASE_MS * net.raftMultiplier) stepDown(net, server);
  else for (const other of listServers(net, group)) acceptLeader(net, other);
}
