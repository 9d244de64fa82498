import { describe, expect, it } from 'vitest';
import { requestPause } from '../../src/lib/engine/pause.js';
import { readStatus } from '../../src/lib/engine/status.js';
import { buildRecordKey } from '../../src/lib/model/intent.js';
import { buildRecordTags, CLUSTER_TAG, LAUNCH_TEMPLATE_NAME_TAG, PAUSE_TAG } from '../../src/lib/model/tags.js';
import { buildPolicy, UNBOUNDED } from '../../src/lib/permissions/iam-policy.js';
import { authorize } from '../../src/sandbox/aws/iam/authorize.js';
import { policySchema } from '../../src/sandbox/aws/iam/policy.js';
import { createFakeEngine, type FakeEngine, NONCE, type OrderChange, runRoll } from '../helpers/fake-engine.js';
import { buildIntent, limits } from '../helpers/intents.js';
import { buildObservation } from '../helpers/observations.js';
import { NEW_IMAGE, OLD_IMAGE } from '../helpers/servers.js';

/**
 * An attacker who holds what `iam-policy --for pause` prints, and nothing else: no token, no way to the servers. Whatever the
 * policy allows is done on every group of the account, at every stage of a roll.
 */

const VICTIM = 'payments';
const ATTACKER_IMAGE = 'ami-0000bad00';

function createAccount(): FakeEngine {
  const engine = createFakeEngine(3);
  // As long as the ids of real rolls: the policy goes by names of this form.
  engine.rollId = '7f3a21';
  engine.addGroup(VICTIM, { tags: { Name: 'payments' } });
  return engine;
}

const FORGED = buildRecordTags(
  buildIntent(buildObservation({ old: 3 }), { imageId: ATTACKER_IMAGE, direction: 'rollback' }),
  'old',
);
const KEYS = [
  PAUSE_TAG,
  'Consul-Roll:pause',
  'consul-roll:pause ',
  'consul-roll:*',
  CLUSTER_TAG,
  LAUNCH_TEMPLATE_NAME_TAG,
  'Name',
  'aws:autoscaling:groupName',
  ...Object.keys(FORGED),
];
const VALUES = [
  '',
  'consul',
  'done',
  'resume',
  'rollback',
  '7f3a21',
  ATTACKER_IMAGE,
  JSON.stringify(FORGED),
  '\u001b[2J\u009b31m\n::set-output name=exit::0',
  '\u202e$(reboot)`reboot`',
  '</script><script>alert(1)</script>',
  '"'.repeat(256),
];

interface Tag {
  readonly group: string;
  readonly key: string;
  readonly value: string;
}

/** The calls of an attacker, as far as the printed policy allows them. */
function createAttacker(engine: FakeEngine) {
  const bounds = { ...UNBOUNDED, cluster: 'consul', group: engine.names.group };
  const { document } = buildPolicy(['pause'], bounds);
  const policy = policySchema.parse(JSON.parse(JSON.stringify(document)));
  const call = (action: 'CreateOrUpdateTags' | 'DeleteTags', tags: readonly Tag[]): boolean => {
    const Tags = tags.map(({ group, key, value }) => {
      return { ResourceId: group, ResourceType: 'auto-scaling-group', Key: key, Value: value, PropagateAtLaunch: true };
    });
    try {
      authorize(engine.world.inside, policy, 'autoscaling', action, { Tags });
    } catch {
      return false;
    }
    engine.world.call('autoscaling', action, { Tags });
    return true;
  };
  const listGroups = () => engine.account.groups.map(({ name }) => name);
  return {
    policy,
    /** Tries every key with this value, alone and beside a pause, on every group; the tags that were set. */
    tagAll: (value: string): readonly Tag[] => {
      const all = listGroups().flatMap((group) => KEYS.map((key) => ({ group, key, value })));
      const beside = (tag: Tag) => [{ ...tag, key: PAUSE_TAG }, tag];
      const isRecord = ({ key }: Tag) => key !== PAUSE_TAG;
      for (const tag of all.filter(isRecord))
        expect([tag, call('CreateOrUpdateTags', beside(tag))]).toEqual([tag, false]);
      expect(
        call(
          'CreateOrUpdateTags',
          listGroups().flatMap((group) => forgeOn(group)),
        ),
      ).toBe(false);
      return all.filter((tag) => call('CreateOrUpdateTags', [tag]));
    },
    /** Tries to remove every tag there is. */
    removeAll: (): readonly Tag[] =>
      engine.account.groups
        .flatMap(({ name, tags }) => Object.entries(tags).map(([key, value]) => ({ group: name, key, value })))
        .filter((tag) => call('DeleteTags', [tag])),
    pause: (value: string) =>
      listGroups().map((group) => call('CreateOrUpdateTags', [{ group, key: PAUSE_TAG, value }])),
  };
}

function forgeOn(group: string): readonly Tag[] {
  return Object.entries(FORGED).map(([key, value]) => ({ group, key, value }));
}

/** Runs a roll in which the attacker acts after so many steps; a roll that does not end fails. */
async function runAttacked(engine: FakeEngine, order: OrderChange, attackAt: number, attack: () => void) {
  let left = 3_000;
  let steps = 0;
  return (
    await runRoll(engine, {
      order,
      onEvent: ({ kind }) => {
        left -= 1;
        if (left < 0) throw new Error('the roll does not end');
        if (kind !== 'step-done') return;
        steps += 1;
        if (steps === attackAt) attack();
      },
    })
  ).result;
}

const recordOf = (engine: FakeEngine) => engine.servers.get(buildRecordKey('consul'))?.value;

/** The cluster is whole on one image, its own group is as before, and nothing of others was touched. */
function expectWhole(engine: FakeEngine, imageId: string): void {
  const { groups, instances } = engine.account;
  expect(instances.map((one) => one.imageId)).toEqual(Array(3).fill(imageId));
  expect(engine.servers.peers.filter(({ voter, up }) => voter && up)).toHaveLength(3);
  expect(groups).toHaveLength(2);
  const [own] = groups.filter(({ name }) => name !== VICTIM);
  expect(own).toMatchObject({ minSize: 3, maxSize: 5, desired: 3, suspendedProcesses: [], protectsNewServers: false });
  const ours = Object.keys(own?.tags ?? {}).filter((key) => key.startsWith('consul-roll:'));
  expect(ours.filter((key) => key !== CLUSTER_TAG)).toEqual([]);
  expect(groups.find(({ name }) => name === VICTIM)).toMatchObject({ desired: 0, tags: { Name: 'payments' } });
  expect(engine.servers.keys).toEqual([]);
}

describe('an attacker with the policy printed for pause', () => {
  it('reads, and sets the one tag of a pause; the nonce of a roll is in nothing that it reads', async () => {
    const engine = createAccount();
    const attacker = createAttacker(engine);
    const actions = attacker.policy.Statement.flatMap(({ Action }) => Action);
    expect(actions.filter((action) => !/:Describe/.test(action))).toEqual(['autoscaling:CreateOrUpdateTags']);
    await runAttacked(engine, {}, 13, () => {
      const names = engine.account.groups.map(({ name }) => name).filter((name) => name !== VICTIM);
      expect(names).toHaveLength(2);
      const set = attacker.tagAll('x');
      expect(set.map(({ group, key }) => [group, key])).toEqual(names.map((group) => [group, PAUSE_TAG]));
      expect(attacker.removeAll()).toEqual([]);
      expect(JSON.stringify(engine.account)).not.toContain(NONCE);
    });
    expect(recordOf(engine)).toContain(NONCE);
  });

  it.each(VALUES)('steers nothing by a pause that is there before a roll: %j', async (value) => {
    const engine = createAccount();
    createAttacker(engine).tagAll(value);
    engine.calls.length = 0;
    const query = { cluster: 'consul', group: undefined, limits };
    expect((await readStatus(engine, query)).intent).toBeUndefined();
    for (const kind of ['resume', 'rollback'] as const) {
      await expect(runRoll(engine, { order: { kind } })).rejects.toMatchObject({ code: 'no-roll' });
    }
    await expect(requestPause(engine, query)).rejects.toMatchObject({ code: 'no-roll' });
    const result = await runAttacked(engine, {}, 0, () => undefined);
    expect(result.outcome).toBe('rolled');
    expectWhole(engine, NEW_IMAGE);
  });

  it.each([
    ['resume', 3, 'rolled', NEW_IMAGE],
    ['resume', 9, 'rolled', NEW_IMAGE],
    ['resume', 16, 'rolled', NEW_IMAGE],
    ['resume', 22, 'rolled', NEW_IMAGE],
    ['resume', 27, 'rolled', NEW_IMAGE],
    ['rollback', 3, 'rolled-back', OLD_IMAGE],
    ['rollback', 9, 'rolled-back', OLD_IMAGE],
    ['rollback', 16, 'rolled-back', OLD_IMAGE],
  ] as const)(
    'pauses a roll, which %s ends as the operator means it: after %d steps',
    async (kind, steps, outcome, image) => {
      for (const value of VALUES) {
        const engine = createAccount();
        const attacker = createAttacker(engine);
        let before: string | undefined;
        const paused = await runAttacked(engine, {}, steps, () => {
          before = recordOf(engine);
          attacker.tagAll(value);
          attacker.removeAll();
        });
        expect([value, paused.outcome]).toEqual([value, 'interrupted']);
        expect(before).toBeDefined();
        expect(recordOf(engine)).toBe(before);
        const { intent } = await readStatus(engine, { cluster: 'consul', group: undefined, limits });
        expect(intent).toMatchObject({ rollId: '7f3a21', imageId: NEW_IMAGE, direction: 'forward' });
        // The attacker writes the same again and again: a run is paused by what it has not seen at its start only.
        const ended = await runAttacked(engine, { kind }, 2, () => attacker.pause(value));
        expect(ended.outcome).toBe(outcome);
        expectWhole(engine, image);
      }
    },
    60_000,
  );

  it('only delays a roll by pausing each run with another value', async () => {
    const engine = createAccount();
    const attacker = createAttacker(engine);
    const outcomes = new Set<string>();
    for (let run = 0; run < 60 && !outcomes.has('rolled'); run++) {
      const { outcome } = await runAttacked(engine, run === 0 ? {} : { kind: 'resume' }, 2, () =>
        attacker.pause(`${run}`),
      );
      outcomes.add(outcome);
      expect(engine.servers.peers.filter(({ voter, up }) => voter && up).length).toBeGreaterThanOrEqual(3);
    }
    expect([...outcomes]).toEqual(['interrupted', 'rolled']);
    // What was set after the last step is there for the next roll to remove.
    for (const { name } of engine.account.groups) await engine.cloud.untag(name, [PAUSE_TAG]);
    expectWhole(engine, NEW_IMAGE);
  }, 60_000);
});
