import type { ReplyCallback } from './answers.js';
import { forceLeave } from './operations/agent.js';
import { type KvDeleteOptions, type KvPutOptions, kvDelete, kvGet, kvList, kvPut } from './operations/kv.js';
import { leaveCluster } from './operations/leave.js';
import { type PeerName, removePeer, transferLeadership } from './operations/raft-configuration.js';
import { type SessionRequest, sessionCreate, sessionDestroy, sessionRenew } from './operations/sessions.js';
import { takeSnapshot } from './operations/snapshot.js';
import { ConsulReads } from './reads.js';
import { callServer } from './rpc/calls.js';
import type { Consistency } from './rpc/read.js';
import type { KvEntry, KvList } from './store/key-values.js';
import type { Session } from './store/store.js';

/**
 * What takes time: every one answers through `reply`, once, when Consul would, from a later `tick`, or at once where
 * nothing listens. The first argument is the address of the server that is asked.
 */
export class ConsulWrites extends ConsulReads {
  /** Answers when the server has left and its process exits, some 14 s later. */
  leave(address: string, reply: ReplyCallback<void>): void {
    callServer(this.inside, address, reply, (server, done) => leaveCluster(this.inside, server, done));
  }

  forceLeave(
    address: string,
    nodeName: string,
    { prune = false }: { readonly prune?: boolean },
    reply: ReplyCallback<void>,
  ): void {
    callServer(this.inside, address, reply, (server, done) => forceLeave(this.inside, server, nodeName, prune, done));
  }

  removePeer(address: string, peer: PeerName, reply: ReplyCallback<void>): void {
    callServer(this.inside, address, reply, (server, done) => removePeer(this.inside, server, peer, done));
  }

  /** To the voter with this raft id, or to any. */
  transferLeadership(address: string, targetId: string | undefined, reply: ReplyCallback<void>): void {
    callServer(this.inside, address, reply, (server, done) => transferLeadership(this.inside, server, targetId, done));
  }

  kvPut(address: string, key: string, value: Buffer, options: KvPutOptions, reply: ReplyCallback<boolean>): void {
    callServer(this.inside, address, reply, (server, done) => kvPut(this.inside, server, key, value, options, done));
  }

  kvGet(address: string, key: string, consistency: Consistency, reply: ReplyCallback<KvEntry | undefined>): void {
    callServer(this.inside, address, reply, (server, done) => kvGet(this.inside, server, key, consistency, done));
  }

  kvList(address: string, prefix: string, consistency: Consistency, reply: ReplyCallback<KvList>): void {
    callServer(this.inside, address, reply, (server, done) => kvList(this.inside, server, prefix, consistency, done));
  }

  kvDelete(address: string, key: string, options: KvDeleteOptions, reply: ReplyCallback<boolean>): void {
    callServer(this.inside, address, reply, (server, done) => kvDelete(this.inside, server, key, options, done));
  }

  /** Answers the session's id. */
  sessionCreate(address: string, session: SessionRequest, reply: ReplyCallback<string>): void {
    callServer(this.inside, address, reply, (server, done) => sessionCreate(this.inside, server, session, done));
  }

  sessionRenew(address: string, id: string, reply: ReplyCallback<Session | undefined>): void {
    callServer(this.inside, address, reply, (server, done) => sessionRenew(this.inside, server, id, done));
  }

  sessionDestroy(address: string, id: string, reply: ReplyCallback<boolean>): void {
    callServer(this.inside, address, reply, (server, done) => sessionDestroy(this.inside, server, id, done));
  }

  /** Answers a gzipped tar archive. */
  snapshot(address: string, { stale = false }: { readonly stale?: boolean }, reply: ReplyCallback<Buffer>): void {
    callServer(this.inside, address, reply, (server, done) => takeSnapshot(this.inside, server, stale, done));
  }
}
