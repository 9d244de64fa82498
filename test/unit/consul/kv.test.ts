import { afterEach, describe, expect, it } from 'vitest';
import { createConsul } from '../../../src/lib/consul/connect.js';
import type { Consul } from '../../../src/lib/ports.js';
import { type FakeServer, json, type Routes, startFakeServer, text } from './fake-server.js';

const open: (FakeServer | Consul)[] = [];

async function against(routes: Routes) {
  const server = await startFakeServer(routes);
  const timeouts = { connectMs: 2_000, readMs: 2_000, changeMs: 2_000 };
  const consul = createConsul({ scheme: 'http', port: server.port, timeouts });
  open.push(consul, server);
  return { consul, server, address: server.address };
}

afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});

describe('keys', () => {
  it('are encoded in paths segment by segment', async () => {
    const { consul, server, address } = await against({ 'kv/consul-roll/a%20b%3F': json(true) });
    await consul.writeKey(address, 'consul-roll/a b?', 'x');
    expect(server.seen[0]).toMatchObject({ method: 'PUT', path: 'kv/consul-roll/a%20b%3F' });
  });

  it('with an empty value differ from missing keys', async () => {
    const { consul, address } = await against({ 'kv/empty': json([{ Value: null, ModifyIndex: 3 }]) });
    expect(await consul.readKey(address, 'empty')).toEqual({ value: '', modifyIndex: 3 });
    expect(await consul.readKey(address, 'none')).toEqual({ value: undefined, modifyIndex: 0 });
  });

  it('that Consul did not write are an error', async () => {
    const { consul, address } = await against({ 'kv/no': json(false), 'kv/odd': text('tru') });
    await expect(consul.writeKey(address, 'no', 'x')).rejects.toMatchObject({ code: 'consul-broken' });
    await expect(consul.writeKey(address, 'odd', 'x')).rejects.toMatchObject({ code: 'consul-broken' });
    expect(await consul.compareAndSet(address, 'no', 'x', 1)).toBe(false);
  });

  it('without a leader are an error that says that the effect is unknown', async () => {
    const { consul, address } = await against({ 'kv/k': text('No cluster leader', 500) });
    await expect(consul.writeKey(address, 'k', 'x')).rejects.toMatchObject({
      name: 'RollError',
      message: expect.stringContaining('No cluster leader'),
      state: expect.stringContaining('not known'),
    });
  });

  it('name the rule that a token lacks', async () => {
    const { consul, address } = await against({ 'kv/k': text('Permission denied', 403) });
    const message = (rule: string) => ({ code: 'acl-denied', message: expect.stringContaining(rule) });
    await expect(consul.writeKey(address, 'k', 'x')).rejects.toMatchObject(message('key:write'));
    await expect(consul.readKey(address, 'k')).rejects.toMatchObject(message('key:read'));
  });
});

describe('the operator API', () => {
  it('accepts a peer that is already removed, and no other error', async () => {
    const gone = text('id "x" was not found in the Raft configuration', 500);
    const first = await against({ 'operator/raft/peer': gone });
    await first.consul.removePeer(first.address, 'x');
    const second = await against({ 'operator/raft/peer': text('No cluster leader', 500) });
    await expect(second.consul.removePeer(second.address, 'x')).rejects.toMatchObject({ code: 'consul-broken' });
  });

  it('recognises a Consul that cannot transfer leadership', async () => {
    const old = await against({});
    expect(await old.consul.transferLeadership(old.address, 'x')).toBe('unsupported');
    const recent = await against({ 'operator/raft/transfer-leader': json({ Success: true }) });
    expect(await recent.consul.transferLeadership(recent.address, 'x')).toBe('asked');
    expect(recent.server.seen[0]).toMatchObject({ method: 'POST', path: 'operator/raft/transfer-leader?id=x' });
  });

  it('returns undefined when it cannot read autopilot’s settings', async () => {
    const { consul, address } = await against({
      'operator/autopilot/configuration': json({ CleanupDeadServers: true, ServerStabilizationTime: 'soon' }),
    });
    expect(await consul.readAutopilot(address)).toBeUndefined();
  });
});
