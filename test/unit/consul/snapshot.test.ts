import { randomBytes } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { createGzip } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { createConsul } from '../../../src/lib/consul/connect.js';
import { type FakeServer, type Routes, startFakeServer } from './fake-server.js';
import { archiveOf, files, headerOf } from './snapshot-files.js';

const open: FakeServer[] = [];

afterEach(async () => {
  for (const server of open.splice(0)) await server.close();
});

describe('taking a snapshot', () => {
  it('returns the bytes as Consul sent them', async () => {
    const bytes = archiveOf(files());
    const { consul, address } = await serving((response) => {
      response.writeHead(200, { 'x-consul-index': '42' }).end(bytes);
    });
    expect((await buffer(await consul.takeSnapshot(address))).equals(bytes)).toBe(true);
  });

  it.each<[string, string, Routes[string]]>([
    ['has no index', 'snapshot-broken', (response) => response.writeHead(200).end(archiveOf(files()))],
    [
      'is cut short where Consul thinks it is whole',
      'snapshot-broken',
      (response) => response.writeHead(200, { 'x-consul-index': '42' }).end(archiveOf(files()).subarray(0, 99)),
    ],
    [
      'was altered',
      'snapshot-broken',
      (response) => response.writeHead(200, { 'x-consul-index': '42' }).end(archiveOf(files({ 'state.bin': 'other' }))),
    ],
    ['is cut short on the way', 'consul-broken', cutShort],
    ['is an error', 'consul-broken', (response) => response.writeHead(500).end('No cluster leader')],
    ['is refused', 'acl-denied', (response) => response.writeHead(403).end('Permission denied')],
  ])('fails when it %s', async (_, code, route) => {
    const { consul, address } = await serving(route);
    const taken = consul.takeSnapshot(address).then((chunks) => buffer(chunks));
    await expect(taken).rejects.toMatchObject({ name: 'RollError', code });
  });
});

describe('a snapshot that is larger than memory', () => {
  it('is not read ahead of what is written to disk', async () => {
    const { response, consul, address } = await servingEndless();
    const chunks = (await consul.takeSnapshot(address))[Symbol.asyncIterator]();
    let read = 0;
    while (read < 4 * MIB) read += (await chunks.next()).value?.length ?? MAX_SENT_BYTES;
    await expect.poll(() => (response.sent > MAX_SENT_BYTES ? 'too much' : response.isWaiting)).toBe(true);
    await chunks.return?.();
    await expect.poll(() => response.isClosed).toBe(true);
  });
});

const MIB = 1024 ** 2;
/** What sockets, and streams in between, may hold. */
const MAX_SENT_BYTES = 64 * MIB;

/** Sends bytes that cannot be compressed for as long as they are taken. */
async function servingEndless() {
  const block = randomBytes(MIB);
  const seen = { sent: 0, isWaiting: false, isClosed: false };
  const served = await serving((response) => {
    const gzip = createGzip({ level: 0 });
    const send = () => {
      do seen.sent += block.length;
      while (gzip.write(block) && seen.sent <= MAX_SENT_BYTES);
      seen.isWaiting = true;
    };
    gzip.on('drain', () => {
      seen.isWaiting = false;
      send();
    });
    response.on('close', () => {
      seen.isClosed = true;
    });
    response.writeHead(200, { 'x-consul-index': '42' });
    gzip.write(headerOf('state.bin', 7 * 1024 * MIB));
    gzip.pipe(response);
    send();
  });
  return { ...served, response: seen };
}

async function serving(route: Routes[string]) {
  const server = await startFakeServer({ snapshot: route });
  open.push(server);
  return { consul: createConsul({ scheme: 'http', port: server.port }), address: server.address };
}

function cutShort(response: Parameters<Routes[string]>[0]): void {
  response.writeHead(200, { 'x-consul-index': '42', 'content-length': '5000' }).write('half');
  setTimeout(() => response.socket?.destroy(), 20);
}
