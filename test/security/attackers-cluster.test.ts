import { describe, expect, it } from 'vitest';
import { aclDeniedError } from '../../src/lib/consul/acl.js';
import { type DoctorEngine, runDoctor } from '../../src/lib/engine/doctor.js';
import { requestPause } from '../../src/lib/engine/pause.js';
import { planRoll } from '../../src/lib/engine/plan/plan.js';
import { readStatus } from '../../src/lib/engine/status.js';
import { buildRecordKey, type Intent } from '../../src/lib/model/intent.js';
import { formatRecord } from '../../src/lib/model/record.js';
import { buildRecordTags, CLUSTER_TAG } from '../../src/lib/model/tags.js';
import { buildOrder, createFakeEngine, type FakeEngine, listWrites } from '../helpers/fake-engine.js';
import { buildIntent, limits } from '../helpers/intents.js';
import { buildObservation } from '../helpers/observations.js';
import { NEW_IMAGE } from '../helpers/servers.js';
import { VICTIM } from '../simulation/foreign-account.js';

/**
 * What an attacker can do who may write tags, and has a group of servers with a Consul cluster of its own. The group of the
 * cluster is called as an earlier roll has called it, so a forged record may name it as its new group.
 */

interface Attacked {
  readonly engine: FakeEngine;
  /** The cluster's own group. */
  readonly group: string;
  readonly members: readonly string[];
  /** The attacker's servers. */
  readonly hosts: readonly string[];
  /** All that were given the token. */
  readonly told: Set<string>;
}

async function attack(isOlder: boolean): Promise<Attacked> {
  const real = createFakeEngine(3, { adversary: 'tags', victimIsOlder: isOlder, rolledBefore: true });
  const { group } = real.names;
  const listHosts = (name: string) =>
    real.account.instances.flatMap((one) => (one.group === name && one.address) || []);
  const hosts = listHosts(VICTIM.group);
  const members = listHosts(group);
  expect([hosts.length, members.length]).toEqual([3, 3]);
  const told = new Set<string>();
  real.requireToken();
  return { engine: noteToken(real, told), group, members, hosts, told };
}

function noteToken(engine: FakeEngine, told: Set<string>): FakeEngine {
  const { giveTokenTo } = engine.consul;
  engine.consul.giveTokenTo = (addresses) => {
    const given = [...addresses];
    for (const address of given) told.add(address);
    giveTokenTo.call(engine.consul, given);
  };
  return engine;
}

/** As the roll that has called the group would have recorded it. */
function forge(change: Partial<Intent> = {}): Intent {
  const names = { rollId: 'abc123', oldGroup: VICTIM.group, newGroup: 'consul-roll-abc123', imageId: NEW_IMAGE };
  const nextLaunchSource = { kind: 'launch-configuration', name: 'consul-roll-abc123' } as const;
  return { ...buildIntent(buildObservation({ old: 3 })), ...names, nextLaunchSource, ...change };
}

const NAMED = { [CLUSTER_TAG]: 'consul' };

type Tags = Readonly<Record<string, string>>;
interface Attack {
  readonly onOwn?: Tags;
  readonly onVictim?: Tags;
}
const ATTACKS: Readonly<Record<string, Attack>> = {
  'has the name of the cluster': { onVictim: NAMED },
  'has a record whose new group is the cluster': { onVictim: { ...NAMED, ...buildRecordTags(forge(), 'old') } },
  'has the record of such a rollback': {
    onVictim: { ...NAMED, ...buildRecordTags(forge({ direction: 'rollback' }), 'old') },
  },
  'has a record, and so has the cluster': {
    onVictim: { ...NAMED, ...buildRecordTags(forge(), 'old') },
    onOwn: buildRecordTags(forge(), 'new'),
  },
  'is what a record on the cluster calls its old group': { onOwn: buildRecordTags(forge(), 'new') },
  'is what a record on the cluster calls its new group': {
    onVictim: NAMED,
    onOwn: buildRecordTags(forge({ oldGroup: 'consul-roll-abc123', newGroup: VICTIM.group }), 'old'),
  },
};

async function tag({ engine, group }: Attacked, { onOwn, onVictim }: Attack): Promise<void> {
  if (onOwn) await engine.cloud.tag(group, onOwn);
  if (onVictim) await engine.cloud.tag(VICTIM.group, onVictim);
}

const query = { cluster: 'consul', group: undefined, limits };
const COMMANDS: readonly ((engine: FakeEngine) => Promise<unknown>)[] = [
  (engine) => readStatus(engine, query),
  (engine) => planRoll(engine, buildOrder()),
  (engine) => planRoll(engine, buildOrder({ kind: 'resume' })),
  (engine) => planRoll(engine, buildOrder({ kind: 'resume', rollId: 'abc123' })),
  (engine) => planRoll(engine, buildOrder({ kind: 'rollback' })),
  (engine) => planRoll(engine, buildOrder({ kind: 'rollback', rollId: 'abc123' })),
  (engine) => requestPause(engine, query),
  async (engine) => {
    const { results } = await runDoctor(inspecting(engine), { ...buildOrder(), kind: undefined } as never, {
      permissions: false,
    });
    const [, failed] = results;
    expect(failed).toMatchObject({ status: 'fail', observed: expect.stringMatching(/match the cluster|tell of roll/) });
    throw Object.assign(new Error(failed?.observed), { code: failed?.id, kind: 'refused' });
  },
];

/** An engine whose other reads throw: doctor must not come to them. */
function inspecting(engine: FakeEngine): DoctorEngine {
  const cloudInspection = { readCallerArn: async () => 'arn:aws:iam::123456789012:user/ops' };
  const consulInspection = { giveTokenTo: (addresses: Iterable<string>) => engine.consul.giveTokenTo(addresses) };
  return { ...engine, cloudInspection, consulInspection, encrypted: true } as unknown as DoctorEngine;
}

/** `cluster-readable` is the check of doctor. */
const REFUSED = /^(cluster-ambiguous|record-unconfirmed|cluster-readable)$/;

/** How a command ended, in short. */
function endOf(running: Promise<unknown>): Promise<unknown> {
  return running.then(
    () => 'it ran',
    ({ code, kind }) => ({ code, kind }),
  );
}

/** Every command refuses, writes nothing, and gives the token to no server of the attacker. */
async function expectRefusals({ engine, hosts, told }: Attacked): Promise<void> {
  engine.calls.length = 0;
  const ends: unknown[] = [];
  for (const run of COMMANDS) ends.push(await endOf(run(engine)));
  expect(ends).toEqual(COMMANDS.map(() => ({ code: expect.stringMatching(REFUSED), kind: 'refused' })));
  expect(hosts.filter((host) => told.has(host))).toEqual([]);
  expect(listWrites(engine)).toEqual([]);
}

describe.each([
  ['older', true],
  ['younger', false],
])('a group of an attacker with a cluster of its own, %s than the cluster', (_age, isOlder) => {
  const each = Object.entries(ATTACKS);

  it.each(each)('gets no token and steers no command: it %s', async (_name, tags) => {
    const attacked = await attack(isOlder);
    await tag(attacked, tags);
    await expectRefusals(attacked);
  });

  it.each(each)('confirms no record of its own: it %s', async (_name, tags) => {
    const attacked = await attack(isOlder);
    const { engine, hosts, told } = attacked;
    engine.consul.giveTokenTo(hosts);
    const leader = (await engine.consul.readClaims(hosts[0] ?? ''))?.leader.replace(/:.*/, '') ?? '';
    await engine.consul.writeKey(leader, buildRecordKey('consul'), formatRecord({ intent: forge(), side: 'old' }));
    engine.consul.giveTokenTo([]);
    told.clear();
    await tag(attacked, tags);
    await expectRefusals(attacked);
  });

  it.each(each)('is not believed where a server of the cluster refuses the token: it %s', async (_name, tags) => {
    const attacked = await attack(isOlder);
    const { engine, members } = attacked;
    const { readAgent } = engine.consul;
    engine.consul.readAgent = (address, key) =>
      address === members[0]
        ? Promise.reject(aclDeniedError(address, 'GET', 'agent/self', 'Permission denied'))
        : readAgent.call(engine.consul, address, key);
    await tag(attacked, tags);
    await expectRefusals(attacked);
  });

  it.each(each)('is not believed while the cluster does not answer: it %s', async (_name, tags) => {
    const attacked = await attack(isOlder);
    for (const host of attacked.members) attacked.engine.servers.crash(host);
    await tag(attacked, tags);
    const { engine, hosts, told } = attacked;
    for (const run of COMMANDS) await run(engine).catch(() => undefined);
    expect(hosts.filter((host) => told.has(host))).toEqual([]);
    expect(listWrites(engine).filter((call) => call.startsWith('terminate'))).toEqual([]);
  });

  it.each(each)('is not believed while the cluster has no leader: it %s', async (_name, tags) => {
    const attacked = await attack(isOlder);
    const { engine, hosts, members, told } = attacked;
    for (const host of members.slice(0, 2)) engine.servers.crash(host);
    await engine.clock.sleep(60_000);
    await tag(attacked, tags);
    for (const run of COMMANDS) await run(engine).catch(() => undefined);
    expect(hosts.filter((host) => told.has(host))).toEqual([]);
  });

  it.each(each)('cannot lie that it is in the cluster, nor with one server: it %s', async (_name, tags) => {
    const attacked = await attack(isOlder);
    const { engine, hosts, members } = attacked;
    const { readClaims } = engine.consul;
    engine.consul.readClaims = async (address) => {
      if (!hosts.includes(address)) return readClaims.call(engine.consul, address);
      const real = await readClaims.call(engine.consul, members[0] ?? '');
      return address === hosts[0] && real ? { ...real, peers: [...real.peers, `${address}:8300`] } : undefined;
    };
    await tag(attacked, tags);
    await expectRefusals(attacked);
  });
});
