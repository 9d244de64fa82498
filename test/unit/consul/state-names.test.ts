import { afterEach, describe, expect, it } from 'vitest';
import { createConsul } from '../../../src/lib/consul/connect.js';
import type { Consul } from '../../../src/lib/ports.js';
import { type FakeServer, json, type Routes, startFakeServer, text } from './fake-server.js';

const open: (FakeServer | Consul)[] = [];
const STATE: Routes = {
  'kv/': json(['app/1', 'app/2']),
  'catalog/nodes': json([{ Node: 'n1', ID: 'x' }]),
  'catalog/services': json({ consul: [], web: ['v1'] }),
};

async function against(routes: Routes) {
  const server = await startFakeServer({ ...STATE, ...routes });
  const consul = createConsul({ scheme: 'http', port: server.port });
  open.push(consul, server);
  return { consul, server, address: server.address };
}

afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});

describe('listState', () => {
  it('lists the names of keys, nodes and services', async () => {
    const { consul, server, address } = await against({});
    expect(await consul.listState(address, 'stale')).toEqual({
      keys: new Set(['app/1', 'app/2']),
      nodes: new Set(['n1']),
      services: new Set(['consul', 'web']),
    });
    expect(server.seen.every(({ path }) => path.endsWith('stale'))).toBe(true);
    await consul.listState(address, 'leader');
    expect(server.seen.filter(({ path }) => path.endsWith('consistent'))).toHaveLength(3);
  });

  it('lists no key where there is none', async () => {
    const { consul, address } = await against({ 'kv/': text('', 404) });
    expect(await consul.listState(address, 'leader')).toMatchObject({ keys: new Set() });
  });

  it('leaves out what the token may not list', async () => {
    const { consul, address } = await against({ 'kv/': text('Permission denied', 403) });
    expect(await consul.listState(address, 'leader')).toMatchObject({ keys: undefined, nodes: new Set(['n1']) });
  });

  it.each<[string, Routes]>([
    ['an error', { 'catalog/nodes': text('No cluster leader', 500) }],
    ['another shape', { 'catalog/nodes': json({ Node: 'n1' }) }],
  ])('says nothing after %s', async (_, odd) => {
    const { consul, address } = await against(odd);
    expect(await consul.listState(address, 'leader')).toBeUndefined();
  });
});
