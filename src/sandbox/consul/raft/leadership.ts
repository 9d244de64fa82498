import { establishLeadership } from '../leader-duties.js';
import { type Group, type Net, type Server, scheduleOnServer } from '../state.js';
import { ROUND_TRIP } from '../timings.js';
import { listServers } from './configuration.js';
import { stopTimer } from './contact.js';
import { acceptLeader, appendAndReplicate, checkLease } from './replication.js';
import { beginEpoch } from './step-down.js';

/** A candidate with enough votes becomes leader: entries it does not have are lost, and its first entry commits the rest. */
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
