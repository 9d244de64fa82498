import { messageOf, RollError } from '../../../src/lib/errors.js';
import type { AgentDown } from '../../../src/lib/model/server.js';
import type { Consul } from '../../../src/lib/ports.js';
import type { Reply } from '../../../src/lib/sandbox/consul/answers.js';
import {
  awaitReply,
  CALL_MS,
  handsOver,
  readAgent,
  readAutopilot,
  readCommitIndex,
  readConsistently,
  readLeader,
} from './consul-reads.js';
import type { Wire } from './wire.js';

/** How the servers seem to answer, whatever they are: undefined for as they do. */
export type Disguise = (address: string) => AgentDown['why'] | undefined;

/** The Consul port over the simulated network, called directly. */
export function simulatedConsul(wire: Wire, disguise: Disguise): Consul {
  const { universe, process } = wire;
  const { net } = universe;
  const hidden = (address: string): boolean => disguise(address) !== undefined;
  return {
    ask: async (address, sentinelKey) => {
      const why = disguise(address);
      if (why !== undefined) return { kind: 'down', why, detail: 'as the simulation wants it' };
      return process.dead ? process.hang() : readAgent(universe, address, sentinelKey);
    },
    askLeader: (address, key) =>
      wire.read(() => (hidden(address) ? undefined : readLeader(universe, address, key))),
    commitIndex: (address) =>
      wire.read(() => (hidden(address) ? undefined : readCommitIndex(universe, address))),
    autopilot: (address) => wire.read(() => readAutopilot(universe, address)),
    ...membership(wire, hidden),
    ...keys(wire, hidden),
    snapshot: (address) =>
      wire.read(() => {
        if (hidden(address) || net.leader(address).ok === false) throw unreachable(address, 'snapshot');
        return new Uint8Array(1_024);
      }),
    close: async () => {},
  };
}

/** Asks for something a roll cannot do without. */
function insist<T>(
  wire: Wire,
  hidden: (address: string) => boolean,
  address: string,
  doing: string,
  ask: (reply: Reply<T>) => void,
): T {
  if (hidden(address)) throw unreachable(address, doing);
  const answer = awaitReply(wire.universe, CALL_MS, ask);
  if (answer?.ok) return answer.value;
  throw unreachable(address, `${doing}: ${answer?.message ?? 'no answer in time'}`);
}

function membership(
  wire: Wire,
  hidden: (address: string) => boolean,
): Pick<Consul, 'leave' | 'removePeer' | 'transferLeadership'> {
  const { universe } = wire;
  const { net } = universe;
  return {
    leave: (address) => {
      const leave = (): void => {
        let refused = hidden(address) ? 'no answer' : undefined;
        // The answer comes when the server has left; only a refusal comes at once.
        if (refused === undefined) {
          net.leave(address, (answer) => {
            if (!answer.ok && answer.message === 'connection refused') refused = answer.message;
          });
        }
        if (refused !== undefined) throw unreachable(address, `leave: ${refused}`);
      };
      return wire.change({ kind: 'leave', address }, leave, undefined);
    },
    removePeer: (address, peerId) => {
      const remove = (): void => {
        try {
          insist<void>(wire, hidden, address, 'remove peer', (reply) =>
            net.removePeer(address, { id: peerId }, reply),
          );
        } catch (error) {
          if (!/was not found in the Raft configuration/.test(messageOf(error))) throw error;
        }
      };
      return wire.change({ kind: 'remove-peer', peerId }, remove, undefined);
    },
    transferLeadership: (address, peerId) => {
      const transfer = (): 'asked' | 'unsupported' => {
        if (!handsOver(universe, address)) return 'unsupported';
        insist<void>(wire, hidden, address, 'hand over', (reply) =>
          net.transferLeadership(address, peerId, reply),
        );
        return 'asked';
      };
      return wire.change({ kind: 'transfer-leadership', peerId }, transfer, 'asked' as const);
    },
  };
}

function keys(
  wire: Wire,
  hidden: (address: string) => boolean,
): Pick<Consul, 'put' | 'delete' | 'read' | 'compareAndSet' | 'compareAndDelete'> {
  const { net } = wire.universe;
  const change = <T>(address: string, what: string, ask: (reply: Reply<T>) => void, swallowed: T) =>
    wire.change(
      { kind: 'other', what: `${what} through ${address}` },
      () => insist(wire, hidden, address, what, ask),
      swallowed,
    );
  return {
    put: async (address, key, value) => {
      await change<boolean>(
        address,
        `put ${key}`,
        (reply) => net.kvPut(address, key, Buffer.from(value), {}, reply),
        true,
      );
    },
    delete: async (address, key) => {
      await change<boolean>(address, `delete ${key}`, (reply) => net.kvDelete(address, key, {}, reply), true);
    },
    read: (address, key) =>
      wire.read(() => {
        if (hidden(address)) throw unreachable(address, `read ${key}`);
        const answer = readConsistently(wire.universe, address, key, CALL_MS);
        if (!answer?.ok) throw unreachable(address, `read ${key}: ${answer?.message ?? 'no answer in time'}`);
        const entry = answer.value;
        return { value: entry?.value.toString('utf8'), modifyIndex: entry?.modifyIndex ?? 0 };
      }),
    compareAndSet: (address, key, value, cas) =>
      change<boolean>(
        address,
        `set ${key}`,
        (reply) => net.kvPut(address, key, Buffer.from(value), { cas }, reply),
        true,
      ),
    compareAndDelete: (address, key, cas) =>
      change<boolean>(address, `unset ${key}`, (reply) => net.kvDelete(address, key, { cas }, reply), true),
  };
}

function unreachable(address: string, doing: string): RollError {
  return new RollError({
    code: 'consul-unreachable',
    message: `Consul at ${address} could not ${doing}.`,
    exitCode: 3,
    next: 'look again',
  });
}
