import {
  findActingLeader,
  type Group,
  hears,
  isLeading,
  type Net,
  type Server,
  scheduleAfter,
  scheduleOnServer,
} from '../state.js';
import { APPLY_LAG, CATCH_UP, CATCH_UP_PER_ENTRY_MS, HEARTBEAT_AGE, LEADER_LEASE_MS, ROUND_TRIP } from '../timings.js';
import { computeQuorum, findServer, listVoters } from './configuration.js';
import { stopTimer } from './contact.js';
import type { Proposal } from './log.js';
import { stepDown } from './step-down.js';

/** The leader appends an entry and sends it out. */
export function appendAndReplicate(net: Net, leader: Server, proposal?: Proposal): void {
  const { group } = leader;
  if (group === undefined) return;
  leader.lastLogIndex = group.log.append(leader.term, proposal);
  sendHeartbeats(net, group);
}

/** Sends what was appended to every follower, one round trip from now. */
export function sendHeartbeats(net: Net, group: Group): void {
  if (group.replicationDue) return;
  group.replicationDue = true;
  scheduleAfter(net, net.random.within(ROUND_TRIP), () => {
    group.replicationDue = false;
    replicate(net, group);
  });
}

/** Every server that keeps up gets the log; what a majority of the voters has is committed. */
export function replicate(net: Net, group: Group): void {
  const leader = findActingLeader(group);
  if (leader === undefined) return;
  const { log } = group;
  for (const server of net.servers.values()) {
    if (server.group === group && server.replicating && hears(server)) server.lastLogIndex = log.lastIndex;
  }
  const electorate = listVoters(log.latestConfiguration().configuration);
  const holders = electorate.filter((peer) => findServer(net, peer)?.lastLogIndex === log.lastIndex);
  if (holders.length < computeQuorum(electorate.length)) return;
  log.commitTo(log.lastIndex, net.nowMs);
  log.forgetCommitsBefore(net.nowMs - 10 * APPLY_LAG.maxMs);
}

/** A leader's first heartbeat reaches a server, which follows it from now on and catches up. */
export function acceptLeader(net: Net, server: Server): void {
  const { group } = server;
  const leader = group === undefined ? undefined : findActingLeader(group);
  if (group === undefined || leader === undefined || leader === server || !hears(server)) return;
  if (server.term > leader.term) {
    leader.term = server.term;
    stepDown(net, leader);
    return;
  }
  server.term = leader.term;
  server.role = 'follower';
  server.leaderView = leader;
  server.heardLeader = true;
  server.contactLostMs = undefined;
  stopTimer(server);
  catchUp(net, group, server);
  for (const retry of [...server.held]) retry();
}

function catchUp(net: Net, group: Group, server: Server): void {
  const { epoch } = group;
  const missing = group.log.lastIndex - server.lastLogIndex;
  scheduleOnServer(net, server, net.random.within(CATCH_UP) + missing * CATCH_UP_PER_ENTRY_MS, () => {
    if (group.epoch !== epoch || server.leaderView !== group.leader) return;
    server.replicating = true;
    replicate(net, group);
  });
}

/** A leader that cannot hear a majority of its voters steps down when its lease runs out. */
export function checkLease(net: Net, group: Group): void {
  const { epoch } = group;
  if (hasMajorityContact(net, group)) return;
  scheduleAfter(net, LEADER_LEASE_MS * net.raftMultiplier, () => {
    const leader = findActingLeader(group);
    if (group.epoch === epoch && leader !== undefined && !hasMajorityContact(net, group)) stepDown(net, leader);
  });
}

/** Whether a majority of the voters can hear the leader and answer it. */
export function hasMajorityContact(net: Net, group: Group): boolean {
  let electorate = 0;
  let heard = 0;
  for (const peer of group.log.latestConfiguration().configuration) {
    if (!peer.voter) continue;
    electorate++;
    const server = findServer(net, peer);
    if (server !== undefined && (hears(server) || isLeading(server))) heard++;
  }
  return heard >= computeQuorum(electorate);
}

/** What a server has applied to its own copy of the state. */
export function getAppliedIndex(net: Net, server: Server): number {
  const { group } = server;
  if (group === undefined) return 0;
  if (isLeading(server)) server.appliedIndex = group.log.commitIndex;
  else {
    const knownMs = Math.min(
      server.contactLostMs ?? net.nowMs,
      server.life === 'paused' ? server.pausedSinceMs : net.nowMs,
    );
    const known = Math.min(group.log.committedBy(knownMs - server.applyLagMs), server.lastLogIndex);
    server.appliedIndex = Math.max(server.appliedIndex, known);
  }
  return server.appliedIndex;
}

/** Time since a server last heard from its leader, milliseconds; 0 on the leader, undefined when it never did. */
export function getLastContactMs(net: Net, server: Server): number | undefined {
  if (isLeading(server)) return 0;
  if (server.contactLostMs !== undefined) return net.nowMs - server.contactLostMs;
  return server.leaderView === undefined ? undefined : net.random.within(HEARTBEAT_AGE);
}
