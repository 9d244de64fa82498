import { afterEach, describe, expect, it } from 'vitest';
import { createConsul } from '../../../src/lib/consul/connect.js';
import { createHttpClient } from '../../../src/lib/consul/http-client.js';
import { createConsulInspection } from '../../../src/lib/consul/inspect.js';
import { collectStrings, listState } from '../../../src/lib/consul/state-names.js';
import { createAclToken } from '../../../src/lib/consul/token.js';
import { STATE_KINDS } from '../../../src/lib/model/comparison.js';
import { type FakeServer, json, type Routes, startFakeServer, text } from './fake-server.js';

const open: (FakeServer | { close(): Promise<void> })[] = [];

/** As Consul 1.8.7 answers with ACLs on (test/contract/adapter/state.test.ts). */
const STATE: Routes = {
  'kv/': json(['app/1', 'app/2']),
  'catalog/nodes': json([{ Node: 'n1', ID: 'x' }]),
  'catalog/services': json({ consul: [], web: ['v1'] }),
  'acl/tokens': json([{ AccessorID: 't1', Description: 'Master Token' }]),
  'acl/policies': json([{ ID: 'p1', Name: 'global-management' }]),
  'config/': json([{ Kind: 'service-defaults', Name: 'web', Protocol: 'http' }]),
  query: json([{ ID: 'q1', Name: 'q' }]),
  'connect/intentions': json([{ ID: 'i1', SourceNS: 'default', SourceName: 'a', DestinationName: 'b' }]),
  'agent/self': self({ applied_index: '41', commit_index: '42', fsm_pending: '0' }),
  'internal/acl/authorize': json([{ Resource: 'key', Allow: true }]),
};

const never: Routes[string] = () => undefined;

function self(raft: object) {
  const Config = { NodeID: 'x', NodeName: 'n1', Version: '1.8.7', Server: true };
  return json({ Config, Stats: { raft } });
}

async function against(routes: Routes) {
  const server = await startFakeServer({ ...STATE, ...routes });
  const settings = { scheme: 'http', port: server.port } as const;
  const consul = createConsul(settings);
  const inspection = createConsulInspection(settings);
  open.push(consul, inspection, server);
  return { consul, inspection, server, address: server.address };
}

afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});

describe('listState', () => {
  it('lists the names of everything', async () => {
    const { consul, server, address } = await against({});
    expect(await consul.listState(address, 'stale')).toEqual({
      found: {
        keys: new Set(['app/1', 'app/2']),
        nodes: new Set(['n1']),
        services: new Set(['consul', 'web']),
        aclTokens: new Set(['t1']),
        aclPolicies: new Set(['p1']),
        configEntries: new Set(['service-defaults/web']),
        queries: new Set(['q1']),
        intentions: new Set(['default/a /b']),
      },
      unread: {},
      appliedIndex: 41,
    });
    expect(server.seen.filter(({ path }) => path.endsWith('stale'))).toHaveLength(STATE_KINDS.length);
    expect(server.seen[0]?.path).toContain('agent/self');
    await consul.listState(address, 'leader');
    expect(server.seen.filter(({ path }) => path.endsWith('consistent'))).toHaveLength(STATE_KINDS.length);
  });

  it('lists no key where there is none, and no token where ACLs are off', async () => {
    const off = text('ACL support disabled', 401);
    const routes = { 'kv/': text('', 404), 'acl/tokens': off, 'acl/policies': off, 'internal/acl/authorize': off };
    const { consul, address } = await against(routes);
    const { found, unread } = (await consul.listState(address, 'leader')) ?? {};
    expect(found).toMatchObject({ keys: new Set(), aclTokens: new Set(), aclPolicies: new Set() });
    expect(unread).toEqual({});
  });

  // failure-mode: not-compared
  it.each<[string, Routes, object]>([
    ['the token may not list it', { 'acl/tokens': text('Permission denied', 403) }, { aclTokens: 'denied' }],
    ['it is blocked', { 'kv/': text('Endpoint is blocked by agent configuration', 403) }, { keys: 'denied' }],
    ['this Consul has another shape', { 'catalog/nodes': json({ Node: 'n1' }) }, { nodes: 'unsupported' }],
    ['this Consul has none', { query: text('', 404) }, { queries: 'unsupported' }],
    ['it has an error of its own', { 'config/': text('rpc error', 500) }, { configEntries: 'no-answer' }],
    ['it is another list', { 'kv/': json([{ Key: 'a' }]) }, { keys: 'unsupported' }],
  ])('says why a kind is not listed: %s', async (_, odd, unread) => {
    const { consul, address } = await against(odd);
    const listed = await consul.listState(address, 'stale');
    expect(listed?.unread).toEqual(unread);
    expect(Object.keys(listed?.found ?? {})).toHaveLength(STATE_KINDS.length - 1);
  });

  it('has an index of its own copy only where nothing waits to be applied', async () => {
    const busy = self({ applied_index: '41', commit_index: '42', fsm_pending: '3' });
    const { consul, address } = await against({ 'agent/self': busy });
    expect((await consul.listState(address, 'stale'))?.appliedIndex).toBeUndefined();
    expect((await consul.listState(address, 'leader'))?.appliedIndex).toBe(41);
    const denied = await against({ 'agent/self': text('Permission denied', 403) });
    expect(await denied.consul.listState(denied.address, 'stale')).toMatchObject({
      appliedIndex: undefined,
      unread: {},
    });
  });

  // failure-mode: not-compared
  it.each(['stale', 'leader'] as const)(
    'says which list took too long, of a server that answers: %s',
    async (from) => {
      const { server, address } = await against({ 'kv/': never });
      const settings = { scheme: 'http', port: server.port } as const;
      const http = createHttpClient(settings, createAclToken(settings));
      open.push(http);
      const listed = await listState(http, address, from, 200);
      expect(listed?.unread).toEqual({ keys: 'too-slow' });
      expect(listed?.found.nodes).toEqual(new Set(['n1']));
    },
    30_000,
  );

  it('says nothing of a server that answers nothing in time', async () => {
    const { server, address } = await against(Object.fromEntries(Object.keys(STATE).map((path) => [path, never])));
    const settings = { scheme: 'http', port: server.port, timeouts: { readMs: 200 } } as const;
    const http = createHttpClient(settings, createAclToken(settings));
    open.push(http);
    expect(await listState(http, address, 'leader', 200)).toBeUndefined();
  }, 30_000);

  it('says of which kinds the leader hides a part from the token', async () => {
    const hidden = json([
      { Resource: 'key', Allow: false },
      { Resource: 'node', Allow: true },
      { Resource: 'acl', Allow: false },
    ]);
    const { consul, inspection, address } = await against({ 'internal/acl/authorize': hidden });
    const listed = await consul.listState(address, 'leader');
    expect(listed?.unread).toEqual({ keys: 'denied', aclTokens: 'denied', aclPolicies: 'denied' });
    expect(listed?.found.keys).toEqual(new Set(['app/1', 'app/2']));
    expect(await inspection.findHiddenState(address)).toEqual(['keys', 'aclTokens', 'aclPolicies']);
  });

  it.each([
    ['does not know the question', text('', 404)],
    ['blocks it', text('Endpoint is blocked by agent configuration', 403)],
    ['answers something else', json({ Allow: false })],
  ])('hides nothing where Consul %s', async (_, route) => {
    const { inspection, address } = await against({ 'internal/acl/authorize': route });
    expect(await inspection.findHiddenState(address)).toEqual([]);
  });

  it.each<[string, Routes]>([
    ['nodes', { 'catalog/nodes': text('No cluster leader', 500) }],
    ['keys', { 'kv/': text('No cluster leader', 500) }],
  ])('says nothing after an error about %s', async (_, odd) => {
    const { consul, address } = await against(odd);
    expect(await consul.listState(address, 'leader')).toBeUndefined();
  });
});

/** A text in pieces of a few bytes. */
async function* split(body: string, size: number): AsyncGenerator<Buffer> {
  const bytes = Buffer.from(body);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

const ODD_NAMES = [
  'a',
  ',',
  '","',
  '"',
  '\\',
  '\\"',
  ']',
  '[',
  '',
  'Käse 猫',
  'a\nb',
  '\u2028',
  '\\\\","',
  'x'.repeat(99),
];

describe('collectStrings', () => {
  it.each([1, 2, 3, 7, 64, 4096])('reads names in pieces of %i bytes', async (size) => {
    const body = JSON.stringify(ODD_NAMES);
    expect(await collectStrings(split(body, size))).toEqual(new Set(ODD_NAMES));
    // As Go writes it.
    const escaped = body.replace(/[\u2028<>&]/g, (odd) => `\\u${odd.charCodeAt(0).toString(16).padStart(4, '0')}`);
    expect(await collectStrings(split(escaped, size))).toEqual(new Set(ODD_NAMES));
    expect(await collectStrings(split('[]', size))).toEqual(new Set());
  });

  it.each(['', '[', '["a"', '["a",', '["a', '[1]', '{"a":"b"}', 'null', '["a"]x'])('rejects %s', async (body) => {
    await expect(collectStrings(split(body, 3))).rejects.toThrow('not as Consul answers');
  });

  it('rejects one name without an end, and more than 64 MB of names', async () => {
    async function* endless(piece: Buffer, start: string) {
      yield Buffer.from(start);
      for (;;) yield piece;
    }
    const unended = endless(Buffer.alloc(64 * 1024, 'a'), '["');
    await expect(collectStrings(unended)).rejects.toThrow('not as Consul answers');
    const many = endless(Buffer.from('"same",'.repeat(9_000)), '[');
    // However busy this machine is.
    await expect(collectStrings(many, 600_000)).rejects.toThrow('larger than');
  }, 600_000);
});
