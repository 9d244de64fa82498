import { afterEach, describe, expect, it } from 'vitest';
import { createConsul } from '../../src/lib/consul/connect.js';
import { planRoll } from '../../src/lib/engine/plan/plan.js';
import { readStatus } from '../../src/lib/engine/status.js';
import { buildRecordTags, CLUSTER_TAG } from '../../src/lib/model/tags.js';
import type { Consul } from '../../src/lib/ports.js';
import { buildOrder, createFakeEngine, type FakeEngine } from '../helpers/fake-engine.js';
import { buildIntent, limits } from '../helpers/intents.js';
import { buildObservation } from '../helpers/observations.js';
import { type FakeServer, healthyLeader, startFakeServer } from '../unit/consul/fake-server.js';

const VICTIM = 'payments';

/** A cluster, and the group of another team, which has servers and every tag that an attacker may write. */
async function tagOther(tags: Readonly<Record<string, string>>) {
  const engine = createFakeEngine(3);
  engine.addGroup(VICTIM, { desired: 3, tags });
  await engine.clock.sleep(120_000);
  const hosts = engine.account.instances.flatMap(({ group, address }) => (group === VICTIM && address) || []);
  expect(hosts).toHaveLength(3);
  const told = new Set<string>();
  return { engine: noteToken(engine, told), hosts, told };
}

/** Notes whom the engine asks with the token: everything but what a server says to every client. */
function noteToken(engine: FakeEngine, told: Set<string>): FakeEngine {
  const consul = new Proxy(engine.consul, {
    get(target, name) {
      const method: unknown = Reflect.get(target, name);
      if (typeof method !== 'function' || name === 'readClaims') return method;
      return (...given: readonly unknown[]) => {
        told.add(String(given[0]));
        return method.apply(target, given);
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

describe('what every client may ask', () => {
  const open: (FakeServer | Consul)[] = [];

  afterEach(async () => {
    for (const each of open.splice(0)) await each.close();
  });

  it('is asked without the token, and nothing else is', async () => {
    const server = await startFakeServer(healthyLeader());
    const consul = createConsul({ scheme: 'http', port: server.port, token: '5ec2e7a1-0000-0000-0000-000000000000' });
    open.push(consul, server);
    expect(await consul.readClaims(server.address)).toBeDefined();
    expect(server.seen.map(({ path }) => path).sort()).toEqual(['status/leader', 'status/peers']);
    expect(server.seen.filter(({ headers }) => 'x-consul-token' in headers)).toEqual([]);
  });
});
