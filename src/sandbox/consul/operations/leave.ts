import { createSuccess, type ReplyCallback } from '../answers.js';
import { announceNamesakeLeft, findMember, setMemberStatus } from '../gossip/pool.js';
import { getConfiguration, listVoters } from '../raft/configuration.js';
import { changeConfiguration, removePeerFrom } from '../raft/membership.js';
import { isLeading, MEMBER_STATUS, type MemberStatus, type Net, type Server, scheduleOnServer } from '../state.js';
import {
  LEAVE_DRAIN_MS,
  LEAVE_LAN,
  LEAVE_POLL_LIMIT_MS,
  LEAVE_POLL_MS,
  LEAVE_PROPAGATION_MS,
  LEAVE_WAN,
} from '../timings.js';
import { transfersLeaderOnLeave } from '../versions.js';
import { exitServer } from './stop.js';
import { transferToTarget } from './transfer-leadership.js';

/**
 * `PUT agent/leave`: the server leaves and its process exits. The answer is a success even when raft has not let it
 * go in time.
 */
export function leaveCluster(net: Net, server: Server, reply: ReplyCallback<void>): void {
  const leads = isLeading(server) && listVoters(getConfiguration(server)).length > 1;
  server.leaving = true;
  if (!leads) leaveGossip(net, server, isLeading(server), reply);
  else if (transfersLeaderOnLeave(server.version)) {
    transferToTarget(net, server, undefined, (handed) => {
      if (!handed) removeItself(net, server);
      leaveGossip(net, server, !handed, reply);
    });
  } else {
    removeItself(net, server);
    leaveGossip(net, server, true, reply);
  }
}

/** Out of raft at once, and leaderless until the others elect; they may take it in again until gossip has it left. */
function removeItself(net: Net, server: Server): void {
  if (server.group !== undefined) changeConfiguration(net, server.group, removePeerFrom(server.nodeId));
}

function leaveGossip(net: Net, server: Server, wasLeader: boolean, reply: ReplyCallback<void>): void {
  const announce = (status: MemberStatus): void => {
    const member = findMember(server);
    if (member !== undefined) setMemberStatus(net, server.pool, member, status);
  };
  scheduleOnServer(net, server, net.random.within(LEAVE_WAN), () => {
    announce(MEMBER_STATUS.leaving);
    scheduleOnServer(net, server, net.random.within(LEAVE_LAN), () => {
      announce(MEMBER_STATUS.left);
      announceNamesakeLeft(net, server);
      scheduleOnServer(net, server, LEAVE_PROPAGATION_MS, () => drain(net, server, wasLeader, reply));
    });
  });
}

function drain(net: Net, server: Server, wasLeader: boolean, reply: ReplyCallback<void>): void {
  server.refusing = true;
  for (const retry of [...server.held]) retry();
  const finish = (): void => {
    reply(createSuccess(undefined));
    exitServer(net, server, 'left');
  };
  scheduleOnServer(net, server, LEAVE_DRAIN_MS, () => {
    if (wasLeader) finish();
    else awaitRemoval(net, server, net.nowMs + LEAVE_POLL_LIMIT_MS, finish);
  });
}

/** A follower waits a while to see itself removed, and leaves all the same when it does not. */
function awaitRemoval(net: Net, server: Server, deadlineMs: number, finish: () => void): void {
  scheduleOnServer(net, server, LEAVE_POLL_MS, () => {
    const removed = !getConfiguration(server).some((peer) => peer.host === server.address);
    if (removed || net.nowMs >= deadlineMs) finish();
    else awaitRemoval(net, server, deadlineMs, finish);
  });
}
