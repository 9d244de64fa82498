import { afterEach, describe, expect, it } from 'vitest';
import { createConsul } from '../../src/lib/consul/connect.js';
import type { Engine } from '../../src/lib/engine/engine.js';
import { observe } from '../../src/lib/engine/observe/observe.js';
import { planRoll } from '../../src/lib/engine/plan/plan.js';
import { readStatus } from '../../src/lib/engine/status.js';
import { buildRecordTags, CLUSTER_TAG } from '../../src/lib/model/tags.js';
import type { Consul } from '../../src/lib/ports.js';
import { getImage } from '../../src/sandbox/aws/images.js';
import { buildOrder, createFakeEngine, type FakeEngine, runRoll } from '../helpers/fake-engine.js';
import { buildIntent, limits } from '../helpers/intents.js';
import { buildObservation } from '../helpers/observations.js';
import { NEW_IMAGE } from '../helpers/servers.js';
import {
  type FakeServer,
  healthyLeader,
  json,
  type Routes,
  startFakeServer,
  text,
} from '../unit/consul/fake-server.js';

const VICTIM = 'payments';

/** A cluster, and the group of another team, which has servers and every tag that an attacker may write. */
async function tagOther(tags: Readonly<Record<string, string>>, name = VICTIM) {
  const engine = createFakeEngine(3);
  engine.addGroup(name, { desired: 3, tags });
  await engine.clock.sleep(120_000);
  const hosts = engine.account.instances.flatMap(({ group, address }) => (group === name && address) || []);
  expect(hosts).toHaveLength(3);
  const told = new Set<string>();
  return { engine: noteToken(engine, told), hosts, told };
}

/** Notes whom the engine gives the token to. */
function noteToken(engine: FakeEngine, told: Set<string>): FakeEngine {
  const consul = new Proxy(engine.consul, {
    get(target, name) {
      const method: unknown = Reflect.get(target, name);
      if (name !== 'giveTokenTo' || typeof method !== 'function') return method;
      return (addresses: ReadonlySet<string>) => {
        for (const address of addresses) told.add(address);
        return method.call(target, addresses);
      };
    },
  });
  return { ...engine, consul };
}

const forged = buildIntent(buildObservation({ old: 3 }), { oldGroup: VICTIM, newGroup: VICTIM });
const ATTACKS: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
  ['the name of the cluster', { Name: 'consul' }],
  ['the tag of the cluster', { [CLUSTER_TAG]: 'consul' }],
  ['a record', { [CLUSTER_TAG]: 'consul', ...buildRecordTags(forged, 'old') }],
  ['a record of a new group', { [CLUSTER_TAG]: 'consul', ...buildRecordTags(forged, 'new') }],
];

describe('a group that merely carries tags', () => {
  it.each(ATTACKS)('gets no token: %s', async (_name, tags) => {
    const { engine, hosts, told } = await tagOther(tags);
    const query = { cluster: 'consul', group: undefined, limits };
    for (const run of [
      () => readStatus(engine, query),
      () => planRoll(engine, buildOrder({ kind: 'resume' })),
      () => planRoll(engine, buildOrder()),
    ]) {
      await expect(run()).rejects.toMatchObject({
        code: expect.stringMatching(/^(cluster-ambiguous|record-unconfirmed)$/),
        kind: 'refused',
      });
    }
    // The leader is a member of the cluster, wherever it runs.
    expect([...told].filter((host) => hosts.includes(host) && host !== engine.servers.leader)).toEqual([]);
  });
});

/** What an attacker can do who may create groups: call one like the cluster, which is found by its tag. */
describe('a group that is merely called like the cluster', () => {
  it.each([true, false])(
    'is not preferred to the one with the tags, and gets no token: that answers: %s',
    async (is) => {
      const { engine, hosts, told } = await tagOther({}, 'consul');
      const { group } = engine.names;
      expect(group).not.toBe('consul');
      const { readClaims } = engine.consul;
      const peers = hosts.map((host) => `${host}:8300`);
      engine.consul.readClaims = async (host) => {
        if (hosts.includes(host)) return { leader: peers[0] ?? '', peers };
        return is ? readClaims.call(engine.consul, host) : undefined;
      };
      const query = { cluster: 'consul', group: undefined, limits };
      for (const run of [
        () => readStatus(engine, query),
        () => planRoll(engine, buildOrder({ kind: 'resume' })),
        () => planRoll(engine, buildOrder()),
      ]) {
        await expect(run()).rejects.toMatchObject({
          code: 'cluster-ambiguous',
          message: expect.stringMatching(
            new RegExp(`consul \\(name\\).*${group} \\(tag|${group} \\(tag.*consul \\(name\\)`),
          ),
          next: expect.stringContaining('--group'),
        });
      }
      expect([...told]).toEqual([]);
      if (is) expect((await readStatus(engine, { ...query, group })).observation.old?.name).toBe(group);
    },
  );
});

const TOKEN = '5ec2e7a1-0000-0000-0000-000000000000';
const OLD = ['127.66.9.1', '127.66.9.2', '127.66.9.3'];
const ATTACKER = '127.66.9.4';

/** What a server of the cluster answers with the token, and what it says to every client. */
function memberRoutes(address: string, peers: readonly string[]): Routes {
  const raft = { applied_index: '11', commit_index: '12' };
  const Servers = peers.map((host) => {
    return { ID: `id-${host}`, Node: host, Address: `${host}:8300`, Leader: host === OLD[0], Voter: true };
  });
  return {
    'agent/self': json({
      Config: { NodeID: `id-${address}`, NodeName: address, Version: '1.8.7', Server: true },
      Stats: { raft },
    }),
    'status/leader': json(`${OLD[0]}:8300`),
    'status/peers': json(peers.map((host) => `${host}:8300`)),
    'operator/raft/configuration': json({ Servers }),
    'operator/autopilot/health': json({ Servers: Servers.map(({ ID }) => ({ ID, Healthy: true })) }),
  };
}

/** The address of a long list, where nothing is. */
const INVENTED = Array.from({ length: 500 }, (_, n) => `127.67.${n >> 8}.${n & 255}`);
const LIES: readonly (readonly [string, Routes])[] = [
  ['joins nothing yet', { ...memberRoutes(ATTACKER, []), 'status/leader': json('') }],
  ['says that it is in the cluster', memberRoutes(ATTACKER, [...OLD, ATTACKER])],
  ['leads a cluster of its own', { ...memberRoutes(ATTACKER, [ATTACKER]), 'status/leader': json(`${ATTACKER}:8300`) }],
  [
    'leads a cluster of five hundred',
    { ...memberRoutes(ATTACKER, [ATTACKER, ...INVENTED]), 'status/leader': json(`${ATTACKER}:8300`) },
  ],
  ['wants the token', { ...memberRoutes(ATTACKER, [...OLD, ATTACKER]), 'agent/self': text('Permission denied', 403) }],
];

describe('a server under the hand of an attacker in the new group', () => {
  const open: { close(): Promise<unknown> }[] = [];
  afterEach(async () => {
    for (const each of open.splice(0)) await each.close();
  });

  /** A cluster of three, whose Raft has these peers, and the attacker's server. */
  async function observeWith(lie: Routes, peers: { list: readonly string[] }) {
    const first = await startFakeServer(ask(OLD[0] ?? ''), OLD[0]);
    const others = OLD.slice(1).map((address) => startFakeServer(ask(address), address, first.port));
    const attacker = await startFakeServer(lie, ATTACKER, first.port);
    const consul = createConsul({ scheme: 'http', port: first.port, token: TOKEN });
    open.push(consul, attacker, first, ...(await Promise.all(others)));
    const instances = [...OLD, ATTACKER].map((address, n) => ({
      ...{ instanceId: `i-${n}`, group: n < 3 ? 'old' : 'new', address, zone: 'a', imageId: 'ami', launchedAtMs: n },
      ...{ lifecycle: 'InService', protectedFromScaleIn: false, markedUnhealthy: false, balancers: {} },
    }));
    const described = { groups: [], instances, launchConfigurations: [], launchTemplate: undefined, drainingMs: {} };
    const engine = { cloud: { describeCluster: async () => described }, consul, clock: { now: () => 0 } };
    const target = { cluster: 'consul', oldGroup: 'old', newGroup: 'new', next: undefined, launchConfigurations: [] };
    const look = () =>
      observe(engine as unknown as Engine, { ...target, balancers: [], preflightFacts: undefined }, undefined);
    return { attacker, first, consul, look };

    function ask(address: string): Routes {
      const names = Object.keys(memberRoutes(address, []));
      return Object.fromEntries(
        names.map((name): readonly [string, Routes[string]] => [
          name,
          (response) => memberRoutes(address, peers.list)[name]?.(response),
        ]),
      );
    }
  }
  const countTokens = (server: FakeServer) => server.seen.filter(({ headers }) => 'x-consul-token' in headers).length;

  it.each(LIES)('never sees the token before Raft has it: it %s', async (_, lie) => {
    const peers = { list: OLD };
    const { attacker, first, consul, look } = await observeWith(lie, peers);
    for (let n = 0; n < 3; n += 1) await look();
    await consul.probeRequest(ATTACKER, 'leave');
    await consul.forgetMember(ATTACKER, 'n1').catch(() => undefined);
    await consul.requestLeave(ATTACKER).catch(() => undefined);
    await consul.listState(ATTACKER, 'stale');
    await consul.readLeader(ATTACKER, { sentinel: 'k', record: 'r' });
    expect(attacker.seen.length).toBeGreaterThan(10);
    expect(countTokens(first)).toBeGreaterThan(3);
    expect([...attacker.seen].filter(({ headers }) => JSON.stringify(headers).includes(TOKEN))).toEqual([]);
    peers.list = [...OLD, ATTACKER];
    await look();
    expect(countTokens(attacker)).toBeGreaterThan(0);
  });
});

describe('a roll of servers that say nothing without the token', () => {
  it.each(['forward', 'rollback'] as const)('ends as any other, and gives it to members only: %s', async (way) => {
    const engine = createFakeEngine(
      3,
      way === 'rollback' ? { onto: { ...getImage('consul-founder'), imageId: NEW_IMAGE } } : {},
    );
    engine.requireToken();
    const members = new Set<string>();
    const strangers = new Set<string>();
    const look = () => {
      for (const { address } of engine.servers.peers) members.add(address);
      for (const address of engine.tokenRecipients) if (!members.has(address)) strangers.add(address);
      engine.clock.after(100, look);
    };
    look();
    const { result } = await runRoll(engine, { order: buildOrder() });
    expect(result.outcome).toBe(way === 'forward' ? 'rolled' : 'rolled-back');
    expect([...strangers]).toEqual([]);
    expect(engine.servers.peers.filter(({ voter }) => voter)).toHaveLength(3);
  });
});

describe('what every client may ask', () => {
  const open: (FakeServer | Consul)[] = [];

  afterEach(async () => {
    for (const each of open.splice(0)) await each.close();
  });

  it('is asked without the token, and nothing else is', async () => {
    const server = await startFakeServer(healthyLeader());
    const consul = createConsul({ scheme: 'http', port: server.port, token: TOKEN });
    consul.giveTokenTo([server.address]);
    open.push(consul, server);
    expect(await consul.readClaims(server.address)).toBeDefined();
    expect(server.seen.map(({ path }) => path).sort()).toEqual(['status/leader', 'status/peers']);
    expect(server.seen.filter(({ headers }) => 'x-consul-token' in headers)).toEqual([]);
  });
});
