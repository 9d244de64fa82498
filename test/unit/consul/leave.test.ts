import { afterEach, describe, expect, it } from 'vitest';
import { requestLeave } from '../../../src/lib/consul/leave.js';
import { createAclToken } from '../../../src/lib/consul/token.js';
import { waitUntil } from '../../helpers/consul-agent.js';
import { type FakeServer, type Routes, startFakeServer, text } from './fake-server.js';

const open: FakeServer[] = [];

async function leaving(route: Routes[string], inFlightMs = 200) {
  const server = await startFakeServer({ 'agent/leave': route });
  open.push(server);
  const timeouts = { connectMs: 500, inFlightMs, leaveMs: 2_000 };
  const settings = { scheme: 'http', port: server.port, timeouts } as const;
  return { server, left: requestLeave(settings, createAclToken(settings), server.address) };
}

afterEach(async () => {
  for (const server of open.splice(0)) await server.close();
});

describe('leave', () => {
  it('returns while the server is still leaving, and keeps the request open', async () => {
    let cut = false;
    const { server, left } = await leaving((response) => response.on('close', () => (cut = !response.writableEnded)));
    await left;
    expect(server.seen[0]).toMatchObject({ method: 'PUT', path: 'agent/leave' });
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(cut).toBe(false);
  });

  it('does not keep the process alive', async () => {
    await waitUntil(
      'earlier sockets closed',
      async () => socketsKeepingAlive(),
      (open) => open === 0,
    );
    const { left } = await leaving(() => {});
    await left;
    // The other end of the connection, in the fake server, is one of them.
    expect(socketsKeepingAlive()).toBe(1);
  });

  it('returns as soon as the server responds', async () => {
    const { left } = await leaving(text(''), 60_000);
    await left;
  });

  it('accepts a cut connection', async () => {
    const { left } = await leaving((response) => response.socket?.destroy(), 60_000);
    await left;
  });

  it('ignores a late error', async () => {
    const { left } = await leaving((response) => setTimeout(() => response.writeHead(500).end(), 300), 50);
    await left;
  });

  it('throws when it is refused', async () => {
    const { left } = await leaving(text('Permission denied', 403));
    await expect(left).rejects.toMatchObject({ code: 'acl-denied', message: expect.stringContaining('agent:write') });
    const { left: failed } = await leaving(text('oops', 500));
    await expect(failed).rejects.toMatchObject({ code: 'consul-broken' });
  });

  it('throws when nothing listens', async () => {
    const server = await startFakeServer({});
    await server.close();
    const settings = { scheme: 'http', port: server.port } as const;
    const again = requestLeave(settings, createAclToken(settings), server.address);
    await expect(again).rejects.toMatchObject({ code: 'consul-not-running' });
  });
});

function socketsKeepingAlive(): number {
  return process.getActiveResourcesInfo().filter((kind) => kind === 'TCPSocketWrap').length;
}
