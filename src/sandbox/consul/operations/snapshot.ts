import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { createFailure, createSuccess, NO_LEADER, type ReplyCallback } from '../answers.js';
import type { Configuration } from '../raft/log.js';
import { getAppliedIndex } from '../raft/replication.js';
import { buildReadMeta } from '../rpc/read.js';
import { isLeading, type Net, type Server, toRealMs } from '../state.js';
import { encodeMsgpack, type Packable } from '../store/msgpack.js';
import type { Store } from '../store/store.js';
import { createTar } from '../store/tar.js';

const RECORD = { register: 0, kv: 2, session: 3 } as const;
const NANOSECONDS_IN_MS = 1_000_000;

/**
 * `GET snapshot`: a gzipped tar of `meta.json`, `state.bin` and `SHA256SUMS`, as Consul writes it. Unlike other reads
 * it does not wait for a leader.
 */
export function takeSnapshot(net: Net, asked: Server, stale: boolean, reply: ReplyCallback<Buffer>): void {
  const at = stale ? asked : asked.leaderView;
  if (at === undefined || at.group === undefined || (!stale && !isLeading(at))) {
    reply(stale ? NOTHING_YET : NO_LEADER);
    return;
  }
  const index = getAppliedIndex(net, at);
  if (index === 0) reply(NOTHING_YET);
  else reply(createSuccess(archive(net, at, at.group.store, index), buildReadMeta(net, at, index)));
}

const NOTHING_YET = createFailure(500, 'Raft error when taking snapshot: nothing new to snapshot');

function archive(net: Net, server: Server, store: Store, index: number): Buffer {
  const takenMs = Math.floor(toRealMs(net, net.nowMs));
  const state = stateOf(store, index);
  const configuration = server.group?.log.configurationAt(index) ?? [];
  const meta = Buffer.from(`${JSON.stringify(metaOf(server, configuration, index, state.length, takenMs))}\n`);
  const sums = `${sha256(meta)}  meta.json\n${sha256(state)}  state.bin\n`;
  const files = [
    { name: 'meta.json', content: meta },
    { name: 'state.bin', content: state },
    { name: 'SHA256SUMS', content: Buffer.from(sums) },
  ];
  return gzipSync(createTar(files, takenMs));
}

function metaOf(server: Server, configuration: Configuration, index: number, sizeBytes: number, takenMs: number) {
  const term = server.group?.log.lastTerm ?? 0;
  const addresses = configuration.map((peer) => encodeMsgpack(peer.address));
  return {
    Version: 1,
    ID: `${term}-${index}-${takenMs}`,
    Index: index,
    Term: term,
    Peers: Buffer.concat([Buffer.from([0x90 | addresses.length]), ...addresses]).toString('base64'),
    Configuration: {
      Servers: configuration.map(({ id, address, voter }) => ({ Suffrage: voter ? 0 : 1, ID: id, Address: address })),
    },
    ConfigurationIndex: 1,
    Size: sizeBytes,
  };
}

function stateOf(store: Store, index: number): Buffer {
  const nodes = [...store.nodes.values()].map(({ id, name, address }) =>
    record(RECORD.register, { Address: address, Datacenter: 'dc1', ID: id, Node: name }),
  );
  const keys = store.keys
    .list('', index)
    .entries.map((entry) =>
      record(RECORD.kv, {
        CreateIndex: entry.createIndex,
        Flags: entry.flags,
        Key: entry.key,
        LockIndex: entry.lockIndex,
        ModifyIndex: entry.modifyIndex,
        Session: entry.session ?? '',
        Value: entry.value,
      }),
    );
  const sessions = [...store.sessions.values()].map((session) =>
    record(RECORD.session, {
      Behavior: session.behavior,
      CreateIndex: session.createIndex,
      ID: session.id,
      LockDelay: session.lockDelayMs * NANOSECONDS_IN_MS,
      ModifyIndex: session.createIndex,
      Name: session.name,
      Node: session.node,
      TTL: session.ttl,
    }),
  );
  return Buffer.concat([encodeMsgpack({ LastIndex: index }), ...nodes, ...sessions, ...keys]);
}

function record(kind: number, fields: Packable): Buffer {
  return Buffer.concat([Buffer.from([kind]), encodeMsgpack(fields)]);
}

function sha256(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}
