import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createConsul } from '../../../src/lib/consul/connect.js';
import type { ConvergenceState } from '../../../src/lib/model/convergence.js';
import {
  type ConsulAgent,
  findConsulBinary,
  startConsulAgent,
  trusting,
  waitUntil,
} from '../../helpers/consul-agent.js';

const binary = findConsulBinary();
const TOKEN = '11111111-1111-1111-1111-111111111111';
const PRIMARY = '127.66.7.1';
const CLIENT = '127.66.7.2';
const SECONDARY = '127.66.7.3';

const acl = (tokens: string) =>
  `-hcl=primary_datacenter = "dc1" acl { enabled = true default_policy = "allow" enable_token_replication = true ${tokens} }`;

describe.skipIf(!binary)('what others have in a real cluster', () => {
  const agents = new Map<string, ConsulAgent>();
  const consul = trusting(createConsul({ scheme: 'http', port: 8500, token: TOKEN }), PRIMARY, SECONDARY);
  const start = (address: string, ...args: string[]) =>
    void agents.set(address, startConsulAgent(binary ?? '', address, args));
  const put = async (address: string, path: string, body: unknown) => {
    const headers = { 'x-consul-token': TOKEN };
    const url = `http://${address}:8500/v1/${path}`;
    const response = await fetch(url, { method: 'PUT', headers, body: JSON.stringify(body) });
    expect([path, response.status]).toEqual([path, 200]);
  };
  const readUntil = (address: string, passes: (found: ConvergenceState['found']) => boolean) =>
    waitUntil('the state', async () => (await consul.readConvergence(address)).found, passes, 60_000);

  beforeAll(async () => {
    start(PRIMARY, '-bootstrap-expect=1', acl(`tokens { master = "${TOKEN}" }`));
    start(CLIENT, '-server=false', `-retry-join=${PRIMARY}`, acl(''));
    start(
      SECONDARY,
      '-bootstrap-expect=1',
      '-datacenter=dc2',
      `-retry-join-wan=${PRIMARY}`,
      '-retry-interval-wan=1s',
      acl(''),
    );
    await readUntil(PRIMARY, ({ clients, wan }) => clients?.size === 1 && wan?.size === 1);
    await put(PRIMARY, 'agent/service/register', { Name: 'gw', Kind: 'mesh-gateway', Port: 8443 });
    await put(PRIMARY, 'catalog/register', { Node: 'printer', Address: '10.1.1.1', Service: { Service: 'print' } });
    for (const id of ['a', 'b']) await put(CLIENT, 'agent/service/register', { Name: 'api', ID: id, Port: 80 });
  }, 120_000);

  afterAll(async () => {
    for (const agent of agents.values()) await agent.stop();
    await consul.close();
  });

  it('is read by name', async () => {
    const seen = await readUntil(PRIMARY, ({ services }) => services?.get('api') === 2);
    expect(seen).toEqual({
      clients: new Map([[`n-${CLIENT}`, 1]]),
      nodes: new Map([
        [`n-${CLIENT}`, 1],
        ['printer', 1],
      ]),
      services: new Map([
        ['api', 2],
        ['print', 1],
      ]),
      gateways: new Map([['gw', 1]]),
      wan: new Map([[`n-${SECONDARY}.dc2`, 1]]),
      // The primary datacenter replicates from none.
      replication: new Map(),
      agents: new Map([['every server', 1]]),
    });
  });

  // failure-mode: not-converged
  it('includes ACL replication only with its token, which was set by API', async () => {
    await readUntil(SECONDARY, ({ replication }) => replication?.size === 0);
    await put(SECONDARY, 'agent/token/replication', { Token: TOKEN });
    const seen = await readUntil(SECONDARY, ({ replication }) => replication?.size === 1);
    expect(seen.replication).toEqual(new Map([['tokens from dc1', 1]]));
  }, 180_000);

  it('has no client agent that died', async () => {
    await agents.get(CLIENT)?.stop();
    await readUntil(PRIMARY, ({ clients }) => clients?.size === 0);
  }, 60_000);
});
