import { afterEach, describe, expect, it } from 'vitest';
import { createConsul } from '../../src/lib/consul/connect.js';
import { findImpostor } from '../../src/lib/engine/decide/impostors.js';
import type { Engine } from '../../src/lib/engine/engine.js';
import { observe } from '../../src/lib/engine/observe/observe.js';
import { HOSTILE } from '../helpers/hostile-text.js';
import { json, type Routes, startFakeServer, text } from '../unit/consul/fake-server.js';

/**
 * What an attacker can do who runs a client agent of the cluster, as every machine that uses Consul does: it gossips any
 * name, any address and any tags of its own, except the role of a server, which Consul gives.
 */

const TOKEN = '5ec2e7a1-0000-0000-0000-000000000000';
const OLD = ['127.66.10.1', '127.66.10.2', '127.66.10.3'];
const NEW = '127.66.10.4';

interface Told {
  readonly Name: string;
  readonly Addr: string;
  readonly Status: number;
  readonly Tags: Readonly<Record<string, string>> | null;
}

const servers: readonly Told[] = [...OLD, NEW].map((host, n) => {
  return { Name: `i-${n}`, Addr: host, Status: 1, Tags: { role: 'consul', id: `id-${host}` } };
});

const [victim = '', leftServer = ''] = OLD;
const CLIENTS: readonly (readonly [string, Partial<Told>])[] = [
  ['with the address of the new server and the node id of an old one', { Addr: NEW, Tags: { id: `id-${victim}` } }],
  ['with the address of the new server and the name of an old one', { Addr: NEW, Name: 'i-0' }],
  ['with the node id of the new server, that has left', { Status: 3, Tags: { id: `id-${NEW}` } }],
  ['with the node id of an old server, that has left', { Status: 3, Tags: { id: `id-${leftServer}` } }],
  ['that claims another kind of role', { Addr: NEW, Tags: { role: 'Consul', id: `id-${victim}` } }],
  ['without tags, of an old version', { Addr: NEW, Tags: null }],
  ...HOSTILE.map((each, n): readonly [string, Partial<Told>] => [
    `with hostile text ${n}`,
    { Name: each, Addr: NEW, Tags: { id: each, [each]: each, bootstrap: '1', expect: '1' } },
  ]),
];

const open: { close(): Promise<unknown> }[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});

/** What is observed where the leader knows these members, and the new server, outside of Raft, says only what all may ask. */
async function observeWith(members: readonly Told[]) {
  const peers = OLD.map((host) => `${host}:8300`);
  const common: Routes = { 'status/leader': json(peers[0]), 'status/peers': json(peers) };
  const Servers = OLD.map((host, n) => {
    return { ID: `id-${host}`, Node: `i-${n}`, Address: `${host}:8300`, Leader: n === 0, Voter: true };
  });
  const routesOf = (host: string): Routes => ({
    ...common,
    'agent/self': json({
      Config: { NodeID: `id-${host}`, NodeName: `i-${OLD.indexOf(host)}`, Version: '1.20.2', Server: true },
      Stats: { raft: { applied_index: '11', commit_index: '12' } },
    }),
    'operator/raft/configuration': json({ Servers }),
    'operator/autopilot/health': json({ Servers: Servers.map(({ ID }) => ({ ID, Healthy: true })) }),
    'agent/members': json(members),
  });
  const first = await startFakeServer(routesOf(victim), victim);
  open.push(first);
  for (const host of OLD.slice(1)) open.push(await startFakeServer(routesOf(host), host, first.port));
  open.push(await startFakeServer({ ...common, 'agent/self': text('Permission denied', 403) }, NEW, first.port));
  const consul = createConsul({ scheme: 'http', port: first.port, token: TOKEN });
  open.push(consul);
  const instances = [...OLD, NEW].map((address, n) => ({
    ...{ instanceId: `i-${n}`, group: n < 3 ? 'old' : 'new', address, zone: 'a', imageId: 'ami', launchedAtMs: n },
    ...{ lifecycle: 'InService', protectedFromScaleIn: false, markedUnhealthy: false, balancers: {} },
  }));
  const described = { groups: [], instances, launchConfigurations: [], launchTemplate: undefined, drainingMs: {} };
  const engine = { cloud: { describeCluster: async () => described }, consul, clock: { now: () => 0 } };
  const target = { cluster: 'consul', oldGroup: 'old', newGroup: 'new', next: undefined, launchConfigurations: [] };
  return observe(engine as unknown as Engine, { ...target, balancers: [], preflightFacts: undefined });
}

describe('a client agent of the cluster', () => {
  it.each(CLIENTS)(
    'changes nothing that is observed, and makes no new server an impostor: one %s',
    async (_, client) => {
      const undisturbed = await observeWith(servers);
      expect(undisturbed.servers.at(-1)?.member).toMatchObject({ node: 'i-3', nodeId: `id-${NEW}` });
      for (const each of open.splice(0)) await each.close();
      const hostile = { Name: 'x', Addr: '127.66.10.9', Status: 1, ...client };
      const Tags = hostile.Tags === null ? null : { role: 'node', ...client.Tags };
      // It may be before or after the servers in the list.
      const observed = await observeWith([{ ...hostile, Tags }, ...servers, { ...hostile, Tags }]);
      expect(observed).toEqual(undisturbed);
      expect(findImpostor(observed)).toBeUndefined();
    },
  );
});
