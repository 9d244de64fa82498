import { createServer, type Server } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isReady, waitUntilReady } from '../../../src/sandbox/lifecycle/readiness.js';

const SIZE = 3;
const TARGETS = Array.from({ length: SIZE }, (_, n) => ({ instanceId: `i-${n}`, address: '127.0.0.1' }));

let server: Server;
/** Autopilot's health of each server, one list for each check; the last one is repeated. */
let verdicts: boolean[][];

beforeEach(async () => {
  server = createServer((request, response) => {
    const { status, body } = answerTo(request.url ?? '');
    response.writeHead(status).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
});

afterEach(async () => {
  await new Promise((resolve) => {
    server.close(resolve);
  });
});

function answerTo(url: string): { status: number; body: object } {
  if (url.endsWith('/raft/configuration'))
    return { status: 200, body: { Servers: TARGETS.map(() => ({ Voter: true })) } };
  const healthy = (verdicts.length > 1 ? verdicts.shift() : verdicts[0]) ?? [];
  const all = healthy.length > 0 && healthy.every(Boolean);
  return { status: all ? 200 : 429, body: { Healthy: all, Servers: healthy.map((one) => ({ Healthy: one })) } };
}

function wait(limitMs: number) {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  const watch = {
    size: SIZE,
    consulPort: address.port,
    token: undefined,
    registered: () => TARGETS,
    inService: () => TARGETS,
  };
  return waitUntilReady(watch, limitMs, undefined);
}

describe('the wait for a new cluster', () => {
  it('waits until autopilot reports every server healthy, even if all of them vote and serve', async () => {
    verdicts = [[], [true], [true, true, false], [true, true, true]];
    expect(await wait(20_000)).toEqual({ voters: SIZE, healthy: SIZE, inService: SIZE });
    expect(verdicts).toHaveLength(1);
  });

  it('reports its progress when the limit runs out', async () => {
    verdicts = [[true, true, false]];
    const seen = await wait(0);
    expect(seen).toEqual({ voters: SIZE, healthy: 2, inService: SIZE });
    expect(isReady(seen, SIZE)).toBe(false);
  });
});
