import { createFailure, type Failure, NO_LEADER } from '../answers.js';
import { findMember } from '../gossip/pool.js';
import { isLeading, isUp, MEMBER_STATUS, type Net, type Server, scheduleAfter, scheduleOnServer } from '../state.js';
import { FORWARD_TIMEOUT_MS, HOLD_RETRY, RPC_HOLD_MS } from '../timings.js';
import { transfersLeaderOnLeave } from '../versions.js';

/** A request for the leader. */
export interface LeaderRequest {
  /** Called at most once, on a server that leads at that moment. `forwarded` when another server received the request. */
  readonly run: (leader: Server, forwarded: boolean) => void;
  /** Called at most once, instead, when no leader was reachable. */
  readonly fail: (failure: Failure) => void;
}

const BROKEN = createFailure(500, 'rpc error making call: EOF');

const LEADER_NOT_TRACKED = createFailure(500, 'Raft leader not found in server lookup mapping');

/** Elected again after it handed its leadership over to leave: the others know its address from gossip alone. */
function hasLeftGossip(leader: Server): boolean {
  return leader.leaving && transfersLeaderOnLeave(leader.version) && findMember(leader)?.status === MEMBER_STATUS.left;
}

/** An error of the leader as the forwarding server returns it. */
export function wrapForwardedError(message: string, forwarded: boolean): string {
  return forwarded ? `rpc error making call: ${message}` : message;
}

/**
 * Forwards a request from a server to the leader: at once when it knows one that answers, otherwise
 * within `rpc_hold_timeout`.
 */
export function forwardToLeader(net: Net, asked: Server, request: LeaderRequest): void {
  attempt(net, asked, asked, net.nowMs + RPC_HOLD_MS, request);
}

function attempt(net: Net, asked: Server, at: Server, deadlineMs: number, request: LeaderRequest): void {
  const leader = at.leaderView;
  if (at.refusing) request.fail(NO_LEADER);
  else if (leader === undefined) hold(net, asked, at, deadlineMs, request);
  else if (leader !== at && hasLeftGossip(leader)) request.fail(LEADER_NOT_TRACKED);
  else if (isLeading(leader)) request.run(leader, leader !== asked);
  else if (leader.life === 'paused') awaitResume(net, asked, leader, deadlineMs, request);
  else if (!isUp(leader)) request.fail(unreachable(asked, leader));
  else hold(net, asked, leader, deadlineMs, request);
}

function unreachable(asked: Server, leader: Server): Failure {
  const dial = `dial tcp ${asked.address}:0->${leader.raftAddress}`;
  return createFailure(500, `rpc error getting client: failed to get conn: ${dial}: connect: connection refused`);
}

/** Waits at a server for it to know a leader. */
function hold(net: Net, asked: Server, at: Server, deadlineMs: number, request: LeaderRequest): void {
  let waiting = true;
  const settle = (): boolean => {
    const first = waiting;
    waiting = false;
    at.held.delete(retry);
    return first;
  };
  const retry = (): void => {
    if (!settle()) return;
    if (at.life === 'dead') request.fail(BROKEN);
    else scheduleOnServer(net, at, net.random.within(HOLD_RETRY), () => attempt(net, asked, at, deadlineMs, request));
  };
  at.held.add(retry);
  scheduleAfter(net, Math.max(0, deadlineMs - net.nowMs), () => {
    if (settle()) request.fail(NO_LEADER);
  });
}

/** The leader is paused: it answers once resumed, or the connection breaks. */
function awaitResume(net: Net, asked: Server, leader: Server, deadlineMs: number, request: LeaderRequest): void {
  let waiting = true;
  const once = (run: () => void): void => {
    if (waiting) run();
    waiting = false;
  };
  leader.onResume.push(() => once(() => attempt(net, asked, leader, deadlineMs, request)));
  scheduleAfter(net, FORWARD_TIMEOUT_MS, () => once(() => request.fail(BROKEN)));
}
