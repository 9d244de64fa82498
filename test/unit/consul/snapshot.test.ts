import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { createConsul } from '../../../src/lib/consul/connect.js';
import { verifySnapshot } from '../../../src/lib/consul/snapshot.js';
import { type FakeServer, type Routes, startFakeServer } from './fake-server.js';

const MAX_BYTES = 1024 * 1024;
const open: FakeServer[] = [];

afterEach(async () => {
  for (const server of open.splice(0)) await server.close();
});

describe('the archive of a snapshot', () => {
  it('is intact when every file and checksum is right', async () => {
    expect(await verifySnapshot(archiveOf(files()), MAX_BYTES)).toBeUndefined();
  });

  it.each([
    ['is cut short', archiveOf(files()).subarray(0, 200), /cut short/],
    ['is not gzip', Buffer.from('<html>'), /no gzip/],
    ['ends within a file', gzipSync(tarOf(files()).subarray(0, 1024 + 10)), /archive in it is cut short/],
    ['has no sums', archiveOf(files({ SHA256SUMS: undefined })), /SHA256SUMS is missing/],
    ['has no state', archiveOf(files({ 'state.bin': undefined })), /state\.bin is missing/],
    ['was altered', archiveOf(files({ 'state.bin': 'other' })), /checksum of state\.bin/],
  ])('is refused when it %s', async (_, archive, flaw) => {
    expect(await verifySnapshot(archive, MAX_BYTES)).toMatch(flaw);
  });

  it('is refused when it unpacks to more than the limit', async () => {
    expect(await verifySnapshot(archiveOf(files({ 'state.bin': 'x'.repeat(10_000) })), 5_000)).toBeDefined();
  });
});

describe('taking a snapshot', () => {
  it('returns the bytes as Consul sent them', async () => {
    const bytes = archiveOf(files());
    const { consul, address } = await serving((response) => {
      response.writeHead(200, { 'x-consul-index': '42' }).end(bytes);
    });
    expect(Buffer.from(await consul.takeSnapshot(address)).equals(bytes)).toBe(true);
  });

  it.each<[string, string, Routes[string]]>([
    ['has no index', 'snapshot-broken', (response) => response.writeHead(200).end(archiveOf(files()))],
    [
      'is cut short where Consul thinks it is whole',
      'snapshot-broken',
      (response) => response.writeHead(200, { 'x-consul-index': '42' }).end(archiveOf(files()).subarray(0, 99)),
    ],
    ['is cut short on the way', 'consul-broken', cutShort],
    ['is an error', 'consul-broken', (response) => response.writeHead(500).end('No cluster leader')],
    ['is refused', 'acl-denied', (response) => response.writeHead(403).end('Permission denied')],
  ])('fails when it %s', async (_, code, route) => {
    const { consul, address } = await serving(route);
    await expect(consul.takeSnapshot(address)).rejects.toMatchObject({ name: 'RollError', code });
  });
});

async function serving(route: Routes[string]) {
  const server = await startFakeServer({ snapshot: route });
  open.push(server);
  return { consul: createConsul({ scheme: 'http', port: server.port }), address: server.address };
}

function cutShort(response: Parameters<Routes[string]>[0]): void {
  response.writeHead(200, { 'x-consul-index': '42', 'content-length': '5000' }).write('half');
  setTimeout(() => response.socket?.destroy(), 20);
}

function files(changed: Record<string, string | undefined> = {}): Record<string, string> {
  const meta = '{"Index":42}';
  const state = 'the state';
  const sums = `${sha256(meta)}  meta.json\n${sha256(state)}  state.bin\n`;
  const all = { 'meta.json': meta, 'state.bin': state, SHA256SUMS: sums, ...changed };
  return Object.fromEntries(Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined));
}

function archiveOf(content: Record<string, string>): Buffer {
  return gzipSync(tarOf(content));
}

function tarOf(content: Record<string, string>): Buffer {
  const blocks = Object.entries(content).flatMap(([name, text]) => [headerOf(name, text.length), padded(text)]);
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

function headerOf(name: string, size: number): Buffer {
  const header = Buffer.alloc(512);
  header.write(name, 0);
  header.write(size.toString(8).padStart(11, '0'), 124);
  header.write('0', 156);
  return header;
}

function padded(text: string): Buffer {
  const block = Buffer.alloc(Math.ceil(text.length / 512) * 512);
  block.write(text);
  return block;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
