import { findServer, getConfiguration } from '../raft/configuration.js';
import { startElection } from '../raft/election.js';
import { isLeading, isUp, type Net, type Server, scheduleAfter } from '../state.js';
import { ELECTION_TIMEOUT_MS, LEADERSHIP_TRANSFER } from '../timings.js';

/**
 * The leader has another voter elected: the one named, or the one with the longest log. `done` says
 * whether it no longer leads.
 */
export function transferToTarget(
  net: Net,
  leader: Server,
  targetId: string | undefined,
  done: (handed: boolean) => void,
): void {
  const target = successor(net, leader, targetId);
  if (target === undefined) {
    done(false);
    return;
  }
  scheduleAfter(net, net.random.within(LEADERSHIP_TRANSFER), () => {
    if (isLeading(leader) && isUp(target) && target.group === leader.group) startElection(net, target, true);
    awaitElection(net, leader, net.nowMs + ELECTION_TIMEOUT_MS * net.raftMultiplier, done);
  });
}

function awaitElection(net: Net, leader: Server, deadlineMs: number, done: (handed: boolean) => void): void {
  const elected = leader.leaderView !== undefined && leader.leaderView !== leader;
  if (elected || net.nowMs >= deadlineMs) done(elected);
  else scheduleAfter(net, LEADERSHIP_TRANSFER.minMs, () => awaitElection(net, leader, deadlineMs, done));
}

function successor(net: Net, leader: Server, targetId: string | undefined): Server | undefined {
  const candidates = getConfiguration(leader).flatMap((peer) => {
    const server = peer.voter ? findServer(net, peer) : undefined;
    const eligible = server !== undefined && server !== leader && isUp(server) && server.replicating;
    return eligible && peer.id === (targetId ?? peer.id) ? [server] : [];
  });
  return candidates.sort((one, other) => other.lastLogIndex - one.lastLogIndex)[0];
}
