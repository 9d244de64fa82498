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
  'catalog/nodes': json([{ Node: 's1' }, { Node: 'c1' }, { Node: 'printer' }]),
  'internal/ui/services': json([
    { Name: 'consul', InstanceCount: 1 },
    { Name: 'api', InstanceCount: 3 },
    { Name: 'gw', Kind: 'mesh-gateway', InstanceCount: 2 },
  ]),
  'acl/replication': json(replication),
};

async function readFrom(routes: Routes) {
  const server = await startFakeServer(routes);
  open.push(server);
  const consul = createConsul({ scheme: 'http', port: server.port });
  return consul.readConvergence(server.address);
}

describe('what others have in the cluster', () => {
  it('is read by name, with how many of each', async () => {
    const read = await readFrom(ROUTES);
    expect(read.clients).toEqual(new Map([['c1', 1]]));
    expect(read.nodes).toEqual(
      new Map([
        ['c1', 1],
        ['printer', 1],
      ]),
    );
    expect(read.services).toEqual(new Map([['api', 3]]));
    expect(read.gateways).toEqual(new Map([['gw', 2]]));
    expect(read.wan).toEqual(new Map());
    expect(read.replication).toEqual(new Map([['tokens from dc2', 1]]));
  });

  it.each([
    ['off', { ...replication, Enabled: false, Running: false }],
    [
      'without its token, so that it neither succeeds nor fails',
      { ...replication, LastSuccess: replication.LastError },
    ],
    ['failing since its last success', { ...replication, LastError: '2026-11-30T02:30:00Z' }],
  ])('has no ACL replication when that is %s', async (_, answer) => {
    expect((await readFrom({ ...ROUTES, 'acl/replication': json(answer) })).replication).toEqual(new Map());
  });

  it.each([
    ['ACLs are off', text('ACL support disabled', 401)],
    ['the token may not read it', text('Permission denied', 403)],
    ['a version answers otherwise', json({ strange: true })],
  ])('is unknown where %s', async (_, route) => {
    const read = await readFrom({ ...ROUTES, 'acl/replication': route, 'internal/ui/services': route });
    expect(read).toMatchObject({ replication: undefined, services: undefined, gateways: undefined });
    expect(read.clients).toEqual(new Map([['c1', 1]]));
  });
});
