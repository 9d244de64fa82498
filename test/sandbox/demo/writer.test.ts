import { createServer, type RequestListener, type Server } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { startWriter, type Writer } from '../../../src/sandbox/demo/writer.js';
import { until } from '../instances/until.js';

let server: Server;

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

/** A store with Consul's answers, which a test can make misbehave by answering first. */
async function serve(store: Map<string, string>, first: RequestListener): Promise<string> {
  server = createServer((request, response) => {
    first(request, response);
    if (response.writableEnded || request.destroyed) return;
    const url = new URL(request.url ?? '/', 'http://store');
    const key = url.pathname.replace('/v1/kv/', '');
    if (request.method === 'PUT') {
      let value = '';
      request.on('data', (chunk) => {
        value += chunk;
      });
      request.on('end', () => {
        store.set(key, value);
        response.end('true\n');
      });
    } else if (url.searchParams.has('recurse')) {
      const entries = [...store].filter(([one]) => one.startsWith(key));
      response.writeHead(entries.length === 0 ? 404 : 200);
      response.end(JSON.stringify(entries.map(([Key, value]) => ({ Key, Value: btoa(value) }))));
    } else {
      response.writeHead(store.has(key) ? 200 : 404).end(store.get(key));
    }
  });
  return listen();
}

async function listen(): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return `http://127.0.0.1:${address.port}`;
}

const start = (url: string, more: { timeoutMs?: number; verifyLimitMs?: number } = {}): Writer =>
  startWriter({ url, intervalMs: 2, prefix: 'load', ...more });

const acknowledges = (writer: Writer, count: number) =>
  until(`${count} acknowledged writes`, () => writer.snapshot().acknowledged >= count);

describe('a write load', () => {
  it('writes numbered keys, reads each back and finds them all at the end', async () => {
    const store = new Map<string, string>();
    const writer = start(await serve(store, () => undefined));
    await acknowledges(writer, 20);
    const report = await writer.stop();
    expect(report).toMatchObject({ failed: 0, misread: 0, lost: 0, lostKeys: [], errors: [] });
    expect(report.acknowledged).toBe(store.size);
    expect(store.get('load/1')).toBe('value-1');
  });

  it('counts a refused and an unanswered write as failed, and neither as lost', async () => {
    const store = new Map<string, string>();
    const url = await serve(store, (request, response) => {
      if (request.method === 'PUT' && request.url?.endsWith('/3')) response.writeHead(500).end('No leader');
      if (request.method === 'PUT' && request.url?.endsWith('/5')) request.destroy();
    });
    const writer = start(url);
    await acknowledges(writer, 10);
    const report = await writer.stop();
    expect(report).toMatchObject({ failed: 2, lost: 0 });
    expect(report.errors.map((error) => error.key)).toEqual(['load/3', 'load/5']);
    expect(report.errors[0]?.message).toBe('PUT answered 500 No leader');
  });

  it('gives up on a silent server after the time limit of a request', async () => {
    const silent = /\/[1-3]$/;
    server = createServer((request, response) => {
      if (!silent.test(request.url ?? '')) response.end(request.method === 'PUT' ? 'true' : '[]');
    });
    const writer = start(await listen(), { timeoutMs: 100 });
    await acknowledges(writer, 1);
    const report = await writer.stop();
    expect(report.failed).toBe(3);
    expect(report.longestGapMs).toBeGreaterThanOrEqual(290);
  });

  it('finds acknowledged writes that are missing or changed', async () => {
    const store = new Map<string, string>();
    const writer = start(await serve(store, () => undefined));
    await acknowledges(writer, 10);
    store.delete('load/2');
    store.set('load/4', 'other');
    const report = await writer.stop();
    expect([report.lost, report.lostKeys]).toEqual([2, ['load/2', 'load/4']]);
  });

  it('finds all of them lost when the store is empty', async () => {
    const store = new Map<string, string>();
    let emptied = false;
    const url = await serve(store, (request) => {
      if (emptied && request.url?.includes('recurse')) store.clear();
    });
    const writer = start(url);
    await acknowledges(writer, 5);
    emptied = true;
    const report = await writer.stop();
    expect([report.lost, report.acknowledged >= 5]).toEqual([report.acknowledged, true]);
  });

  it('reports an unverified result when the store does not answer at the end', async () => {
    const url = await serve(new Map(), (request, response) => {
      if (request.url?.includes('recurse')) response.writeHead(500).end('No cluster leader');
    });
    const writer = start(url, { verifyLimitMs: 50 });
    await acknowledges(writer, 1);
    await expect(writer.stop()).rejects.toMatchObject({
      code: 'unverified',
      message: expect.stringContaining('No cluster leader'),
    });
  });
});
