import { configurationOf, serverOf } from '../raft/configuration.js';
import { stand } from '../raft/election.js';
import { after, isLeading, isUp, type Net, type Server } from '../state.js';
import { ELECTION_TIMEOUT_MS, HANDOVER } from '../timings.js';

/**
 * The leader gets another voter elected in its place: the one named, or the one that has most of the log. `done` says
 * whether it no longer leads.
 */
export function handOver(
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
  after(net, net.random.within(HANDOVER), () => {
    if (isLeading(leader) && isUp(target) && target.group === leader.group) stand(net, target, true);
    awaitElection(net, leader, net.nowMs + ELECTION_TIMEOUT_MS, done);
  });
}

function awaitElection(net: Net, leader: Server, deadlineMs: number, done: (handed: boolean) => void): void {
  const elected = leader.leaderView !== undefined && leader.leaderView !== leader;
  if (elected || net.nowMs >= deadlineMs) done(elected);
  else after(net, HANDOVER.leastMs, () => awaitElection(net, leader, deadlineMs, done));
}

function successor(net: Net, leader: Server, targetId: string | undefined): Server | undefined {
  const candidates = configurationOf(leader).flatMap((peer) => {
    const server = peer.voter ? serverOf(net, peer) : undefined;
    const eligible = server !== undefined && server !== leader && isUp(server) && server.replicating;
    return eligible && peer.id === (targetId ?? peer.id) ? [server] : [];
  });
  return candidates.sort((one, other) => other.lastLogIndex - one.lastLogIndex)[0];
}
