import { suspect } from '../gossip/failure.js';
import { memberOf, setStatus } from '../gossip/pool.js';
import { serversOf } from '../raft/configuration.js';
import { electionTimeoutMs, loseContact, setTimer, stopTimer } from '../raft/contact.js';
import { stepDown, vacate } from '../raft/office.js';
import { checkLease, meetLeader } from '../raft/replication.js';
import { type ExitKind, isUp, MEMBER, type Net, type Server } from '../state.js';
import { LEADER_LEASE_MS } from '../timings.js';

/** The process is gone, by a signal or after a leave. What was asked of it is reset. */
export function exit(net: Net, server: Server, how: ExitKind): void {
  if (server.life === 'dead') return;
  const wasUp = server.life !== 'starting';
  server.life = 'dead';
  server.run++;
  stopTimer(server);
  server.onThaw.length = 0;
  for (const pending of [...server.calls]) pending.reset();
  for (const retry of [...server.held]) retry();
  if (wasUp) absent(net, server, 'EOF');
  else suspect(net, server);
  server.role = 'follower';
  server.replicating = false;
  for (const listener of net.listeners) listener.gone?.(server.address, how);
}

/** SIGTERM: the process ends without leaving, a frozen one when it thaws. */
export function terminate(net: Net, server: Server): void {
  if (server.life === 'frozen') server.onThaw.push(() => exit(net, server, 'killed'));
  else exit(net, server, 'killed');
}

/** The others miss a server: its followers their leader, its leader a follower, its neighbours a member. */
function absent(net: Net, server: Server, message: string | undefined): void {
  const { group } = server;
  if (group !== undefined && group.leader === server && server.role === 'leader') {
    spreadUncommitted(net, server);
    if (message !== undefined) vacate(net, group, server, message);
    else
      for (const other of serversOf(net, group))
        if (other.leaderView === server && other !== server) loseContact(net, other);
  } else if (group !== undefined) checkLease(net, group);
  suspect(net, server);
}

/** What a leader had just appended has reached some of its followers, and not others. */
function spreadUncommitted(net: Net, leader: Server): void {
  const { group } = leader;
  if (group === undefined || group.log.lastIndex === group.log.commitIndex) return;
  for (const server of serversOf(net, group)) {
    if (isUp(server) && server.replicating && net.random.next() < 0.5)
      server.lastLogIndex = group.log.lastIndex;
  }
}

/** The process stands still and answers nothing. */
export function freeze(net: Net, server: Server): void {
  if (server.life !== 'running') return;
  server.life = 'frozen';
  server.frozenSinceMs = net.nowMs;
  absent(net, server, undefined);
}

/** The process goes on where it stood, and finds out what it has missed. */
export function thaw(net: Net, server: Server): void {
  if (server.life !== 'frozen') return;
  server.life = 'running';
  const { group } = server;
  resume(net, server);
  const member = memberOf(server);
  if (member !== undefined && !server.leaving) setStatus(net, server.pool, member, MEMBER.alive);
  if (group !== undefined && serversOf(net, group).includes(server)) meetLeader(net, server);
  for (const run of server.onThaw.splice(0)) run();
}

/** A leader that stood still leads on if nobody has taken its place and its lease has not run out. */
function resume(net: Net, server: Server): void {
  const { group } = server;
  if (group === undefined || server.role !== 'leader') return;
  if (group.leader !== server) {
    server.role = 'follower';
    server.leaderView = undefined;
    server.contactLostMs = server.frozenSinceMs;
    setTimer(net, server, electionTimeoutMs(net));
  } else if (net.nowMs - server.frozenSinceMs > LEADER_LEASE_MS) stepDown(net, server);
  else for (const other of serversOf(net, group)) meetLeader(net, other);
}
