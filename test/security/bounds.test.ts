import { buffer } from 'node:stream/consumers';
import { createGzip } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { createConsul } from '../../src/lib/consul/connect.js';
import type { HttpClient } from '../../src/lib/consul/http-client.js';
import { takeSnapshot } from '../../src/lib/consul/snapshot.js';
import { findArchiveFlaw, SNAPSHOT_LIMITS } from '../../src/lib/consul/snapshot-archive.js';
import { acquireLock, readLock } from '../../src/lib/engine/run/lock.js';
import { startRun } from '../../src/lib/engine/run/start.js';
import { buildLockKey } from '../../src/lib/model/intent.js';
import { isLockHolderAlive, MAX_LOCK_TTL_MS } from '../../src/lib/model/plan.js';
import { formatNdjson } from '../../src/lib/model/printable.js';
import { formatRecord, parseRecord } from '../../src/lib/model/record.js';
import { EventRecorder } from '../../src/lib/output/events/event-recorder.js';
import type { DocumentOf, EventDocument } from '../../src/lib/output/events/schema.js';
import { buildRenderedReport } from '../../src/lib/output/report/page.js';
import { splitRuns } from '../../src/lib/output/report/runs.js';
import { renderVoterChart } from '../../src/lib/output/report/voter-chart.js';
import { buildOrder, createFakeEngine, NONCE } from '../helpers/fake-engine.js';
import { buildIntent, limits } from '../helpers/intents.js';
import { buildObservation } from '../helpers/observations.js';
import { buildScriptedRoll } from '../helpers/scripted-roll.js';
import { type FakeServer, healthyLeader, json, type Routes, startFakeServer } from '../unit/consul/fake-server.js';
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

describe('a number of the record of a roll', () => {
  const intent = buildIntent(buildObservation());
  const recordWith = (fields: Readonly<Record<string, string>>) => {
    const written = formatRecord({ intent: { ...intent, nonce: NONCE }, side: 'old' });
    return parseRecord(JSON.stringify({ ...JSON.parse(written), ...fields }));
  };

  it.each<Readonly<Record<string, string>>>([
    { size: '2000', surge: '2000' },
    { size: '101' },
    { surge: '101' },
    { size: '9'.repeat(400) },
    { 'was-sizes': '3 5 2000' },
    { 'was-sizes': `3 ${'9'.repeat(400)} 5` },
    { image: `ami-${'0'.repeat(300)}` },
    { 'unknown-field': 'x'.repeat(300) },
  ])('that no cluster has makes it damaged: %o', (fields) => {
    expect(recordWith({})).not.toBe('damaged');
    expect(recordWith(fields)).toBe('damaged');
  });

  it('is read where the group may grow to a size that no cluster has', () => {
    expect(recordWith({ 'was-sizes': '3 10000 5' })).toMatchObject({ intent: { original: { maxSize: 10_000 } } });
  });
});

describe('a group of a size that no cluster has', () => {
  it.each([
    ['group-too-large', 2000],
    ['group-empty', 0],
  ])('is refused before a plan is computed: %s', async (code, desired) => {
    const engine = createFakeEngine(3);
    const { findGroups } = engine.cloud;
    engine.cloud.findGroups = async (cluster) =>
      (await findGroups.call(engine.cloud, cluster)).map((group) => ({ ...group, desired }));
    await expect(startRun(engine, buildOrder())).rejects.toMatchObject({ code });
  });
});

describe('the Raft timeouts that one server tells', () => {
  it.each(['99999999h', `${'9'.repeat(400)}s`, '10001ms'])(
    'of %s count as the longest that Consul accepts',
    async (timeout) => {
      const { server, consul } = await serve({
        ...healthyLeader(),
        'agent/self': json({
          Config: { NodeID: 'n', NodeName: 'n1', Version: '1.8.7', Server: true },
          Stats: { raft: { applied_index: '11', commit_index: '12' } },
          DebugConfig: { ConsulRaftElectionTimeout: timeout },
        }),
      });
      expect(await consul.readAgent(server.address, 'sentinel')).toMatchObject({ kind: 'up', raftTimeoutMs: 10_000 });
      await consul.close();
    },
  );
});

describe('a file of events', () => {
  const recordRoll = (change: (document: EventDocument) => object) => {
    const documents: EventDocument[] = [];
    const events = buildScriptedRoll();
    const run = { program: '1.2.3', cluster: 'consul', limits, intervalMs: 2_000 };
    const recorder = new EventRecorder(run, [(document) => documents.push(document)], events[0]?.atMs ?? 0);
    for (const event of events) recorder.handle(event);
    return documents.map((document) => formatNdjson(change(document))).join('');
  };

  it('with a billion voters is read without them', () => {
    const text = recordRoll((document) =>
      document.kind === 'observed'
        ? { ...document, state: { ...document.state, voters: 1e9, healthy: 1e9 } }
        : document,
    );
    const { report } = buildRenderedReport([{ name: 'roll.ndjson', text }], [], undefined);
    expect(report.problems.join()).toContain('cannot be read as an event');
    expect(report.voters.every(({ margin }) => (margin?.voters ?? 0) <= 1000)).toBe(true);
  });

  it('with 1000 voters has an axis of few numbers', () => {
    const text = recordRoll((document) =>
      document.kind === 'observed' ? { ...document, state: { ...document.state, voters: 1000 } } : document,
    );
    const { page } = buildRenderedReport([{ name: 'roll.ndjson', text }], [], undefined);
    expect(page.match(/class="level"/g)?.length).toBeLessThanOrEqual(7);
  });

  it('with 200,000 observations, each unlike the last, becomes a report', () => {
    const [one] = recordRoll((document) => document)
      .split('\n')
      .filter((line) => line.includes('"kind":"observed"'))
      .map((line) => JSON.parse(line) as DocumentOf<'observed'>);
    if (one === undefined) throw new Error('a roll has observations');
    const documents = Array.from({ length: 200_000 }, (_, n) => ({
      ...one,
      number: n + 1,
      at: new Date(Date.parse(one.at) + n * 1000).toISOString(),
      state: { ...one.state, voters: 3 + (n % 2) },
    }));
    const [run] = splitRuns(documents);
    expect(run && run.toMs - run.fromMs).toBe(199_999_000);
    const voters = documents.map(({ at, state }, n) => ({
      fromMs: Date.parse(at) + n,
      toMs: Date.parse(at) + n + 1,
      margin: { voters: state.voters, healthy: 3, quorum: 2, margin: 1 },
    }));
    expect(renderVoterChart({ voters }, { at: () => 0, ticks: [], gaps: [] }).text).toContain('class="level"');
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
  it('is given up beyond 1 GiB and 500 times its size, in little memory', async () => {
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

  it('is given up beyond 64 GiB', async () => {
    expect(SNAPSHOT_LIMITS).toEqual({ packedGib: 16, unpackedGib: 64 });
    const block = Buffer.alloc(MIB);
    async function* zeros(count: number) {
      yield headerOf('state.bin', count * MIB);
      for (let n = 0; n < count; n += 1) yield block;
    }
    const limits = { ...SNAPSHOT_LIMITS, unpackedGib: 1 / 16 };
    const packed = () => MIB;
    expect(await findArchiveFlaw(zeros(65), packed, limits)).toBe('it unpacks to more than 0.0625 GiB');
    expect(await findArchiveFlaw(zeros(63), packed, limits)).toBe('the archive in it is cut short');
  });

  it('and is itself larger than 16 GiB is given up there, whatever it is', async () => {
    const block = Buffer.alloc(64 * MIB, 'x');
    let sent = 0;
    const chunks = (async function* () {
      for (;;) {
        sent += block.length;
        yield block;
      }
    })();
    const response = { status: 200, headers: { 'x-consul-index': '42' }, chunks };
    const http = { timeouts: { snapshotTotalMs: 60_000, snapshotMs: 1_000 }, stream: async () => response };
    const taken = (async () => {
      for await (const chunk of await takeSnapshot(http as unknown as HttpClient, '127.0.0.1')) void chunk;
    })();
    await expect(taken).rejects.toMatchObject({ code: 'snapshot-broken', message: expect.stringContaining('16 GiB') });
    expect(sent / 1024 ** 3).toBeCloseTo(16, 0);
  });

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
