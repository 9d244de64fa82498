import { connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { startWallClock } from '../../../src/sandbox/consul/clock.js';
import { serveNetwork } from '../../../src/sandbox/consul/http/serve.js';
import { createConsulNetwork } from '../../../src/sandbox/consul/network.js';
import { ask } from '../../contract/consul/client.js';
import { waitUntil } from '../../helpers/consul-agent.js';

const ADDRESS = '127.77.2.1';

function lonelyServer() {
  const network = createConsulNetwork({ seed: 1, startMs: Date.now(), speed: 20 });
  const clock = startWallClock(network);
  const problems: Error[] = [];
  const serving = serveNetwork(network, clock, { onProblem: (_, problem) => problems.push(problem) });
  network.start({ nodeName: 'one', address: ADDRESS, version: '1.20.2', retryJoin: [], bootstrapExpect: 3 });
  clock.touch();
  const signal = (send: () => void): void => {
    clock.touch();
    send();
    clock.touch();
  };
  const close = async (): Promise<void> => {
    clock.close();
    await serving.close();
  };
  return { network, problems, signal, close };
}

/** Resolves with how a TCP connection ends: refused, or reset, or closed. */
function connectionEnd(): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(8500, ADDRESS);
    socket.on('error', (problem) => resolve('code' in problem ? String(problem.code) : 'error'));
    socket.on('close', () => resolve('closed'));
  });
}

describe('the HTTP API', () => {
  let close: () => Promise<void> = async () => {};
  afterEach(() => close());

  it('refuses connections before the start and after the end, and answers in between', async () => {
    const server = lonelyServer();
    close = server.close;
    expect(await connectionEnd()).toBe('ECONNREFUSED');
    await waitUntil(
      'up',
      () => ask(ADDRESS, 'status/leader'),
      ({ status }) => status === 200,
      5_000,
    );
    server.signal(() => server.network.kill(ADDRESS));
    expect(await connectionEnd()).toBe('ECONNREFUSED');
  });

  it('breaks the connections of a server that dies', async () => {
    const server = lonelyServer();
    close = server.close;
    await waitUntil(
      'up',
      () => ask(ADDRESS, 'status/leader'),
      ({ status }) => status === 200,
      5_000,
    );
    const held = ask(ADDRESS, 'kv/a');
    const open = connectionEnd();
    await new Promise((resolve) => setTimeout(resolve, 50));
    server.signal(() => server.network.kill(ADDRESS));
    expect((await held).status).toBe(0);
    expect(['ECONNRESET', 'closed']).toContain(await open);
  });

  it('hangs while the server is paused, and answers when it resumes', async () => {
    const server = lonelyServer();
    close = server.close;
    await waitUntil(
      'up',
      () => ask(ADDRESS, 'status/leader'),
      ({ status }) => status === 200,
      5_000,
    );
    server.signal(() => server.network.pause(ADDRESS));
    expect((await ask(ADDRESS, 'status/leader', { timeoutMs: 100 })).status).toBe(0);
    const late = ask(ADDRESS, 'status/leader', { timeoutMs: 5_000 });
    await new Promise((resolve) => setTimeout(resolve, 50));
    server.signal(() => server.network.unpause(ADDRESS));
    expect((await late).text).toBe('""');
  });

  it('reports an address in use', async () => {
    const one = lonelyServer();
    await waitUntil(
      'up',
      () => ask(ADDRESS, 'status/leader'),
      ({ status }) => status === 200,
      5_000,
    );
    const two = lonelyServer();
    close = async () => {
      await one.close();
      await two.close();
    };
    await waitUntil(
      'problem',
      async () => two.problems,
      (problems) => problems.length > 0,
      5_000,
    );
    expect(two.problems[0]?.message).toContain('EADDRINUSE');
  });
});
