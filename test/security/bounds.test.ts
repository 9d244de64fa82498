import { buffer } from 'node:stream/consumers';
import { createGzip } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { createConsul } from '../../src/lib/consul/connect.js';
import { findArchiveFlaw } from '../../src/lib/consul/snapshot-archive.js';
import { acquireLock, readLock } from '../../src/lib/engine/run/lock.js';
import { buildLockKey } from '../../src/lib/model/intent.js';
import { isLockHolderAlive, MAX_LOCK_TTL_MS } from '../../src/lib/model/plan.js';
import { createFakeEngine } from '../helpers/fake-engine.js';
import { type FakeServer, type Routes, startFakeServer } from '../unit/consul/fake-server.js';
import { headerOf } from '../unit/consul/snapshot-files.js';

const MIB = 1024 ** 2;
const open: FakeServer[] = [];

afterEach(async () => {
  for (const server of open.splice(0)) await server.close();
});

async function serve(routes: Routes, timeouts = {}) {
  const server = await startFakeServer(routes);
  open.push(server);
  return { server, consul: createConsul({ scheme: 'http', port: server.port, timeouts }) };
}

describe('a forged value of the lock', () => {
  const lockWith = async (value: object) => {
    const engine = createFakeEngine(3);
    const host = engine.servers.leader;
    await engine.consul.writeKey(
      host,
      buildLockKey('consul'),
      JSON.stringify({ holder: 'x', rollId: '7f3a', ...value }),
    );
    return { engine, host };
  };

  it.each([1e300, MAX_LOCK_TTL_MS + 1, -1, 'long', null])(
    'with a time to live of %s keeps a roll an hour at most',
    async (ttlMs) => {
      const { engine, host } = await lockWith({ sinceMs: 0, renewedAtMs: 0, ttlMs });
      expect((await readLock(engine, 'consul', host))?.ttlMs).toBe(MAX_LOCK_TTL_MS);
      const startMs = engine.clock.now();
      await acquireLock(engine, {
        cluster: 'consul',
        rollId: '0000',
        command: '',
        sinceMs: startMs,
        host,
        ttlMs: 30_000,
        intervalMs: 60_000,
        signal: new AbortController().signal,
        force: false,
        onHeld: () => undefined,
      });
      expect(engine.clock.now() - startMs).toBeLessThanOrEqual(MAX_LOCK_TTL_MS + 60_000);
    },
  );

  it.each([8.64e15 + 1, 1e300, 4e12])('that was renewed at %s ms has no holder that is alive', async (renewedAtMs) => {
    const { engine, host } = await lockWith({ sinceMs: renewedAtMs, renewedAtMs, ttlMs: 30_000 });
    const holder = await readLock(engine, 'consul', host);
    expect(holder && isLockHolderAlive(holder, engine.clock.now())).toBe(false);
    expect(() => new Date(holder?.sinceMs ?? Number.NaN).toISOString()).not.toThrow();
  });
});

describe('an answer without end', () => {
  it('to a request to leave is cut off', async () => {
    let sentBytes = 0;
    const { server, consul } = await serve(
      {
        'agent/leave': (response) => {
          const send = () => {
            while (!response.destroyed && response.write(Buffer.alloc(MIB, 'x'))) sentBytes += MIB;
          };
          response.on('drain', send);
          send();
        },
      },
      { inFlightMs: 60_000, leaveMs: 20_000 },
    );
    await expect(consul.requestLeave(server.address)).rejects.toMatchObject({ code: 'consul-broken' });
    expect(sentBytes).toBeLessThan(64 * MIB);
    await consul.close();
  });

  // failure-mode: snapshot-without-end
  it('in drops, for a snapshot, ends with its time', async () => {
    const { server, consul } = await serve(
      {
        snapshot: (response) => {
          response.writeHead(200, { 'x-consul-index': '42' });
          const timer = setInterval(() => response.write(Buffer.from([0x1f])), 20);
          response.on('close', () => clearInterval(timer));
        },
      },
      { snapshotTotalMs: 300 },
    );
    const taken = consul.takeSnapshot(server.address).then((chunks) => buffer(chunks));
    await expect(taken).rejects.toMatchObject({
      code: 'snapshot-broken',
      message: expect.stringContaining('took longer'),
    });
    await consul.close();
  });
});

describe('a snapshot that unpacks to a multiple of its size', () => {
  it('is given up after 1 GiB, in little memory', async () => {
    const before = process.memoryUsage().rss;
    const archive = createGzipBomb(3 * 1024);
    const { server, consul } = await serve({
      snapshot: (response) => {
        response.writeHead(200, { 'x-consul-index': '42' });
        archive.pipe(response);
      },
    });
    const taken = consul.takeSnapshot(server.address).then((chunks) => buffer(chunks));
    await expect(taken).rejects.toMatchObject({
      code: 'snapshot-broken',
      message: expect.stringContaining('more than 500 times its size'),
    });
    expect(process.memoryUsage().rss - before).toBeLessThan(300 * MIB);
    await consul.close();
  }, 60_000);

  it('is given up where the rest follows the archive', async () => {
    const bytes = Buffer.concat([Buffer.alloc(1024), Buffer.alloc(2 * MIB)]);
    const flaw = await findArchiveFlaw(chunksOf(bytes), () => bytes.length);
    expect(flaw).toBe('something follows the archive in it');
  });
});

/** `state.bin` of so many MiB of zeros, packed. */
function createGzipBomb(sizeMib: number) {
  const gzip = createGzip({ level: 9 });
  const zeros = Buffer.alloc(MIB);
  const fill = async () => {
    gzip.write(headerOf('state.bin', sizeMib * MIB));
    for (let at = 0; at < sizeMib && !gzip.destroyed; at += 1) {
      if (!gzip.write(zeros)) await new Promise((resolve) => gzip.once('drain', resolve));
    }
    gzip.end();
  };
  void fill();
  return gzip;
}

async function* chunksOf(bytes: Buffer): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += 64 * 1024) yield bytes.subarray(at, at + 64 * 1024);
}
