import { findServer, getConfiguration } from '../raft/configuration.js';
import { startElection } from '../raft/election.js';
import { replicate } from '../raft/replication.js';
import { isLeading, isUp, type Net, type Server, scheduleAfter } from '../state.js';
import { ELECTION_TIMEOUT_MS, LEADERSHIP_TRANSFER } from '../timings.js';

const OVERTAKE_CHANCE = 0.5;

/**
 * The leader has another voter start an election: the one named, or the one with the longest log. `done` says
 * whether it no longer leads. A target that lacks an entry which was just written costs the leader its role and is not
 * elected: then the leader may be elected again.
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
    if (isLeading(leader) && isUp(target) && target.group === leader.group) {
      overtakeEntry(net, target);
      startElection(net, target, true);
    }
    awaitElection(net, leader, net.nowMs + ELECTION_TIMEOUT_MS * net.raftMultiplier, done);
  });
}

/** The request is not sent behind the entry that is under way: by lot the others have that entry, and the target not. */
function overtakeEntry(net: Net, target: Server): void {
  const { group } = target;
  if (!group?.replicationDue || net.random.next() >= OVERTAKE_CHANCE) return;
  target.replicating = false;
  replicate(net, group);
}

function awaitElection(net: Net, leader: Server, deadlineMs: number, done: (handed: boolean) => void): void {
  const handed = !isLeading(leader);
  if (handed || net.nowMs >= deadlineMs) done(handed);
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
