import type { Reply } from './answers.js';
import { forceLeave } from './operations/agent.js';
import { type KvDeleteOptions, type KvPutOptions, kvDelete, kvGet, kvList, kvPut } from './operations/kv.js';
import { leave } from './operations/leave.js';
import { type PeerName, removePeer, transferLeadership } from './operations/raft-configuration.js';
import { type SessionRequest, sessionCreate, sessionDestroy, sessionRenew } from './operations/sessions.js';
import { takeSnapshot } from './operations/snapshot.js';
import { call } from './rpc/calls.js';
import type { Consistency } from './rpc/read.js';
import type { Net, Server } from './state.js';
import type { KvEntry, KvList } from './store/key-values.js';
import type { Session } from './store/store.js';

/**
 * What takes time: every one answers through `reply`, once, when Consul would, from a later `tick`, or at once where
 * nothing listens. The first argument is the address of the server that is asked.
 */
export interface ConsulEffects {
  /** Answers when the server has left and its process exits, some 14 s later. */
  leave(address: string, reply: Reply<void>): void;
  forceLeave(
    address: string,
    nodeName: string,
    options: { readonly prune?: boolean },
    reply: Reply<void>,
  ): void;
  removePeer(address: string, peer: PeerName, reply: Reply<void>): void;
  /** To the voter with this raft id, or to any. */
  transferLeadership(address: string, targetId: string | undefined, reply: Reply<void>): void;
  kvPut(address: string, key: string, value: Buffer, options: KvPutOptions, reply: Reply<boolean>): void;
  kvGet(address: string, key: string, consistency: Consistency, reply: Reply<KvEntry | undefined>): void;
  kvList(address: string, prefix: string, consistency: Consistency, reply: Reply<KvList>): void;
  kvDelete(address: string, key: string, options: KvDeleteOptions, reply: Reply<boolean>): void;
  /** Answers the session's id. */
  sessionCreate(address: string, session: SessionRequest, reply: Reply<string>): void;
  sessionRenew(address: string, id: string, reply: Reply<Session | undefined>): void;
  sessionDestroy(address: string, id: string, reply: Reply<boolean>): void;
  /** Answers a gzipped tar archive. */
  snapshot(address: string, options: { readonly stale?: boolean }, reply: Reply<Buffer>): void;
}

export function effectsOn(net: Net): ConsulEffects {
  const ask = <T>(
    address: string,
    reply: Reply<T>,
    operation: (server: Server, reply: Reply<T>) => void,
  ): void => call(net, address, reply, operation);
  return {
    leave: (address, reply) => ask(address, reply, (server, done) => leave(net, server, done)),
    forceLeave: (address, nodeName, { prune = false }, reply) =>
      ask(address, reply, (server, done) => forceLeave(net, server, nodeName, prune, done)),
    removePeer: (address, peer, reply) =>
      ask(address, reply, (server, done) => removePeer(net, server, peer, done)),
    transferLeadership: (address, targetId, reply) =>
      ask(address, reply, (server, done) => transferLeadership(net, server, targetId, done)),
    kvPut: (address, key, value, options, reply) =>
      ask(address, reply, (server, done) => kvPut(net, server, key, value, options, done)),
    kvGet: (address, key, consistency, reply) =>
      ask(address, reply, (server, done) => kvGet(net, server, key, consistency, done)),
    kvList: (address, prefix, consistency, reply) =>
      ask(address, reply, (server, done) => kvList(net, server, prefix, consistency, done)),
    kvDelete: (address, key, options, reply) =>
      ask(address, reply, (server, done) => kvDelete(net, server, key, options, done)),
    sessionCreate: (address, session, reply) =>
      ask(address, reply, (server, done) => sessionCreate(net, server, session, done)),
    sessionRenew: (address, id, reply) =>
      ask(address, reply, (server, done) => sessionRenew(net, server, id, done)),
    sessionDestroy: (address, id, reply) =>
      ask(address, reply, (server, done) => sessionDestroy(net, server, id, done)),
    snapshot: (address, { stale = false }, reply) =>
      ask(address, reply, (server, done) => takeSnapshot(net, server, stale, done)),
  };
}
