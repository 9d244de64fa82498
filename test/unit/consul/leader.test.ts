import { afterEach, describe, expect, it } from 'vitest';
import { createConsul } from '../../../src/lib/consul/connect.js';
import type { Consul } from '../../../src/lib/ports.js';
import { type FakeServer, healthyLeader, json, type Routes, startFakeServer, text } from './fake-server.js';

const KEYS = { sentinel: 'sentinel', record: 'record' };

const open: (FakeServer | Consul)[] = [];

async function against(more: Routes, readMs = 2_000) {
  const server = await startFakeServer({ ...healthyLeader(), ...more });
  const timeouts = { connectMs: 2_000, readMs, changeMs: 2_000 };
  const consul = createConsul({ scheme: 'http', port: server.port, timeouts });
  open.push(consul, server);
  return { consul, server, address: server.address };
}

afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});

describe("the leader's report", () => {
  it('joins the Raft configuration with the health of autopilot', async () => {
    const { consul, server, address } = await against({
      'operator/raft/configuration': json({
        Servers: [
          { ID: 'a', Node: 'n1', Address: '127.66.2.1:8300', Leader: true, Voter: true },
          { ID: 'b', Node: '(unknown)', Address: '127.66.2.7:8300', Leader: false, Voter: false },
        ],
      }),
      'operator/autopilot/health': json({ Servers: [{ ID: 'a', Healthy: true }] }),
    });
    expect(await consul.readLeader(address, KEYS)).toEqual({
      peers: [
        { id: 'a', node: 'n1', address: '127.66.2.1:8300', leader: true, voter: true, healthy: true },
        { id: 'b', node: '(unknown)', address: '127.66.2.7:8300', leader: false, voter: false, healthy: false },
      ],
      sentinel: 'seen',
      record: undefined,
    });
    expect(server.seen.map((request) => request.path).sort()).toEqual([
      'kv/record?consistent',
      'kv/sentinel?consistent',
      'operator/autopilot/health',
      'operator/raft/configuration?stale',
    ]);
  });

  it('reads 429 as an unhealthy cluster', async () => {
    const health = json({ Healthy: false, Servers: [] }, 429);
    const { consul, address } = await against({ 'operator/autopilot/health': health });
    const report = await consul.readLeader(address, KEYS);
    expect(report).toMatchObject({ peers: [{ voter: true, healthy: false }] });
  });

  // failure-mode: raft-protocol-2
  it('quotes Consul where a server has Raft protocol 2', async () => {
    // As Consul 1.8.7 answers.
    const said = 'all servers must have raft_protocol set to 3 or higher to use this endpoint';
    const { consul, address } = await against({ 'operator/autopilot/health': text(said, 500) });
    await expect(consul.readLeader(address, KEYS)).rejects.toMatchObject({
      code: 'raft-protocol',
      message: expect.stringContaining(said),
      next: expect.stringContaining('raft_protocol = 3'),
    });
  });

  it.each<[string, Routes]>([
    ['there is no leader', { 'operator/autopilot/health': text('No cluster leader', 500) }],
    ['another one leads', { 'operator/raft/configuration': json(ledByAnother()) }],
    ['no server leads', { 'operator/raft/configuration': json({ Servers: [] }) }],
    ['it cannot prove that it leads', { 'kv/sentinel': text('No cluster leader', 500) }],
    ['a body is malformed', { 'operator/autopilot/health': text('{"Servers":') }],
  ])('is undefined when %s', async (_, odd) => {
    const { consul, address } = await against(odd);
    expect(await consul.readLeader(address, KEYS)).toBeUndefined();
  });

  it('is undefined when it does not answer', async () => {
    const { consul, address } = await against({ 'operator/autopilot/health': () => {} }, 200);
    expect(await consul.readLeader(address, KEYS)).toBeUndefined();
  });
});

describe('the commit index', () => {
  it('is read from the server itself', async () => {
    const { consul, address } = await against({});
    expect(await consul.readCommitIndex(address)).toBe(12);
  });

  it('is undefined when the server does not answer', async () => {
    const { consul, address } = await against({ 'agent/self': () => {} }, 200);
    expect(await consul.readCommitIndex(address)).toBeUndefined();
  });
});

function ledByAnother(): unknown {
  return { Servers: [{ ID: 'b', Node: 'n', Address: '127.66.2.7:8300', Leader: true, Voter: true }] };
}
