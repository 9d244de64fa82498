import { findActingLeader, type Group, isLeading, isUp, type Net, type Server } from '../state.js';
import { listServers } from './configuration.js';
import { stopTimer } from './contact.js';
import { addNonVoter, changeConfiguration } from './membership.js';
import { endLeadership, stepDown } from './step-down.js';

/**
 * The leader of a cluster finds a server that bootstrapped a cluster of its own in its gossip pool, and each of the two
 * takes the other for a new server. Raft compares index and term only, so either of two things happens (seen on 1.8.7 and
 * 1.21.4): the founder steps down, and keeps its own entries in place of the oldest of the cluster's; or the others
 * follow the founder, and have a leader of theirs only when it is gone.
 */
export function mergeFounder(net: Net, group: Group, founder: Server): void {
  const own = founder.group;
  const leader = findActingLeader(group);
  // Gossip has one that has just ended alive for some seconds.
  if (own === undefined || leader === undefined || !isLeading(founder)) return;
  if (listServers(net, own).length > 1 || founder.term > leader.term + 1) return;
  if (net.random.next() < 0.7) absorb(net, group, founder, own);
  else takeOver(net, group, founder, own);
}

/** How many entries of its own it keeps depends on how long it led: here up to half of the cluster's log. */
function absorb(net: Net, group: Group, founder: Server, own: Group): void {
  stepDown(net, founder);
  stopTimer(founder);
  own.leader = undefined;
  founder.lacksUpTo = Math.floor(net.random.next() * (group.log.commitIndex / 2));
  founder.group = undefined;
  founder.lastLogIndex = 0;
  founder.contactLostMs = undefined;
  changeConfiguration(net, group, addNonVoter(founder));
}

function takeOver(net: Net, group: Group, founder: Server, own: Group): void {
  const followers = listServers(net, group).filter(isUp);
  const leader = findActingLeader(group);
  if (leader !== undefined) {
    stepDown(net, leader);
    endLeadership(net, group, leader, 'leadership lost');
  }
  for (const server of followers) {
    server.role = 'follower';
    server.leaderView = founder;
    server.contactLostMs = undefined;
    server.replicating = false;
    stopTimer(server);
    changeConfiguration(net, own, addNonVoter(server));
  }
}
