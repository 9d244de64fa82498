import { afterEach, describe, expect, it } from 'vitest';
import { createConsul } from '../../../src/lib/consul/connect.js';
import { type FakeServer, json, type Routes, startFakeServer, text } from './fake-server.js';

const open: FakeServer[] = [];

afterEach(async () => {
  for (const server of open.splice(0)) await server.close();
});

const replication = {
  Enabled: true,
  Running: true,
  SourceDatacenter: 'dc2',
  ReplicationType: 'tokens',
  LastSuccess: '2026-11-30T02:00:00Z',
  LastError: '0001-01-01T00:00:00Z',
};

/** As Consul 1.8.7 answers (test/contract/adapter/convergence.test.ts). */
const ROUTES: Routes = {
  'agent/members': json([
    { Name: 's1', Status: 1, Tags: { role: 'consul', dc: 'dc1' } },
    { Name: 's0', Status: 3, Tags: { role: 'consul', dc: 'dc1' } },
    { Name: 'c1', Status: 1, Tags: { role: 'node', dc: 'dc1' } },
    { Name: 'c2', Status: 4, Tags: { role: 'node', dc: 'dc1' } },
  ]),
  'catalog/nodes': json([
    { Node: 's1', TaggedAddresses: { lan: '10.0.0.1' } },
    { Node: 'c1', TaggedAddresses: null },
    { Node: 'printer', TaggedAddresses: null },
  ]),
  'internal/ui/services': json([
    { Name: 'consul', InstanceCount: 1 },
    { Name: 'api', InstanceCount: 3 },
    { Name: 'gw', Kind: 'mesh-gateway', InstanceCount: 2 },
  ]),
  'acl/replication': json(replication),
  'internal/acl/authorize': json([{ Resource: 'node', Allow: true }]),
};

async function readFrom(routes: Routes) {
  const server = await startFakeServer(routes);
  open.push(server);
  const consul = createConsul({ scheme: 'http', port: server.port });
  return consul.readConvergence(server.address);
}

describe('what others have in the cluster', () => {
  it('is read by name, with how many of each', async () => {
    expect(await readFrom(ROUTES)).toEqual({
      found: {
        clients: new Map([['c1', 1]]),
        nodes: new Map([
          ['c1', 1],
          ['printer', 1],
        ]),
        services: new Map([['api', 3]]),
        gateways: new Map([['gw', 2]]),
        wan: new Map(),
        replication: new Map([['tokens from dc2', 1]]),
        agents: new Map([['every server', 1]]),
      },
      unread: {},
    });
  });

  it.each([
    ['off', { ...replication, Enabled: false, Running: false }],
    [
      'without its token, so that it neither succeeds nor fails',
      { ...replication, LastSuccess: replication.LastError },
    ],
    ['not yet aware of the ACLs of the other datacenter', { ...replication, ReplicationType: 'legacy' }],
    ['failing since its last success', { ...replication, LastError: '2026-11-30T02:30:00Z' }],
  ])('has no ACL replication when that is %s', async (_, answer) => {
    const { found } = await readFrom({ ...ROUTES, 'acl/replication': json(answer) });
    expect(found.replication).toEqual(new Map());
  });

  it('has no ACL replication, and hides nothing, where ACLs are off', async () => {
    const off = text('ACL support disabled', 401);
    const read = await readFrom({ ...ROUTES, 'acl/replication': off, 'internal/acl/authorize': off });
    expect(read.found.replication).toEqual(new Map());
    expect(read.unread).toEqual({});
  });

  it('has servers that cannot update their own nodes', async () => {
    const nodes = json([{ Node: 's1', TaggedAddresses: null }, { Node: 'c1' }]);
    expect((await readFrom({ ...ROUTES, 'catalog/nodes': nodes })).found.agents).toEqual(new Map());
  });

  // failure-mode: not-compared
  it.each([
    ['the token may not read it', text('Permission denied', 403), 'denied'],
    ['a version answers otherwise', json({ strange: true }), 'unsupported'],
    ['the server has an error', text('rpc error', 500), 'no-answer'],
    ['it is larger than 8 MB', json('x'.repeat(9 * 1024 * 1024)), 'too-large'],
  ])('is unknown where %s', async (_, route, why) => {
    const { found, unread } = await readFrom({ ...ROUTES, 'acl/replication': route, 'internal/ui/services': route });
    expect(unread).toEqual({ replication: why, services: why, gateways: why });
    expect(Object.keys(found).sort()).toEqual(['agents', 'clients', 'nodes', 'wan']);
  });

  it('is in part unknown where the leader hides some from the token', async () => {
    const hidden = json([{ Resource: 'service', Allow: false }]);
    const { found, unread } = await readFrom({ ...ROUTES, 'internal/acl/authorize': hidden });
    expect(found.services).toEqual(new Map([['api', 3]]));
    expect(unread).toEqual({ services: 'denied', gateways: 'denied' });
  });
});
