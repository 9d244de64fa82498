import { describe, expect, it } from 'vitest';
import { requestPause } from '../../src/lib/engine/pause.js';
import { planRoll } from '../../src/lib/engine/plan/plan.js';
import { readStatus } from '../../src/lib/engine/status.js';
import { RollError } from '../../src/lib/model/errors.js';
import { buildRecordTags, CLUSTER_TAG } from '../../src/lib/model/tags.js';
import { buildOrder, createFakeEngine, type FakeEngine, listWrites, runRoll } from '../helpers/fake-engine.js';
import { buildIntent, limits } from '../helpers/intents.js';
import { buildObservation } from '../helpers/observations.js';
import { NEW_IMAGE } from '../helpers/servers.js';

/**
 * What an attacker can do who may write tags, while the servers of the cluster's own group are silent: at the end of a roll
 * they have left, and the group that the roll has created is found by tags alone.
 */

const CREATED = 'consul-roll-7f3a';
const VICTIM = 'payments';
/** A group of the attacker, called as a roll of the cluster would call it. */
const LURE = 'consul-roll-7f3a21';
const ROLL_TAGS = Object.keys(buildRecordTags(buildIntent(buildObservation({ old: 3 })), 'old'));

/** A roll that was stopped after so many steps of this kind, an hour ago. */
async function stopAfter(kind: string, count: number): Promise<FakeEngine> {
  const engine = createFakeEngine(3);
  let done = 0;
  await runRoll(engine, {
    onEvent: (event) => {
      done += Number(event.kind === 'step-done' && event.step.action.kind === kind);
    },
    pauseRequested: () => done >= count,
  });
  await engine.clock.sleep(3_600_000);
  engine.rollId = '8e4b';
  return engine;
}

/** A group of the attacker, whose servers tell a cluster of their own. */
async function addLure(engine: FakeEngine, tags: Readonly<Record<string, string>>) {
  engine.addGroup(LURE, { desired: 3, tags });
  await engine.clock.sleep(60_000);
  const hosts = engine.account.instances.flatMap(({ group, address }) => (group === LURE && address) || []);
  const { readClaims, giveTokenTo } = engine.consul;
  const peers = hosts.map((host) => `${host}:8300`);
  engine.consul.readClaims = async (host) =>
    hosts.includes(host) ? { leader: peers[0] ?? '', peers } : readClaims.call(engine.consul, host);
  const told = new Set<string>();
  engine.consul.giveTokenTo = (addresses) => {
    const given = [...addresses];
    for (const address of given) told.add(address);
    giveTokenTo.call(engine.consul, given);
  };
  expect(hosts).toHaveLength(3);
  return { hosts, told };
}

function forge(engine: FakeEngine) {
  const nextLaunchSource = { kind: 'launch-configuration', name: LURE } as const;
  const names = { rollId: '7f3a21', oldGroup: engine.names.group, newGroup: LURE, nextLaunchSource };
  return { ...buildIntent(buildObservation({ old: 3 })), ...names, imageId: NEW_IMAGE };
}

const catchError = (running: Promise<unknown>): Promise<RollError> =>
  running.then(
    () => Promise.reject(new Error('it ran')),
    (thrown) => (thrown instanceof RollError ? thrown : Promise.reject(thrown)),
  );

/** The groups that the next command of an error names. */
function listNamed({ next }: RollError): readonly string[] {
  return [...next.matchAll(/--group (?:'([^']+)'|(\S+?))(?=[,;]|$)/g)].map(([, quoted, bare]) => quoted ?? bare ?? '');
}

function commandsOf(group: string | undefined): readonly ((engine: FakeEngine) => Promise<unknown>)[] {
  const query = { cluster: 'consul', group, limits };
  return [
    (engine) => readStatus(engine, query),
    (engine) => planRoll(engine, buildOrder({ group })),
    ...(['resume', 'rollback'] as const).flatMap((kind) => [
      (engine: FakeEngine) => planRoll(engine, buildOrder({ kind, group })),
      (engine: FakeEngine) => planRoll(engine, buildOrder({ kind, group, rollId: '7f3a21' })),
    ]),
    (engine) => requestPause(engine, query),
  ];
}

type Lure = (engine: FakeEngine) => Readonly<Record<string, string>>;
const LURES: readonly (readonly [string, Lure])[] = [
  ['with the name of the cluster', () => ({ [CLUSTER_TAG]: 'consul' })],
  ['with a record', (engine) => ({ [CLUSTER_TAG]: 'consul', ...buildRecordTags(forge(engine), 'new') })],
  ['as its old group', (engine) => ({ Name: 'consul', ...buildRecordTags(forge(engine), 'old') })],
];

describe("a group with the name of a roll's, where the operator names the group that the roll empties", () => {
  // failure-mode: cluster-silent
  it.each(LURES)('gets no token while the servers of that are silent: one %s', async (_name, lure) => {
    for (const isTagged of [true, false]) {
      const engine = await stopAfter('leave', 3);
      const { group } = engine.names;
      await engine.cloud.untag(CREATED, [...ROLL_TAGS, CLUSTER_TAG]);
      const { hosts, told } = await addLure(engine, lure(engine));
      await engine.cloud.untag(group, ROLL_TAGS);
      if (isTagged) await engine.cloud.tag(group, buildRecordTags(forge(engine), 'old'));
      engine.calls.length = 0;
      const ends: unknown[] = [];
      for (const run of commandsOf(group)) ends.push(await run(engine).catch((thrown) => thrown));
      expect(hosts.filter((host) => told.has(host))).toEqual([]);
      expect(ends).toEqual(ends.map(() => expect.objectContaining({ code: 'cluster-silent', kind: 'refused' })));
      expect(listWrites(engine)).toEqual([]);
    }
  });

  it.each(LURES)('is not believed without the name either: one %s', async (_name, lure) => {
    const engine = await stopAfter('leave', 3);
    await engine.cloud.untag(CREATED, [...ROLL_TAGS, CLUSTER_TAG]);
    const { hosts, told } = await addLure(engine, lure(engine));
    for (const run of commandsOf(undefined)) expect((await catchError(run(engine))).kind).toBe('refused');
    expect(hosts.filter((host) => told.has(host))).toEqual([]);
  });

  it('is told of as what tags alone name, with the command for him who knows it', async () => {
    const engine = await stopAfter('leave', 3);
    const { group } = engine.names;
    await addLure(engine, { [CLUSTER_TAG]: 'consul' });
    const error = await catchError(readStatus(engine, { cluster: 'consul', group, limits }));
    expect(error.message).toBe(
      `No server of group ${group} says which cluster it is in, so nothing vouches for group ${CREATED}, ${LURE}, which tags name.`,
    );
    expect(error.state).toContain('no server was sent the ACL token');
    expect(error.next).toMatch(/^only if you know that it has the servers of consul: consul-roll status /);
    expect(listNamed(error)).toEqual([CREATED, LURE]);
  });
});

describe('a roll whose old servers have left, with --group for the old group', () => {
  it.each<[string, readonly string[], readonly string[]]>([
    ['no tags are removed', [], []],
    ['the tags of the new group are removed', [], [...ROLL_TAGS, CLUSTER_TAG]],
    ['the tags of the old group are removed', ROLL_TAGS, []],
    ['the tags of both are removed', ROLL_TAGS, ROLL_TAGS],
    ['the tags of both are removed, and the name of the new one', ROLL_TAGS, [...ROLL_TAGS, CLUSTER_TAG, 'Name']],
  ])('is finished with the group that the error leads to: %s', async (_name, ofOld, ofNew) => {
    const engine = await stopAfter('leave', 3);
    const { group } = engine.names;
    if (ofOld.length > 0) await engine.cloud.untag(group, ofOld);
    if (ofNew.length > 0) await engine.cloud.untag(CREATED, ofNew);
    engine.addGroup(VICTIM, { desired: 3, tags: { [CLUSTER_TAG]: 'consul' } });
    const error = await catchError(planRoll(engine, buildOrder({ kind: 'resume', group })));
    expect(error.code).toBe('cluster-silent');
    const [named] = listNamed(error);
    expect(named).toBe(ofOld.length > 0 && ofNew.includes(CLUSTER_TAG) ? 'GROUP' : CREATED);
    // Where no tag is left, the message has the command that lists what rolls have created.
    if (named === 'GROUP') expect(error.next).toContain("contains(AutoScalingGroupName, '-roll-')");
    const { result } = await runRoll(engine, { order: { kind: 'resume', group: CREATED } });
    expect(result.outcome).toBe('rolled');
    expect(engine.servers.keys).toEqual([]);
    expect(engine.account.groups.map(({ name }) => name).sort()).toEqual([CREATED, VICTIM]);
  });
});

describe('a roll whose old group has lost the name of the cluster', () => {
  const NAMING = [...ROLL_TAGS, CLUSTER_TAG, 'Name'];

  // A rollback after a leave launches an old server, whose boot script finds the others by the tag Name.
  it.each([
    ['create-group', ['resume', 'rollback']],
    ['scale-out', ['resume', 'rollback']],
    ['register', ['resume', 'rollback']],
    ['leave', ['resume']],
  ] as const)('is finished without it, because its servers are in Raft: after %s', async (kind, directions) => {
    for (const direction of directions) {
      const engine = await stopAfter(kind, 1);
      await engine.cloud.untag(engine.names.group, NAMING);
      let group: string | undefined;
      // While the new servers are not in Raft, the error says how to name the old group.
      const error = await planRoll(engine, buildOrder({ kind: direction })).catch((thrown) => thrown);
      if (error instanceof RollError && error.code === 'cluster-silent') [group] = listNamed(error);
      // The new group is not held yet.
      if (error instanceof RollError && error.code === 'cluster-ambiguous') group = engine.names.group;
      const { result } = await runRoll(engine, { order: { kind: direction, group, allowDowngrade: true } });
      expect(result.outcome).toBe(direction === 'resume' ? 'rolled' : 'rolled-back');
      expect(engine.servers.keys).toEqual([]);
    }
  });

  it('is finished by the tag that the error names, once none of its servers is in Raft', async () => {
    const engine = await stopAfter('leave', 3);
    const { group } = engine.names;
    await engine.cloud.untag(group, NAMING);
    const error = await catchError(planRoll(engine, buildOrder({ kind: 'resume' })));
    expect(error).toMatchObject({ code: 'record-foreign', kind: 'refused' });
    const [, json = '[]'] = /create-or-update-tags --tags '(\[.*?\])'/.exec(error.next) ?? [];
    expect(JSON.parse(json)).toEqual([
      {
        ResourceId: group,
        ResourceType: 'auto-scaling-group',
        Key: CLUSTER_TAG,
        Value: 'consul',
        PropagateAtLaunch: false,
      },
    ]);
    await engine.cloud.tag(group, { [CLUSTER_TAG]: 'consul' });
    const { result } = await runRoll(engine, { order: { kind: 'resume' } });
    expect(result.outcome).toBe('rolled');
  });
});
