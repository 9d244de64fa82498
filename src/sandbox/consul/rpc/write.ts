import { type Failure, failure, type Reply, success } from '../answers.js';
import { propose } from '../raft/replication.js';
import type { Group, Net, Server } from '../state.js';
import { throughForwarding, toLeader } from './forward.js';

/** A write as the leader sees it: refused beforehand, or applied once committed. */
export interface Write<T> {
  /** The leader's objection before anything is appended, or undefined. */
  refuse?(group: Group): Failure | undefined;
  /** Applies the entry; its result is the answer. */
  apply(group: Group, index: number): T;
}

/** Takes a write to the leader and answers when a majority has it. */
export function write<T>(net: Net, asked: Server, reply: Reply<T>, order: Write<T>): void {
  toLeader(net, asked, {
    run: (leader, forwarded) => {
      const { group } = leader;
      if (group === undefined) return;
      const fail = ({ status, message }: Failure): void =>
        reply(failure(status, throughForwarding(message, forwarded)));
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
  order: Write<T>,
  reply: Reply<T>,
  fail: (failure: Failure) => void,
): void {
  let waiting = true;
  const once = (run: () => void): void => {
    if (waiting) run();
    waiting = false;
  };
  propose(net, leader, {
    commit: (index) => {
      const value = order.apply(group, index);
      once(() => reply(success(value)));
    },
    abandon: (message) => once(() => fail(failure(500, message))),
  });
}
