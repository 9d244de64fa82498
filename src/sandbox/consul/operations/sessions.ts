import { createFailure, createSuccess, type ReplyCallback } from '../answers.js';
import { watchSession } from '../leader-duties.js';
import { forwardToLeader, wrapForwardedError } from '../rpc/forward.js';
import { type Consistency, readStore } from '../rpc/read.js';
import { writeStore } from '../rpc/write.js';
import { getGossipName, type Net, type Server } from '../state.js';
import type { Session } from '../store/store.js';
import { answersAs114 } from '../versions.js';

const TTL_LEAST_MS = 10_000;
const TTL_MOST_MS = 86_400_000;
const NANOSECONDS_IN_MS = 1_000_000;

/** What a session is made of; everything has Consul's default. */
export interface SessionRequest {
  readonly name?: string;
  /** Node name; the asked server's own when left out. */
  readonly node?: string;
  readonly lockDelayMs?: number;
  readonly behavior?: 'release' | 'delete';
  /** As written, for instance `60s`, and what that is. */
  readonly ttl?: { readonly text: string; readonly ms: number };
}

/** Starts a session bound to the health of a node; the answer is its id. */
export function sessionCreate(net: Net, server: Server, request: SessionRequest, reply: ReplyCallback<string>): void {
  const { name = '', node = getGossipName(server), lockDelayMs = 15_000, behavior = 'release', ttl } = request;
  const id = net.random.uuid();
  const session = { id, name, node, lockDelayMs, behavior, ttl: ttl?.text ?? '', ttlMs: ttl?.ms };
  writeStore(net, server, reply, {
    refuse: ({ store }) => {
      if (ttl !== undefined && (ttl.ms < TTL_LEAST_MS || ttl.ms > TTL_MOST_MS)) return wrongTtl(ttl.ms);
      const known = store.nodes.get(node);
      if (known === undefined) return createFailure(500, 'Missing node registration');
      return known.serfStatus === 'passing' ? undefined : createFailure(500, `Check 'serfHealth' is in critical state`);
    },
    apply: (group, index) => {
      group.store.startSession(session, index);
      watchSession(net, group, id);
      return id;
    },
  });
}

function wrongTtl(ttlMs: number) {
  const message = `Invalid Session TTL '${ttlMs * NANOSECONDS_IN_MS}', must be between [10s=24h0m0s]`;
  return createFailure(500, message);
}

/** Ends a session; its locks are released, or their keys deleted. */
export function sessionDestroy(net: Net, server: Server, id: string, reply: ReplyCallback<boolean>): void {
  writeStore(net, server, reply, {
    apply: (group, index) => {
      group.store.endSession(id, index, net.nowMs);
      return true;
    },
  });
}

/** Restarts a session's TTL; undefined when the session does not exist. */
export function sessionRenew(net: Net, server: Server, id: string, reply: ReplyCallback<Session | undefined>): void {
  forwardToLeader(net, server, {
    run: ({ group }, forwarded) => {
      if (!isUuid(id)) {
        reply(createFailure(500, wrapForwardedError(BAD_UUID, forwarded)));
        return;
      }
      if (group !== undefined) watchSession(net, group, id);
      reply(createSuccess(group?.store.sessions.get(id)));
    },
    fail: reply,
  });
}

/** One session by its id, or every session, or those of one node. */
export function sessionList(
  net: Net,
  server: Server,
  filter: { readonly id?: string; readonly node?: string },
  consistency: Consistency,
  reply: ReplyCallback<readonly Session[]>,
): void {
  readStore(net, server, consistency, reply, ({ store, atIndex }) => {
    const { id, node } = filter;
    if (id !== undefined && !isUuid(id) && !answersAs114(server.version)) return createFailure(500, BAD_UUID);
    const value = [...store.sessions.values()].filter(
      (session) =>
        session.createIndex <= atIndex && session.id === (id ?? session.id) && session.node === (node ?? session.node),
    );
    return { value, index: Math.min(store.sessionsIndex, atIndex) };
  });
}

const BAD_UUID = 'failed session lookup: index error: UUID must be 36 characters';

function isUuid(id: string): boolean {
  return id.length === 36;
}
