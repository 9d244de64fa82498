import type { Reply } from './answers.js';
import { forceLeave } from './operations/agent.js';
import { type KvDeleteOptions, type KvPutOptions, kvDelete, kvGet, kvList, kvPut } from './operations/kv.js';
import { leave } from './operations/leave.js';
import { type PeerName, removePeer, transferLeadership } from './operations/raft-configuration.js';
import { type SessionRequest, sessionCreate, sessionDestroy, sessionRenew } from './operations/sessions.js';
import { takeSnapshot } from './operations/snapshot.js';
import { ConsulReads } from './reads.js';
import { call } from './rpc/calls.js';
import type { Consistency } from './rpc/read.js';
import type { KvEntry, KvList } from './store/key-values.js';
import type { Session } from './store/store.js';

/**
 * What takes time: every one answers through `reply`, once, when Consul would, from a later `tick`, or at once where
 * nothing listens. The first argument is the address of the server that is asked.
 */
export class ConsulEffects extends ConsulReads {
  /** Answers when the server has left and its process exits, some 14 s later. */
  leave(address: string, reply: Reply<void>): void {
    call(this.inside, address, reply, (server, done) => leave(this.inside, server, done));
  }

  forceLeave(
    address: string,
    nodeName: string,
    { prune = false }: { readonly prune?: boolean },
    reply: Reply<void>,
  ): void {
    call(this.inside, address, reply, (server, done) =>
      forceLeave(this.inside, server, nodeName, prune, done),
    );
  }

  removePeer(address: string, peer: PeerName, reply: Reply<void>): void {
    call(this.inside, address, reply, (server, done) => removePeer(this.inside, server, peer, done));
  }

  /** To the voter with this raft id, or to any. */
  transferLeadership(address: string, targetId: string | undefined, reply: Reply<void>): void {
    call(this.inside, address, reply, (server, done) =>
      transferLeadership(this.inside, server, targetId, done),
    );
  }

  kvPut(address: string, key: string, value: Buffer, options: KvPutOptions, reply: Reply<boolean>): void {
    call(this.inside, address, reply, (server, done) =>
      kvPut(this.inside, server, key, value, options, done),
    );
  }

  kvGet(address: string, key: string, consistency: Consistency, reply: Reply<KvEntry | undefined>): void {
    call(this.inside, address, reply, (server, done) => kvGet(this.inside, server, key, consistency, done));
  }

  kvList(address: string, prefix: string, consistency: Consistency, reply: Reply<KvList>): void {
    call(this.inside, address, reply, (server, done) =>
      kvList(this.inside, server, prefix, consistency, done),
    );
  }

  kvDelete(address: string, key: string, options: KvDeleteOptions, reply: Reply<boolean>): void {
    call(this.inside, address, reply, (server, done) => kvDelete(this.inside, server, key, options, done));
  }

  /** Answers the session's id. */
  sessionCreate(address: string, session: SessionRequest, reply: Reply<string>): void {
    call(this.inside, address, reply, (server, done) => sessionCreate(this.inside, server, session, done));
  }

  sessionRenew(address: string, id: string, reply: Reply<Session | undefined>): void {
    call(this.inside, address, reply, (server, done) => sessionRenew(this.inside, server, id, done));
  }

  sessionDestroy(address: string, id: string, reply: Reply<boolean>): void {
    call(this.inside, address, reply, (server, done) => sessionDestroy(this.inside, server, id, done));
  }

  /** Answers a gzipped tar archive. */
  snapshot(address: string, { stale = false }: { readonly stale?: boolean }, reply: Reply<Buffer>): void {
    call(this.inside, address, reply, (server, done) => takeSnapshot(this.inside, server, stale, done));
  }
}
