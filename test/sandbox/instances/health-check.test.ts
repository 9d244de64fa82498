import { createServer, type RequestListener, type Server } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { checkAddress } from '../../../src/sandbox/instances/health-check.js';

const ADDRESS = '127.0.0.1';
let server: Server | undefined;

afterEach(async () => {
  server?.closeAllConnections();
  await new Promise((resolve) => (server === undefined ? resolve(undefined) : server.close(resolve)));
  server = undefined;
});

async function serve(listener: RequestListener): Promise<number> {
  const started = createServer(listener);
  server = started;
  await new Promise<void>((resolve) => started.listen(0, ADDRESS, resolve));
  const address = started.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

function check(protocol: 'HTTP' | 'TCP', port: number, timeoutMs = 2_000): Promise<boolean> {
  return new Promise((resolve, reject) => {
    let answers = 0;
    checkAddress(ADDRESS, { protocol, port, path: '/v1/status/leader', timeoutMs }, (healthy) => {
      answers += 1;
      if (answers > 1) reject(new Error('answered twice'));
      setTimeout(() => resolve(healthy), 20);
    });
  });
}

describe('a health check', () => {
  it('passes on a 200 of the path it was given', async () => {
    const port = await serve((request, response) => {
      response.writeHead(request.url === '/v1/status/leader' ? 200 : 404).end('""');
    });
    expect(await check('HTTP', port)).toBe(true);
  });

  it('fails on any other status', async () => {
    const port = await serve((_request, response) => response.writeHead(429).end());
    expect(await check('HTTP', port)).toBe(false);
  });

  it('fails in time on a server that does not answer, although its port is open', async () => {
    const port = await serve(() => undefined);
    const startedMs = Date.now();
    expect(await check('HTTP', port, 150)).toBe(false);
    expect(Date.now() - startedMs).toBeLessThan(2_000);
    expect(await check('TCP', port)).toBe(true);
  });

  it('fails on a closed port', async () => {
    const port = await serve(() => undefined);
    await new Promise((resolve) => server?.close(resolve));
    expect(await check('HTTP', port)).toBe(false);
    expect(await check('TCP', port)).toBe(false);
  });
});
