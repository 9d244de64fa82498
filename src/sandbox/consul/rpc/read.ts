import { createFailure, createSuccess, type Failure, type ReadMeta, type ReplyCallback } from '../answers.js';
import { getAppliedIndex, getLastContactMs, hasMajorityContact } from '../raft/replication.js';
import { type Group, isLeading, type Net, type Server, scheduleAfter } from '../state.js';
import type { Store } from '../store/store.js';
import { RPC_HOLD_MS } from '../timings.js';
import { forwardToLeader, wrapForwardedError } from './forward.js';

/** `default` reads from the leader, `consistent` from a leader that verifies it still leads, `stale` from the server itself. */
export type Consistency = 'default' | 'consistent' | 'stale';

/** Between two checks of whether the leader is ready for a consistent read, milliseconds. */
const READY_RETRY_MS = 100;

/** What a read sees: the replicated state, and up to which raft index. */
export interface StoreView {
  readonly store: Store;
  readonly atIndex: number;
  /** What was written up to here is missing; 0 for nothing. */
  readonly afterIndex: number;
}

/** The result of a read, and its Raft index. */
export interface ReadResult<T> {
  readonly value: T;
  readonly index: number;
}

/** Reads the replicated state the way Consul would for this consistency. */
export function readStore<T>(
  net: Net,
  asked: Server,
  consistency: Consistency,
  reply: ReplyCallback<T>,
  read: (view: StoreView) => ReadResult<T> | Failure,
): void {
  const answer = (at: Server, group: Group, forwarded: boolean): void => {
    const found = read({ store: group.store, atIndex: getAppliedIndex(net, at), afterIndex: at.lacksUpTo });
    if (!('ok' in found)) reply(createSuccess(found.value, buildReadMeta(net, at, found.index)));
    else reply(createFailure(found.status, wrapForwardedError(found.message, forwarded)));
  };
  if (consistency === 'stale' && asked.group !== undefined && asked.heardLeader) {
    answer(asked, asked.group, false);
    return;
  }
  onLeader(net, asked, consistency, reply, answer);
}

function onLeader<T>(
  net: Net,
  asked: Server,
  consistency: Consistency,
  reply: ReplyCallback<T>,
  answer: (at: Server, group: Group, forwarded: boolean) => void,
): void {
  const deadlineMs = net.nowMs + RPC_HOLD_MS;
  const attempt = (): void =>
    forwardToLeader(net, asked, {
      run: (leader, forwarded) => {
        if (consistency !== 'consistent' || isReady(net, leader)) {
          if (leader.group !== undefined) answer(leader, leader.group, forwarded);
        } else if (net.nowMs < deadlineMs) scheduleAfter(net, READY_RETRY_MS, attempt);
        else reply(createFailure(500, 'Not ready to serve consistent reads'));
      },
      fail: reply,
    });
  attempt();
}

function isReady(net: Net, leader: Server): boolean {
  const { group } = leader;
  if (group === undefined || !isLeading(leader)) return false;
  return group.established && hasMajorityContact(net, group);
}

/** The metadata of an answer. */
export function buildReadMeta(net: Net, at: Server, index: number): ReadMeta {
  return {
    index: Math.max(1, index),
    knownLeader: at.leaderView !== undefined,
    lastContactMs: Math.floor(getLastContactMs(net, at) ?? 0),
  };
}
