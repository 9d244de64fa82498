import { describe, expect, it } from 'vitest';
import { planRoll } from '../../src/lib/engine/plan/plan.js';
import { startRun } from '../../src/lib/engine/run/start.js';
import { readStatus } from '../../src/lib/engine/status.js';
import { type Group, SELF_ACTING_PROCESSES } from '../../src/lib/model/group.js';
import { buildRecordKey, buildSentinelKey, type Intent } from '../../src/lib/model/intent.js';
import { formatRecord } from '../../src/lib/model/record.js';
import { buildRecordTags, CLUSTER_TAG } from '../../src/lib/model/tags.js';
import { buildOrder, createFakeEngine, type FakeEngine, listWrites, runRoll } from '../helpers/fake-engine.js';
import { buildIntent, limits } from '../helpers/intents.js';
import { buildObservation } from '../helpers/observations.js';
import { NEW_IMAGE } from '../helpers/servers.js';

/**
 * What an attacker can do who may write tags, and one key of the cluster's store: give another team's group the name of
 * the cluster, and have the record of a roll call it the old group.
 */

const VICTIM = 'payments';
const NAMED = { [CLUSTER_TAG]: 'consul' };
const CREATED = 'consul-roll-7f3a';
const NONCE = 'ab'.repeat(16);
const ALL_PROCESSES = [...SELF_ACTING_PROCESSES, 'AddToLoadBalancer', 'Launch', 'Terminate'];

/** A roll that was stopped after its first step of this kind, and the record that names the victim. */
async function attack(kind: string, desired: number): Promise<FakeEngine> {
  const engine = createFakeEngine(3);
  let isDone = false;
  await runRoll(engine, {
    onEvent: (event) => {
      isDone ||= event.kind === 'step-done' && event.step.action.kind === kind;
    },
    pauseRequested: () => isDone,
  });
  engine.addGroup(VICTIM, { desired, tags: { [CLUSTER_TAG]: 'consul' } });
  await engine.clock.sleep(120_000);
  const key = buildRecordKey('consul');
  const record = JSON.parse(engine.servers.get(key)?.value ?? '{}');
  await engine.servers.put(key, JSON.stringify({ ...record, 'old-group': VICTIM }));
  engine.calls.length = 0;
  return engine;
}

const findVictim = ({ account }: FakeEngine): Group | undefined => account.groups.find(({ name }) => name === VICTIM);

const ORDERS = [buildOrder(), buildOrder({ kind: 'resume' }), buildOrder({ kind: 'rollback' })];

describe.each([
  ['in use', 3],
  ['empty', 0],
])("another team's group with the cluster's name in a tag, %s, that a record calls the old group", (_what, desired) => {
  it.each(['create-group', 'scale-out', 'leave'])('is not touched: after %s', async (kind) => {
    const engine = await attack(kind, desired);
    const before = findVictim(engine);
    for (const group of [undefined, engine.names.group]) {
      for (const order of ORDERS) {
        const code = expect.stringMatching(/^(cluster-ambiguous|record-foreign)$/);
        await expect(startRun(engine, { ...order, group })).rejects.toMatchObject({ code, kind: 'refused' });
      }
      const query = { cluster: 'consul', group, limits };
      await expect(readStatus(engine, query)).rejects.toMatchObject({ kind: 'refused' });
    }
    expect(findVictim(engine)).toEqual(before);
    expect(listWrites(engine)).toEqual([]);
  });
});

describe("another team's group that a roll of theirs holds, with the cluster's name in a tag", () => {
  it.each(['scale-out', 'leave'])(
    'is not the old group either while its servers are in their cluster: after %s',
    async (kind) => {
      const engine = await attack(kind, 3);
      await engine.cloud.suspendProcesses(VICTIM, SELF_ACTING_PROCESSES);
      const hosts = engine.account.instances.flatMap(({ group, address }) => (group === VICTIM && address) || []);
      const { readClaims } = engine.consul;
      const peers = hosts.map((host) => `${host}:8300`);
      engine.consul.readClaims = async (host) =>
        hosts.includes(host) ? { leader: peers[0] ?? '', peers } : readClaims.call(engine.consul, host);
      engine.calls.length = 0;
      for (const group of [undefined, engine.names.group])
        for (const order of ORDERS)
          await expect(startRun(engine, { ...order, group })).rejects.toMatchObject({ kind: 'refused' });
      expect(listWrites(engine)).toEqual([]);
    },
  );
});

/** A roll that is over, and another team's group in use, whose servers run no Consul that answers or one of their own. */
async function attackAfterwards(victim: { name: string; desired: number; tags: Readonly<Record<string, string>> }) {
  const engine = createFakeEngine(3);
  engine.addGroup(victim.name, { desired: victim.desired });
  await runRoll(engine, { order: { group: engine.names.group } });
  await engine.clock.sleep(3_600_000);
  if (Object.keys(victim.tags).length > 0) await engine.cloud.tag(victim.name, victim.tags);
  const hosts = engine.account.instances.flatMap(({ group, address }) => (group === victim.name && address) || []);
  const claims = victim.desired === 1 ? { leader: `${hosts[0]}:8300`, peers: [`${hosts[0]}:8300`] } : undefined;
  const { readClaims, readAgent } = engine.consul;
  engine.consul.readClaims = async (host) => (hosts.includes(host) ? claims : readClaims.call(engine.consul, host));
  engine.consul.readAgent = async (host, key) =>
    hosts.includes(host) ? { kind: 'down', why: 'silent', detail: '' } : readAgent.call(engine.consul, host, key);
  const base = buildIntent(buildObservation({ old: 3 }), { rollId: CREATED.slice(-4), oldGroup: victim.name });
  const nextLaunchSource = { kind: 'launch-configuration', name: CREATED } as const;
  const previousLaunchSource = { kind: 'launch-configuration', name: engine.names.launchConfiguration } as const;
  const intent: Intent = { ...base, imageId: NEW_IMAGE, newGroup: CREATED, nextLaunchSource, previousLaunchSource };
  await engine.servers.put(
    buildRecordKey('consul'),
    formatRecord({ intent: { ...intent, nonce: NONCE }, side: 'old' }),
  );
  await engine.servers.put(buildSentinelKey('consul'), NONCE);
  engine.rollId = '8e4b';
  return engine;
}

describe("another team's group with servers, when a roll is over, and a record from nothing calls it the old group", () => {
  it.each<[string, Parameters<typeof attackAfterwards>[0], readonly string[]]>([
    ['by its name alone', { name: 'consul', desired: 3, tags: {} }, []],
    ['by a tag, suspended for maintenance', { name: VICTIM, desired: 3, tags: NAMED }, ALL_PROCESSES],
    ['by a tag, its own processes suspended', { name: VICTIM, desired: 3, tags: NAMED }, SELF_ACTING_PROCESSES],
    ['by a tag, with a Consul of one server', { name: VICTIM, desired: 1, tags: NAMED }, SELF_ACTING_PROCESSES],
  ])('is not touched: %s', async (_what, victim, suspended) => {
    const engine = await attackAfterwards(victim);
    if (suspended.length > 0) await engine.cloud.suspendProcesses(victim.name, suspended);
    const before = engine.account.groups.find(({ name }) => name === victim.name);
    engine.calls.length = 0;
    for (const order of ORDERS)
      await expect(startRun(engine, { ...order, group: CREATED })).rejects.toMatchObject({ code: 'record-foreign' });
    expect(engine.account.groups.find(({ name }) => name === victim.name)).toEqual(before);
    expect(listWrites(engine)).toEqual([]);
  });
});

describe('a record that names a group as AWS allows none', () => {
  it.each([
    ['empty', ''],
    ['too long', 'a'.repeat(256)],
    ['not printable', 'a\u0000b'],
  ])('is damaged, and told with the key to remove: %s', async (_what, oldGroup) => {
    const engine = createFakeEngine(3);
    const intent = { ...buildIntent(buildObservation({ old: 3 })), oldGroup };
    await engine.servers.put(buildRecordKey('consul'), formatRecord({ intent, side: 'old' }));
    const status = readStatus(engine, { cluster: 'consul', group: undefined, limits });
    await expect(status).rejects.toMatchObject({ code: 'record-damaged' });
    await engine.servers.put(buildRecordKey('consul'), '');
    await engine.cloud.tag(engine.names.group, buildRecordTags(intent, 'old'));
    const tagged = readStatus(engine, { cluster: 'consul', group: undefined, limits });
    await expect(tagged).rejects.toMatchObject({ code: expect.stringMatching(/^record-/), kind: expect.any(String) });
  });
});

describe('a group that a record calls the old one, by a tag alone', () => {
  // failure-mode: record-foreign
  it('is told with the command that proves it, which a right to write tags does not give', async () => {
    const engine = await attack('scale-out', 0);
    const error = await planRoll(engine, buildOrder({ kind: 'resume', group: engine.names.group })).catch((one) => one);
    expect(error.code).toBe('record-foreign');
    expect(error.next).toContain(
      `if ${VICTIM} is a group of this cluster: aws autoscaling suspend-processes --auto-scaling-group-name ${VICTIM} --scaling-processes ${SELF_ACTING_PROCESSES.join(' ')}; otherwise `,
    );
  });
});

describe('the old group of a roll', () => {
  it('is known by its suspended processes once its servers have left, and is proved by them again', async () => {
    const engine = createFakeEngine(3);
    let left = 0;
    await runRoll(engine, {
      onEvent: (event) => {
        left += Number(event.kind === 'step-done' && event.step.action.kind === 'terminate');
      },
      pauseRequested: () => left >= 3,
    });
    await engine.clock.sleep(3_600_000);
    const { group } = engine.names;
    await engine.cloud.resumeProcesses(group, SELF_ACTING_PROCESSES);
    const error = await planRoll(engine, buildOrder({ kind: 'resume' })).catch((thrown) => thrown);
    expect(error).toMatchObject({ code: 'record-foreign', next: expect.stringContaining('suspend-processes') });
    await engine.cloud.suspendProcesses(group, SELF_ACTING_PROCESSES);
    const { result } = await runRoll(engine, { order: { kind: 'resume' } });
    expect(result.outcome).toBe('rolled');
  });
});
