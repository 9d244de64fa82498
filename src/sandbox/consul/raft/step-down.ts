import { type Group, isUp, type Net, type Server } from '../state.js';
import { drawElectionTimeoutMs, loseContact, setTimer } from './contact.js';
import { LEADERSHIP_LOST } from './log.js';

export function beginEpoch(group: Group): void {
  group.epoch++;
  group.established = false;
  for (const change of group.changes.splice(0)) change.abandon(LEADERSHIP_LOST);
}

/** The leader has ended or stepped down. `message` is the error for pending entries. */
export function endLeadership(net: Net, group: Group, leader: Server, message: string): void {
  if (group.leader !== leader) return;
  beginEpoch(group);
  group.log.abandonPending(message);
  for (const server of net.servers.values()) {
    if (server.leaderView === leader) loseContact(net, server);
  }
}

/** A leader steps down: its followers hear nothing from now on, and pending entries are abandoned. */
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
