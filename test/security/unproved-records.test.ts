import { describe, expect, it } from 'vitest';
import { planRoll } from '../../src/lib/engine/plan/plan.js';
import { startRun } from '../../src/lib/engine/run/start.js';
import { readStatus } from '../../src/lib/engine/status.js';
import { buildRecordKey } from '../../src/lib/model/intent.js';
import { PREVIOUS_LAUNCH_SOURCE_TAG } from '../../src/lib/model/tags.js';
import { buildOrder, createFakeEngine, type FakeEngine, listWrites, runRoll } from '../helpers/fake-engine.js';
import { limits } from '../helpers/intents.js';
import { OLD_IMAGE } from '../helpers/servers.js';

/**
 * What an attacker can do who may write the keys of a roll, or the tags of its groups: choose what a rollback sets the group
 * of the cluster to.
 */

const VICTIM = 'payments';
const rollback = buildOrder({ kind: 'rollback' });
type Change = Parameters<typeof createFakeEngine>[1];

/** A roll in place that was stopped when so many of its servers were terminated; none: once the first new one was launched. */
async function stopInPlace(terminated: number, change: Change = {}): Promise<FakeEngine> {
  const engine = createFakeEngine(3, change);
  let steps: readonly string[] = [];
  const { result } = await runRoll(engine, {
    order: { strategy: 'in-place' },
    onEvent: (event) => {
      if (event.kind === 'step-done') steps = [...steps, event.step.action.kind];
    },
    pauseRequested: () =>
      steps.includes('scale-out') && steps.filter((kind) => kind === 'terminate').length >= terminated,
  });
  expect(result.outcome).toBe('interrupted');
  engine.calls.length = 0;
  return engine;
}

/** Writes other fields into the record in the store. */
async function forge(engine: FakeEngine, fields: Readonly<Record<string, string>>): Promise<void> {
  const key = buildRecordKey('consul');
  await engine.servers.put(key, JSON.stringify({ ...JSON.parse(engine.servers.get(key)?.value ?? ''), ...fields }));
}

const untag = (engine: FakeEngine) => engine.cloud.untag(engine.names.group, [PREVIOUS_LAUNCH_SOURCE_TAG]);

describe('a record that names what another group launches from', () => {
  const template = `launch-template/lt-0bad/1/latest/1/group/${VICTIM}`;

  // failure-mode: record-unproved
  it.each([
    ['a launch configuration', {}, { 'old-template': VICTIM }],
    ['a launch template', {}, { 'old-template': template }],
    [
      'a launch template, and a version of it',
      {},
      { 'old-template': template, 'new-template': 'launch-template-version/lt-0bad' },
    ],
    [
      'another launch template, and a version of it',
      { launches: { version: '$Latest', mixed: false } } as const,
      { 'old-template': template, 'new-template': 'launch-template-version/lt-0bad' },
    ],
  ])('is refused by every command: %s', async (_name, change, fields) => {
    const engine = await stopInPlace(0, change);
    await forge(engine, fields);
    engine.calls.length = 0;
    const error = {
      kind: 'stopped',
      next: expect.stringContaining(
        `consul kv delete consul-roll/consul/record; then consul-roll status --cluster consul`,
      ),
    };
    for (const order of [rollback, buildOrder({ kind: 'resume' }), buildOrder()])
      await expect(startRun(engine, order)).rejects.toMatchObject(error);
    await expect(readStatus(engine, { cluster: 'consul', group: undefined, limits })).rejects.toMatchObject(error);
    expect(listWrites(engine)).toEqual([]);
  });

  it('is refused too where a roll in a new group is to be rolled back', async () => {
    const engine = createFakeEngine(3);
    let isCreated = false;
    await runRoll(engine, {
      onEvent: (event) => {
        isCreated ||= event.kind === 'step-done' && event.step.action.kind === 'scale-out';
      },
      pauseRequested: () => isCreated,
    });
    await forge(engine, { 'old-template': template });
    engine.calls.length = 0;
    await expect(startRun(engine, rollback)).rejects.toMatchObject({ code: 'record-unproved' });
    expect(listWrites(engine)).toEqual([]);
  });

  it('is replaced by that of the tags, as the message says', async () => {
    const engine = await stopInPlace(0);
    await forge(engine, { 'old-template': VICTIM });
    await engine.consul.deleteKey(engine.servers.leader, buildRecordKey('consul'));
    const rollId = '7f3a';
    await expect(readStatus(engine, { cluster: 'consul', group: undefined, limits })).rejects.toMatchObject({
      next: expect.stringContaining(`consul-roll resume --cluster consul --roll ${rollId}`),
    });
    const { result } = await runRoll(engine, { order: { kind: 'rollback', rollId } });
    expect(result.outcome).toBe('rolled-back');
    expect(engine.account.instances.map(({ imageId }) => imageId)).toEqual(Array(3).fill(OLD_IMAGE));
  });
});

describe('a record that tags do not confirm', () => {
  it.each([
    ['are gone', undefined],
    ['name another launch configuration', VICTIM],
  ])('is believed while a server says the same: the tags %s', async (_name, value) => {
    const engine = await stopInPlace(1);
    if (value === undefined) await untag(engine);
    else await engine.cloud.tag(engine.names.group, { [PREVIOUS_LAUNCH_SOURCE_TAG]: value });
    const { result } = await runRoll(engine, { order: { kind: 'rollback' } });
    expect(result.outcome).toBe('rolled-back');
    expect(engine.account.instances.map(({ imageId }) => imageId)).toEqual(Array(3).fill(OLD_IMAGE));
  });

  // failure-mode: record-unproved
  it('is not once no server is left that was launched from it, until the operator tags the group', async () => {
    const engine = await stopInPlace(3);
    // The last one is still being terminated.
    await engine.clock.sleep(60_000);
    await untag(engine);
    const error = await planRoll(engine, rollback).catch((thrown) => thrown);
    expect(error).toMatchObject({
      code: 'record-unproved',
      state: expect.stringContaining('Roll 7f3a is in progress'),
    });
    const [, tags = ''] = /create-or-update-tags --tags '([^']+)'/.exec(error.next) ?? [];
    const [{ ResourceId, Key, Value }] = JSON.parse(tags);
    expect([ResourceId, Value]).toEqual([engine.names.group, engine.names.launchConfiguration]);
    await engine.cloud.tag(ResourceId, { [Key]: Value });
    const { result } = await runRoll(engine, { order: { kind: 'rollback' } });
    expect(result.outcome).toBe('rolled-back');
  });
});
