import { createFailure, createSuccess, type Failure, type ReplyCallback } from '../answers.js';
import { appendAndReplicate } from '../raft/replication.js';
import type { Group, Net, Server } from '../state.js';
import { forwardToLeader, wrapForwardedError } from './forward.js';

/** A write as the leader sees it: refused beforehand, or applied once committed. */
export interface WriteRequest<T> {
  /** The leader's objection before anything is appended, or undefined. */
  refuse?(group: Group): Failure | undefined;
  /** Applies the entry; its result is the answer. */
  apply(group: Group, index: number): T;
}

/** Takes a write to the leader and answers when a majority has it. */
export function writeStore<T>(net: Net, asked: Server, reply: ReplyCallback<T>, order: WriteRequest<T>): void {
  forwardToLeader(net, asked, {
    run: (leader, forwarded) => {
      const { group } = leader;
      if (group === undefined) return;
      const fail = ({ status, message }: Failure): void =>
        reply(createFailure(status, wrapForwardedError(message, forwarded)));
      const refusal = order.refuse?.(group);
      if (refusal !== undefined) fail(refusal);
      else append(net, leader, group, order, reply, fail);
    },
    fail: reply,
  });
}

function append<T>(
  net: Net,
  leader: Server,
  group: Group,
  order: WriteRequest<T>,
  reply: ReplyCallback<T>,
  fail: (failure: Failure) => void,
): void {
  let waiting = true;
  const once = (run: () => void): void => {
    if (waiting) run();
    waiting = false;
  };
  appendAndReplicate(net, leader, {
    commit: (index) => {
      const value = order.apply(group, index);
      once(() => reply(createSuccess(value)));
    },
    abandon: (message) => once(() => fail(createFailure(500, message))),
  });
}
