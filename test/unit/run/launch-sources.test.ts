import { describe, expect, it } from 'vitest';
import { planRoll } from '../../../src/lib/engine/plan/plan.js';
import type { RollEvent } from '../../../src/lib/model/events.js';
import {
  buildOrder,
  createFakeEngine,
  type FakeEngine,
  isRead,
  listWrites,
  runRoll,
} from '../../helpers/fake-engine.js';
import { NEW_IMAGE, OLD_IMAGE } from '../../helpers/servers.js';

/** Numbered groups are on version 2; 2 is the latest, 1 the default, and the roll makes 3. */
const KINDS = ['2', '$Latest', '$Default'] as const;
type LaunchKind = (typeof KINDS)[number];
const MARK = 'consul-roll 7f3a: ami-0c0ffee02 for consul-roll-7f3a';

/** Three servers of a group on a version of a launch template, or on a mixed instances policy with it. */
function engineOn(version: LaunchKind, mixed = false): FakeEngine {
  return createFakeEngine(3, { launches: { version, mixed } });
}

function stateOf(engine: FakeEngine) {
  const { groups, instances, launchTemplates } = engine.account;
  const [template] = launchTemplates;
  return {
    groups: groups.map(({ name, launchSource: { ...launches } }) => ({ name, launches })),
    images: instances.map((instance) => instance.imageId),
    defaultVersion: template?.defaultVersion,
    versions: template?.versions.map(({ number, imageId, mark }) => [number, imageId, mark]),
  };
}

function expectRolled(engine: FakeEngine, version: LaunchKind, name = 'consul-roll-7f3a'): void {
  const { groups, images, defaultVersion, versions } = stateOf(engine);
  expect(groups).toMatchObject([{ name }]);
  const [launches] = groups.map((group) => group.launches);
  const launchTemplate = launches?.kind === 'mixed' ? launches.launchTemplate : launches;
  const [{ id } = { id: '' }] = engine.account.launchTemplates;
  expect(launchTemplate).toMatchObject({ id, version: version === '2' ? '3' : version });
  expect(images).toEqual(Array(3).fill(NEW_IMAGE));
  expect(defaultVersion).toBe(version === '$Default' ? 3 : 1);
  expect(versions).toEqual(
    [1, 2].map((n) => [n, OLD_IMAGE, '']).concat([[3, NEW_IMAGE, `consul-roll 7f3a: ami-0c0ffee02 for ${name}`]]),
  );
}

/** While there is a version of the roll, the old group is on its number, and the new one on its own. */
function watchNumbers(engine: FakeEngine): (event: RollEvent) => void {
  return () => {
    const { groups, launchTemplates } = engine.account;
    const made = launchTemplates[0]?.versions.some(({ mark }) => mark === MARK);
    const [old, successor] = [groups.find(({ name }) => name === engine.names.group), groups[1]];
    if (made && old !== undefined) expect(JSON.stringify(old.launchSource)).not.toContain('$');
    if (successor !== undefined) expect(JSON.stringify(successor.launchSource)).toContain('"version":"3"');
  };
}

describe('a group on a launch template', () => {
  it.each(KINDS.flatMap((kind) => [[kind, false] as const, [kind, true] as const]))(
    'on %s (in a mixed instances policy: %s) is rolled by a new version',
    async (kind, mixed) => {
      const engine = engineOn(kind, mixed);
      const { result } = await runRoll(engine, { onEvent: watchNumbers(engine) });
      expect(result.outcome).toBe('rolled');
      expectRolled(engine, kind);
    },
  );

  it.each(KINDS)('on %s takes the steps of its plan', async (kind) => {
    const engine = engineOn(kind);
    const kindsOf = (steps: readonly { readonly action: { readonly kind: string } }[]) =>
      steps.map(({ action }) => action.kind);
    const { steps } = await planRoll(engine, buildOrder());
    const { events } = await runRoll(engine);
    const taken = events.flatMap((event) => (event.kind === 'step-done' ? [event.step] : []));
    expect(kindsOf(taken)).toEqual(kindsOf(steps));
  });

  it.each(KINDS)('on %s is as it was after a rollback', async (kind) => {
    const engine = engineOn(kind);
    engine.setImage(NEW_IMAGE, 'broken');
    const before = stateOf(engine);
    const { result } = await runRoll(engine, { onEvent: watchNumbers(engine) });
    expect(result.outcome).toBe('rolled-back');
    expect(stateOf(engine)).toEqual(before);
  });

  it('that another group launches too, by an alias that would move, is refused', async () => {
    const engine = engineOn('2');
    engine.cloud.listLaunchTemplateUsers = async () => [{ group: 'web', version: '$Latest' }];
    const { result } = await runRoll(engine);
    expect(result).toMatchObject({ outcome: 'refused', reason: { failed: [{ id: 'launch-template-not-shared' }] } });
    expect(listWrites(engine)).toEqual([]);
  });

  it('stays on its number if a version was created, or the default moved, meanwhile', async () => {
    for (const kind of ['$Latest', '$Default'] as const) {
      const engine = engineOn(kind);
      const changeByHand = ({ kind: told, ...event }: RollEvent) => {
        if (told !== 'step-done' || !('step' in event) || event.step.action.kind !== 'delete-group') return;
        const [template] = engine.account.launchTemplates;
        if (template === undefined) throw new Error('there is no launch template');
        const { id: LaunchTemplateId } = template;
        engine.world.call('ec2', 'CreateLaunchTemplateVersion', {
          LaunchTemplateId,
          SourceVersion: '1',
          VersionDescription: 'by hand',
          LaunchTemplateData: {},
        });
        engine.world.call('ec2', 'ModifyLaunchTemplate', { LaunchTemplateId, DefaultVersion: '2' });
      };
      const { result } = await runRoll(engine, { onEvent: changeByHand });
      expect(result.outcome).toBe('rolled');
      expect(stateOf(engine)).toMatchObject({ groups: [{ launches: { version: '3' } }], defaultVersion: 2 });
    }
  });
});

describe('a roll by a new version that is killed', () => {
  /** Killed right before or right after its n-th step of that kind, and resumed by another process. */
  async function killedAt(engine: FakeEngine, kind: string, nth: number, when: 'before' | 'after') {
    const controller = new AbortController();
    let seen = 0;
    const told = when === 'after' ? 'step-done' : 'step-started';
    engine.injectFault = (call) => {
      if (controller.signal.aborted && !isRead(call)) throw new Error('killed');
    };
    await runRoll(engine, {
      signal: controller.signal,
      onEvent: (event) => {
        if (event.kind !== told || event.step.action.kind !== kind) return;
        seen += 1;
        if (seen === nth) controller.abort();
      },
    });
    engine.injectFault = () => undefined;
    expect(seen).toBe(nth);
    return runRoll(engine, { order: { forceUnlock: true } });
  }

  const inEveryRoll = [
    ['set-launch-source', 1],
    ['create-launch-template-version', 1],
    ['create-group', 1],
    ['set-launch-source', 2],
    ['delete-group', 1],
  ] as const;
  const forward = [
    ...inEveryRoll.map(([kind, nth]) => ['$Latest', kind, nth] as const),
    ...inEveryRoll.map(([kind, nth]) => ['$Default', kind, nth] as const),
    ['$Default', 'set-default-version', 1] as const,
  ];
  const backward = [...inEveryRoll, ['start-rollback', 1], ['delete-launch-template-version', 1]] as const;

  describe.each(['before', 'after'] as const)('right %s a step', (when) => {
    it.each(forward)('is resumed: %s, %s number %i', async (version, kind, nth) => {
      const engine = engineOn(version);
      const { result } = await killedAt(engine, kind, nth, when);
      expect(result.outcome).toBe('rolled');
      expectRolled(engine, version);
    });

    it.each(backward)('continues in a rollback: %s number %i', async (kind, nth) => {
      const engine = engineOn('$Latest');
      engine.setImage(NEW_IMAGE, 'broken');
      const before = stateOf(engine);
      const { result } = await killedAt(engine, kind, nth, when);
      expect(result.outcome).toBe('rolled-back');
      expect(stateOf(engine)).toEqual(before);
    });
  });
});

describe('a template that is converted', () => {
  it('is a launch template in place of the launch configuration, which goes', async () => {
    const engine = createFakeEngine(3);
    const { result } = await runRoll(engine, { order: { launchSource: 'launch-template' } });
    expect(result.outcome).toBe('rolled');
    expect(stateOf(engine)).toMatchObject({
      groups: [{ launches: { kind: 'launch-template', name: 'consul-roll-7f3a', version: '1' } }],
      versions: [[1, NEW_IMAGE, MARK]],
    });
    expect(engine.account.launchConfigurations).toEqual([]);
  });

  it('is a launch configuration in place of the launch template, which stays', async () => {
    const engine = engineOn('$Latest');
    const { launchTemplates } = engine.account;
    const { result } = await runRoll(engine, { order: { launchSource: 'launch-configuration' } });
    expect(result.outcome).toBe('rolled');
    expect(stateOf(engine).groups).toMatchObject([
      { launches: { kind: 'launch-configuration', name: 'consul-roll-7f3a' } },
    ]);
    expect(engine.account.launchTemplates).toEqual(launchTemplates);
  });

  it.each(['launch-template', 'launch-configuration'] as const)('leaves no %s behind in a rollback', async (to) => {
    const engine = to === 'launch-template' ? createFakeEngine(3) : engineOn('$Default');
    engine.setImage(NEW_IMAGE, 'broken');
    const before = engine.account;
    const { result } = await runRoll(engine, { order: { launchSource: to } });
    expect(result.outcome).toBe('rolled-back');
    expect(engine.account).toEqual(before);
  });
});

describe('a group on a launch template that is rolled in place', () => {
  const whole = (engine: FakeEngine) => [stateOf(engine), engine.account.launchConfigurations];
  const inPlace = { strategy: 'in-place' } as const;

  it.each(KINDS.flatMap((kind) => [[kind, false] as const, [kind, true] as const]))(
    'on %s (in a mixed instances policy: %s) keeps its name and gets a new version',
    async (kind, mixed) => {
      const engine = engineOn(kind, mixed);
      const planned = (await planRoll(engine, buildOrder(inPlace))).steps.map(({ action }) => action.kind);
      const { result, events } = await runRoll(engine, { order: inPlace });
      expect(result.outcome).toBe('rolled');
      expectRolled(engine, kind, engine.names.group);
      const taken = events.flatMap((event) => (event.kind === 'step-done' ? [event.step.action.kind] : []));
      expect(taken).toEqual(planned);
    },
  );

  it.each(KINDS)('on %s is as it was after a rollback', async (kind) => {
    const engine = engineOn(kind);
    engine.setImage(NEW_IMAGE, 'broken');
    const before = stateOf(engine);
    const { result } = await runRoll(engine, { order: inPlace });
    expect(result.outcome).toBe('rolled-back');
    expect(stateOf(engine)).toEqual(before);
  });

  it.each(['launch-template', 'launch-configuration'] as const)('is converted to a %s, and back', async (template) => {
    const engine = template === 'launch-template' ? createFakeEngine(3) : engineOn('$Latest');
    const before = whole(engine);
    engine.setImage(NEW_IMAGE, 'broken');
    const back = await runRoll(engine, { order: { ...inPlace, launchSource: template } });
    expect(back.result.outcome).toBe('rolled-back');
    expect(whole(engine)).toEqual(before);
    engine.setImage(NEW_IMAGE, 'good');
    engine.rollId = '8b4c';
    const { result } = await runRoll(engine, { order: { ...inPlace, launchSource: template } });
    expect(result.outcome).toBe('rolled');
    expect(stateOf(engine).groups).toMatchObject([{ name: engine.names.group, launches: { kind: template } }]);
  });
});
