import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { connect } from '../../../src/cli/connect.js';
import { CloudClock } from '../../../src/lib/aws/clock.js';
import { createCloud } from '../../../src/lib/aws/connect.js';

const LOCAL_MS = Date.UTC(2026, 0, 2, 3, 4, 5);
const MINUTE_MS = 60_000;
const IDENTITY = `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>
<Account>123456789012</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`;

function clockAt(local: { nowMs: number }): CloudClock {
  return new CloudClock({ now: () => local.nowMs, sleep: async () => undefined });
}

describe('CloudClock', () => {
  it('shows the time of AWS where the local clock is wrong, and continues with the local one', () => {
    const local = { nowMs: LOCAL_MS };
    const clock = clockAt(local);
    expect(clock.now()).toBe(LOCAL_MS);
    clock.adjust(LOCAL_MS + 10 * MINUTE_MS);
    local.nowMs += 1_500;
    expect(clock.now()).toBe(LOCAL_MS + 10 * MINUTE_MS + 1_500);
  });

  it('is not moved by the time that an answer takes', () => {
    const clock = clockAt({ nowMs: LOCAL_MS });
    for (const offMs of [-4_000, 900, 4_999]) clock.adjust(LOCAL_MS + offMs);
    expect(clock.now()).toBe(LOCAL_MS);
  });

  it('follows when the local clock is set right', () => {
    const local = { nowMs: LOCAL_MS };
    const clock = clockAt(local);
    clock.adjust(LOCAL_MS - 10 * MINUTE_MS);
    local.nowMs -= 10 * MINUTE_MS;
    clock.adjust(LOCAL_MS - 10 * MINUTE_MS);
    expect(clock.now()).toBe(LOCAL_MS - 10 * MINUTE_MS);
  });
});

describe('the date of an answer', () => {
  const servers: { close(): void }[] = [];
  afterEach(() => {
    for (const server of servers.splice(0)) server.close();
  });

  async function serve(status: number, body: string) {
    const server = createServer((_request, response) => {
      response.writeHead(status, { 'content-type': 'text/xml', date: new Date(LOCAL_MS).toUTCString() }).end(body);
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' };
    return { region: 'eu-west-1', endpoint: `http://127.0.0.1:${port}`, credentials, maxAttempts: 1 };
  }

  async function readDates(status: number, body: string): Promise<readonly number[]> {
    const dates: number[] = [];
    const cloud = createCloud({ ...(await serve(status, body)), onDate: (dateMs) => dates.push(dateMs) });
    await cloud.readCaller().catch(() => undefined);
    cloud.close();
    // Two calls are made, and answered in the same second.
    return [...new Set(dates)];
  }

  it('sets the clock of a run', async () => {
    const consul = { scheme: 'http', port: 8500 } as const;
    const engine = await connect({ aws: await serve(200, IDENTITY), consul, snapshotDir: '.' });
    await engine.cloud.readCaller();
    expect(engine.clock.now() - LOCAL_MS).toBeLessThan(MINUTE_MS);
    await engine.close();
  });

  it('is reported with an answer of AWS, and not with an error or the page of a proxy', async () => {
    expect(await readDates(200, IDENTITY)).toEqual([LOCAL_MS]);
    expect(await readDates(500, '<html>')).toEqual([]);
    expect(await readDates(200, '<html>')).toEqual([]);
  });
});
