import { describe, expect, it } from 'vitest';
import { planRoll } from '../../src/lib/engine/plan/plan.js';
import { startRun } from '../../src/lib/engine/run/start.js';
import { readStatus } from '../../src/lib/engine/status.js';
import { buildLockKey, buildRecordKey, buildSentinelKey, type Intent } from '../../src/lib/model/intent.js';
import { buildRecordTags, CLUSTER_TAG } from '../../src/lib/model/tags.js';
import { buildOrder, createFakeEngine, type FakeEngine, listWrites, runRoll } from '../helpers/fake-engine.js';
import { buildIntent, limits } from '../helpers/intents.js';
import { buildObservation } from '../helpers/observations.js';
import { NEW_IMAGE } from '../helpers/servers.js';

/** What an attacker can do who has `autoscaling:CreateOrUpdateTags` and `autoscaling:DeleteTags`, and nothing else. */

const ATTACKER_IMAGE = 'ami-0000bad00';
const VICTIM = 'payments';

function forge(engine: FakeEngine, change: Partial<Intent> = {}): Intent {
  const intent = buildIntent(buildObservation({ old: 3 }), { oldGroup: engine.names.group, imageId: ATTACKER_IMAGE });
  return { ...intent, ...change };
}

const resume = buildOrder({ kind: 'resume' });
const rollback = buildOrder({ kind: 'rollback' });

/** The tags of a forged record on the cluster's own group. */
async function forgeOwn(change: Partial<Intent> = {}): Promise<FakeEngine> {
  const engine = createFakeEngine(3);
  await engine.cloud.tag(engine.names.group, buildRecordTags(forge(engine, change), 'old'));
  engine.calls.length = 0;
  return engine;
}

/** Another team's group, that an attacker has tagged as if a roll of the cluster replaced it. */
async function forgeOther(change: Partial<Intent> = {}): Promise<FakeEngine> {
  const engine = createFakeEngine(3);
  const intent = forge(engine, { oldGroup: VICTIM, newGroup: VICTIM, ...change });
  engine.addGroup(VICTIM, { desired: 3, tags: { [CLUSTER_TAG]: 'consul', ...buildRecordTags(intent, 'old') } });
  await engine.clock.sleep(120_000);
  engine.calls.length = 0;
  return engine;
}

const REMOVE = (group: string) =>
  `aws autoscaling delete-tags --tags 'ResourceId=${group},ResourceType=auto-scaling-group,Key=consul-roll:roll'`;

describe('a record that only tags tell of', () => {
  // failure-mode: record-unconfirmed
  it.each([
    ['resume', resume],
    ['rollback', rollback],
    ['upgrade', buildOrder()],
    ['upgrade onto its image', buildOrder({ imageId: ATTACKER_IMAGE })],
  ])('changes nothing by %s, and names the tag to remove', async (_name, order) => {
    const engine = await forgeOwn();
    await expect(planRoll(engine, order)).rejects.toMatchObject({
      code: 'record-unconfirmed',
      kind: 'refused',
      message: expect.stringContaining(`roll 7f3a onto ${ATTACKER_IMAGE}`),
      next: expect.stringContaining(REMOVE(engine.names.group)),
    });
    expect(listWrites(engine)).toEqual([]);
  });

  it('is not shown by status as a roll', async () => {
    const engine = await forgeOwn();
    const query = { cluster: 'consul', group: undefined, limits };
    await expect(readStatus(engine, query)).rejects.toMatchObject({ code: 'record-unconfirmed' });
  });

  it('is checked like a new roll where the operator names it: its image, then a snapshot', async () => {
    const named = { kind: 'resume', rollId: '7f3a' } as const;
    const unknown = await forgeOwn();
    await expect(startRun(unknown, buildOrder(named))).rejects.toMatchObject({ code: 'image-unfit', kind: 'stopped' });
    const known = await forgeOwn({ imageId: NEW_IMAGE });
    const { steps } = await planRoll(known, buildOrder(named));
    expect(steps.slice(0, 2).map(({ action }) => action.kind)).toEqual(['save-snapshot', 'write-record']);
    expect(listWrites(unknown)).toEqual([]);
  });

  it('is not taken from an earlier build if it is damaged', async () => {
    const engine = await forgeOwn();
    await engine.cloud.tag(engine.names.group, { 'consul-roll:size': '' });
    const { next } = await startRun(engine, buildOrder({ kind: 'resume', rollId: '7f3a' })).catch((error) => error);
    expect(next).toMatch(/^if you do not know this roll, remove the tag: aws .*consul-roll:roll'$/);
  });
});

describe("another team's group with the cluster's name in a tag", () => {
  it.each([
    [CLUSTER_TAG, 'consul-roll:cluster'],
    ['Name', 'Name'],
  ])('is told from the own one by the tag %s, which the error names', async (key, shown) => {
    const engine = createFakeEngine(3);
    engine.addGroup(VICTIM, { desired: 1, tags: { [key]: 'consul' } });
    await engine.clock.sleep(60_000);
    await expect(planRoll(engine, buildOrder())).rejects.toMatchObject({
      code: 'cluster-ambiguous',
      message: expect.stringContaining(`${engine.names.group} (tag Name=consul), ${VICTIM} (tag ${shown}=consul)`),
      next: 'select one with --group, or remove the tag from a group that is not of this cluster',
    });
  });
});

describe("a roll whose tags are removed from both groups, beside another team's group with the cluster's name", () => {
  it('is finished by its record, with the group that has the servers', async () => {
    const engine = createFakeEngine(3);
    let isEmptied = false;
    const paused = await runRoll(engine, {
      onEvent: (event) => {
        isEmptied ||= event.kind === 'step-done' && event.step.action.kind === 'attach-load-balancers';
      },
      pauseRequested: () => isEmptied,
    });
    expect(paused.result.outcome).toBe('interrupted');
    const [emptied, created] = [engine.names.group, 'consul-roll-7f3a'];
    for (const name of [emptied, created]) {
      await engine.cloud.untag(name, Object.keys(buildRecordTags(forge(engine), 'old')));
    }
    engine.addGroup(VICTIM, { desired: 3, tags: { [CLUSTER_TAG]: 'consul' } });
    await engine.clock.sleep(120_000);
    await expect(startRun(engine, buildOrder({ group: emptied }))).rejects.toMatchObject({ code: 'cluster-silent' });
    const { result } = await runRoll(engine, { order: { group: created } });
    expect(result.outcome).toBe('rolled');
  });
});

describe("a record on another team's group", () => {
  it.each([
    ['status', (engine: FakeEngine) => readStatus(engine, { cluster: 'consul', group: undefined, limits })],
    ['resume', (engine: FakeEngine) => planRoll(engine, resume)],
    ['rollback', (engine: FakeEngine) => planRoll(engine, rollback)],
    ['rollback, named', (engine: FakeEngine) => planRoll(engine, buildOrder({ kind: 'rollback', rollId: '7f3a' }))],
  ])('does not lead %s to it', async (_name, run) => {
    const engine = await forgeOther();
    await expect(run(engine)).rejects.toMatchObject({ code: 'cluster-ambiguous', kind: 'refused' });
    expect(listWrites(engine)).toEqual([]);
  });

  it('is not believed for a sentinel key, which the attacker has written too', async () => {
    const engine = await forgeOther({ direction: 'rollback' });
    await engine.servers.put(buildSentinelKey('consul'), '7f3a');
    engine.calls.length = 0;
    await expect(startRun(engine, rollback)).rejects.toMatchObject({ code: 'cluster-ambiguous' });
    expect(listWrites(engine)).toEqual([]);
  });

  it('is to be removed only once the store has been read', async () => {
    const engine = await forgeOwn();
    await engine.cloud.tag(engine.names.group, { 'consul-roll:size': '' });
    for (const { address } of engine.servers.peers) engine.servers.crash(address);
    await engine.clock.sleep(60_000);
    const thrown = await planRoll(engine, resume).catch((error) => error);
    expect(thrown).toMatchObject({ code: 'record-unconfirmed', kind: 'refused' });
    expect(thrown.next).toBe(
      "restore the cluster's leader, or select the group of the cluster with --group; then again: consul-roll status --cluster consul",
    );
  });

  // failure-mode: founder-unconfirmed
  it('names the server that took the cluster over, where the store cannot be read for it', async () => {
    const engine = await forgeOwn();
    await engine.cloud.tag(engine.names.group, { 'consul-roll:size': '' });
    const { readClaims } = engine.consul;
    engine.consul.readClaims = async (host) => {
      const told = await readClaims.call(engine.consul, host);
      return told && { ...told, leader: '10.9.9.9:8300' };
    };
    await expect(planRoll(engine, resume)).rejects.toMatchObject({
      code: 'record-unconfirmed',
      message: expect.stringMatching(/they follow 10\.9\.9\.9, which is not in their Raft configuration\.$/),
      next: expect.stringMatching(/^find out what 10\.9\.9\.9 is\. If a roll launched it, .*: terminate it, /),
    });
  });

  it('does not move the lock to another key', async () => {
    const engine = await forgeOwn({ cluster: 'elsewhere', imageId: NEW_IMAGE });
    for (const rollId of [undefined, '7f3a']) {
      await expect(startRun(engine, buildOrder({ kind: 'resume', rollId }))).rejects.toMatchObject({
        code: 'record-unconfirmed',
      });
    }
    expect(engine.servers.get(buildLockKey('elsewhere'))).toBeUndefined();
  });
});

/** Ends a roll that does not end: a virtual clock has no time limit. */
function limitEvents(): () => void {
  let left = 3_000;
  return () => {
    left -= 1;
    if (left < 0) throw new Error('the roll does not end');
  };
}

/** A roll that was stopped after so many steps. */
async function stopAfter(steps: number): Promise<FakeEngine> {
  const engine = createFakeEngine(3);
  let done = 0;
  const onEvent = ({ kind }: { readonly kind: string }) => {
    done += Number(kind === 'step-done');
  };
  await runRoll(engine, { onEvent, pauseRequested: () => done >= steps });
  return engine;
}

const TAMPERED: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
  ['image', { 'consul-roll:image': ATTACKER_IMAGE }],
  ['roll', { 'consul-roll:roll': 'beef' }],
  ['cluster', { 'consul-roll:of': 'elsewhere' }],
  ['new group', { 'consul-roll:new-group': VICTIM }],
  ['old group', { 'consul-roll:old-group': VICTIM }],
  ['direction', { 'consul-roll:direction': 'back' }],
  ['side', { 'consul-roll:side': 'new' }],
  ['size', { 'consul-roll:size': '0' }],
  ['sizes before', { 'consul-roll:was-sizes': '0 0 0' }],
  ['suspended processes', { 'consul-roll:was-suspended': 'ReplaceUnhealthy Terminate' }],
  ['protection', { 'consul-roll:was-protected': 'on' }],
  ['launch source before', { 'consul-roll:old-template': 'payments' }],
  ['security', { 'consul-roll:allow-weaker-security': 'true' }],
  ['canary', { 'consul-roll:skip-canary': 'true' }],
];

describe('a roll in progress whose tags are altered', () => {
  // failure-mode: record-removed
  it.each(TAMPERED)('is resumed as the store has it: %s', async (_field, tags) => {
    const engine = await stopAfter(13);
    for (const { name } of engine.account.groups) await engine.cloud.tag(name, tags);
    const { result } = await runRoll(engine, { order: { kind: 'resume' }, onEvent: limitEvents() });
    expect(result.outcome).toBe('rolled');
    const [group, ...others] = engine.account.groups;
    expect(others).toEqual([]);
    expect(group).toMatchObject({
      minSize: 3,
      maxSize: 5,
      desired: 3,
      suspendedProcesses: [],
      protectsNewServers: false,
    });
    expect(engine.account.instances.map(({ imageId }) => imageId)).toEqual(Array(3).fill(NEW_IMAGE));
    expect(Object.keys(group?.tags ?? {}).filter((key) => key.startsWith('consul-roll:'))).toEqual([CLUSTER_TAG]);
    expect(engine.servers.keys).toEqual([]);
  });

  it.each(TAMPERED)('continues as it began, also in place: %s', async (_field, tags) => {
    const engine = createFakeEngine(3);
    let done = 0;
    const count = limitEvents();
    const { result } = await runRoll(engine, {
      order: { strategy: 'in-place' },
      onEvent: ({ kind }) => {
        count();
        done += Number(kind === 'step-done');
        if (kind !== 'step-done' || done % 5 !== 0) return;
        for (const { name, tags: own } of engine.account.groups)
          if ('consul-roll:roll' in own) void engine.cloud.tag(name, tags);
      },
    });
    expect(result.outcome).toBe('rolled');
    expect(engine.account.groups).toMatchObject([{ minSize: 3, maxSize: 5, desired: 3, suspendedProcesses: [] }]);
    expect(engine.servers.keys).toEqual([]);
  });

  it.each([6, 13, 20, 26, 30, 33])('is found without any tag, after %d steps', async (steps) => {
    const engine = await stopAfter(steps);
    for (const { name, tags } of engine.account.groups) {
      const own = Object.keys(tags).filter((key) => key.startsWith('consul-roll:') && key !== CLUSTER_TAG);
      if (own.length > 0) await engine.cloud.untag(name, own);
    }
    const { result } = await runRoll(engine, { order: { kind: 'resume' }, onEvent: limitEvents() });
    expect(result.outcome).toBe('rolled');
    expect(engine.account.groups).toMatchObject([{ desired: 3, suspendedProcesses: [] }]);
    expect(engine.servers.keys).toEqual([]);
  });

  it('is rolled back without tags where nothing is to be restored', async () => {
    const engine = await stopAfter(3);
    for (const { name, tags } of engine.account.groups)
      await engine.cloud.untag(
        name,
        Object.keys(tags).filter((key) => key.startsWith('consul-roll:')),
      );
    engine.calls.length = 0;
    const { result } = await runRoll(engine, { order: { kind: 'rollback' }, onEvent: limitEvents() });
    expect(result.outcome).toBe('rolled-back');
    expect(engine.calls.filter((call) => call.startsWith('tag '))).toEqual([]);
    expect(engine.servers.keys).toEqual([]);
  });

  it('keeps its names while it runs, whatever someone writes into the record in the store', async () => {
    const engine = createFakeEngine(3);
    const key = buildRecordKey('consul');
    const forged = { of: 'elsewhere', image: ATTACKER_IMAGE, 'new-template': VICTIM, 'new-group': VICTIM, size: '9' };
    const count = limitEvents();
    let isForged = false;
    const { result } = await runRoll(engine, {
      onEvent: (event) => {
        count();
        const value = engine.servers.get(key)?.value;
        if (isForged || event.kind !== 'step-done' || event.step.action.kind !== 'write-intent' || !value) return;
        isForged = true;
        engine.servers.put(key, JSON.stringify({ ...JSON.parse(value), ...forged }));
      },
    });
    expect(isForged).toBe(true);
    expect(result.outcome).toBe('rolled');
    expect(engine.calls.filter((call) => call.includes(VICTIM) || call.includes('elsewhere'))).toEqual([]);
    expect(engine.account.instances.map(({ imageId }) => imageId)).toEqual(Array(3).fill(NEW_IMAGE));
  });

  // failure-mode: record-rewritten
  it('writes its record again where it is removed from the store while it runs', async () => {
    const engine = createFakeEngine(3);
    let isRemoved = false;
    const count = limitEvents();
    const { result } = await runRoll(engine, {
      onEvent: (event) => {
        count();
        if (event.kind !== 'step-done' || event.step.action.kind !== 'scale-out' || isRemoved) return;
        isRemoved = true;
        void engine.consul.deleteKey(engine.servers.leader, buildRecordKey('consul'));
      },
    });
    expect(result.outcome).toBe('rolled');
    expect(engine.calls.filter((call) => call.includes('writeKey') && call.includes('/record'))).toHaveLength(2);
    expect(engine.servers.keys).toEqual([]);
  });
});
