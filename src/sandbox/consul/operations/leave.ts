import { type Reply, success } from '../answers.js';
import { memberOf, setStatus } from '../gossip/pool.js';
import { configurationOf, voters } from '../raft/configuration.js';
import { changeConfiguration, without } from '../raft/membership.js';
import { afterOn, isLeading, MEMBER, type MemberStatus, type Net, type Server } from '../state.js';
import {
  LEAVE_DRAIN_MS,
  LEAVE_LAN,
  LEAVE_POLL_LIMIT_MS,
  LEAVE_POLL_MS,
  LEAVE_PROPAGATION_MS,
  LEAVE_WAN,
} from '../timings.js';
import { handsOverOnLeave } from '../versions.js';
import { handOver } from './hand-over.js';
import { exit } from './stop.js';

/**
 * `PUT agent/leave`: the server leaves and its process exits. The answer is a success even when raft has not let it
 * go in time.
 */
export function leave(net: Net, server: Server, reply: Reply<void>): void {
  const leads = isLeading(server) && voters(configurationOf(server)).length > 1;
  server.leaving = true;
  if (!leads) leaveGossip(net, server, isLeading(server), reply);
  else if (handsOverOnLeave(server.version)) {
    handOver(net, server, undefined, (handed) => {
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
  if (server.group !== undefined) changeConfiguration(net, server.group, without(server.nodeId));
}

function leaveGossip(net: Net, server: Server, wasLeader: boolean, reply: Reply<void>): void {
  const announce = (status: MemberStatus): void => {
    const member = memberOf(server);
    if (member !== undefined) setStatus(net, server.pool, member, status);
  };
  afterOn(net, server, net.random.within(LEAVE_WAN), () => {
    announce(MEMBER.leaving);
    afterOn(net, server, net.random.within(LEAVE_LAN), () => {
      announce(MEMBER.left);
      afterOn(net, server, LEAVE_PROPAGATION_MS, () => drain(net, server, wasLeader, reply));
    });
  });
}

function drain(net: Net, server: Server, wasLeader: boolean, reply: Reply<void>): void {
  server.refusing = true;
  for (const retry of [...server.held]) retry();
  const finish = (): void => {
    reply(success(undefined));
    exit(net, server, 'left');
  };
  afterOn(net, server, LEAVE_DRAIN_MS, () => {
    if (wasLeader) finish();
    else awaitRemoval(net, server, net.nowMs + LEAVE_POLL_LIMIT_MS, finish);
  });
}

/** A follower waits a while to see itself removed, and leaves all the same when it does not. */
function awaitRemoval(net: Net, server: Server, deadlineMs: number, finish: () => void): void {
  afterOn(net, server, LEAVE_POLL_MS, () => {
    const removed = !configurationOf(server).some((peer) => peer.host === server.address);
    if (removed || net.nowMs >= deadlineMs) finish();
    else awaitRemoval(net, server, deadlineMs, finish);
  });
}
