import { createFailure, type Failure, type ReplyCallback } from '../answers.js';
import { type Consistency, readStore } from '../rpc/read.js';
import { writeStore } from '../rpc/write.js';
import type { Group, Net, Server } from '../state.js';
import type { KvEntry, KvList } from '../store/key-values.js';
import type { KvCommand } from '../store/store.js';

/** What a write may be made to depend on. At most one of `cas`, `acquire` and `release`. */
export interface KvPutOptions {
  readonly flags?: number;
  /** Only if the key's modify index is this; 0 for only if it does not exist. */
  readonly cas?: number;
  /** Only if this session gets, or has, the lock. */
  readonly acquire?: string;
  /** Gives up the lock this session has. */
  readonly release?: string;
}

export interface KvDeleteOptions {
  readonly cas?: number;
  /** Every key that begins with it. */
  readonly recurse?: boolean;
}

/** Writes one key; the answer says whether the write took effect. */
export function kvPut(
  net: Net,
  server: Server,
  key: string,
  value: Buffer,
  options: KvPutOptions,
  reply: ReplyCallback<boolean>,
): void {
  const { flags = 0, cas, acquire, release } = options;
  const session = acquire ?? release;
  const kind = acquire === undefined ? 'release' : 'acquire';
  const command: KvCommand =
    session === undefined ? { kind: 'set', key, value, flags, cas } : { kind, key, value, flags, session };
  let delayed = false;
  writeStore(net, server, reply, {
    refuse: (group) => {
      delayed = kind === 'acquire' && session !== undefined && group.store.isDelayed(key, net.nowMs);
      return session === undefined ? undefined : unknownSession(group, session);
    },
    apply: (group, index) => !delayed && group.store.apply(command, index),
  });
}

function unknownSession(group: Group, session: string): Failure | undefined {
  return group.store.sessions.has(session) ? undefined : createFailure(500, `invalid session "${session}"`);
}

/** Deletes one key, or all that begin with it; false when `cas` did not hold. */
export function kvDelete(
  net: Net,
  server: Server,
  key: string,
  { cas, recurse = false }: KvDeleteOptions,
  reply: ReplyCallback<boolean>,
): void {
  const command: KvCommand = recurse ? { kind: 'delete-tree', key } : { kind: 'delete', key, cas };
  writeStore(net, server, reply, { apply: (group, index) => group.store.apply(command, index) });
}

/** Reads one key; undefined when it does not exist. */
export function kvGet(
  net: Net,
  server: Server,
  key: string,
  consistency: Consistency,
  reply: ReplyCallback<KvEntry | undefined>,
): void {
  readStore(net, server, consistency, reply, ({ store, atIndex, afterIndex }) => {
    const found = store.keys.get(key, atIndex);
    const entry = found !== undefined && found.modifyIndex > afterIndex ? found : undefined;
    return { value: entry, index: entry?.modifyIndex ?? store.keys.tableIndex(atIndex) };
  });
}

/** Reads every key with a prefix, in order. */
export function kvList(
  net: Net,
  server: Server,
  prefix: string,
  consistency: Consistency,
  reply: ReplyCallback<KvList>,
): void {
  readStore(net, server, consistency, reply, ({ store, atIndex, afterIndex }) => {
    const { entries, index } = store.keys.list(prefix, atIndex);
    return { value: { entries: entries.filter(({ modifyIndex }) => modifyIndex > afterIndex), index }, index };
  });
}
