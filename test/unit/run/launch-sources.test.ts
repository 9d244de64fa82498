import { describe, expect, it } from 'vitest';
import { planRoll } from '../../../src/lib/engine/plan/plan.js';
import type { RollEvent } from '../../../src/lib/model/events.js';
import type { GroupLaunchSource, LaunchTemplateRef } from '../../../src/lib/model/launch-source.js';
import { createThreeVersionTemplate } from '../../helpers/fake-templates.js';
import { buildOrder, createFakeEngine, type FakeEngine, listWrites, runRoll } from '../../helpers/old-engine.js';
import { NEW_IMAGE, OLD_IMAGE } from '../../helpers/servers.js';

/** Numbered groups are on version 3; 3 is the latest, 2 the default, and the roll makes 4. */
const KINDS = ['3', '$Latest', '$Default'] as const;
const MARK = 'consul-roll 7f3a: ami-0c0ffee02 for consul-7f3a';

/** Three servers of a group on a version of a launch template, or on a mixed instances policy with it. */
function engineOn(version: string, mixed = false): FakeEngine {
  const engine = createFakeEngine(3);
  engine.cloud.seedTemplate(createThreeVersionTemplate('lt-0abc', 'lt', OLD_IMAGE));
  const launchTemplate: LaunchTemplateRef = {
    kind: 'launch-template',
    id: 'lt-0abc',
    name: 'lt',
    version,
    resolved: undefined,
  };
  const overrides = [{ instanceType: 'm5.large', weight: undefined, launches: undefined }];
  const launchSource: GroupLaunchSource = mixed
    ? { kind: 'mixed', launchTemplate: launchTemplate, overrides }
    : launchTemplate;
  engine.cloud.seedLaunch('consul', launchSource);
  return engine;
}

function stateOf(engine: FakeEngine) {
  const { groups, instances, launchTemplates } = engine.cloud.state;
  const [template] = launchTemplates;
  return {
    groups: groups.map(({ name, launchSource: { ...launches } }) => ({ name, launches })),
    images: instances.map((instance) => instance.imageId),
    defaultVersion: template?.defaultVersion,
    versions: template?.versions.map(({ number, imageId, mark }) => [number, imageId, mark]),
  };
}

function expectRolled(engine: FakeEngine, version: string, name = 'consul-7f3a'): void {
  const { groups, images, defaultVersion, versions } = stateOf(engine);
  expect(groups).toMatchObject([{ name }]);
  const [launches] = groups.map((group) => group.launches);
  const launchTemplate = launches?.kind === 'mixed' ? launches.launchTemplate : launches;
  expect(launchTemplate).toMatchObject({ id: 'lt-0abc', version: version === '3' ? '4' : version });
  expect(images).toEqual(Array(3).fill(NEW_IMAGE));
  expect(defaultVersion).toBe(version === '$Default' ? 4 : 2);
  expect(versions).toEqual(
    [1, 2, 3].map((n) => [n, OLD_IMAGE, '']).concat([[4, NEW_IMAGE, `consul-roll 7f3a: ami-0c0ffee02 for ${name}`]]),
  );
}

/** While there is a version of the roll, the old group is on its number, and the new one on its own. */
function watchNumbers(engine: FakeEngine): (event: RollEvent) => void {
  return () => {
    const { groups, launchTemplates } = engine.cloud.state;
    const made = launchTemplates[0]?.versions.some(({ mark }) => mark === MARK);
    const [old, successor] = [groups.find(({ name }) => name === 'consul'), groups[1]];
    if (made && old !== undefined) expect(JSON.stringify(old.launchSource)).not.toContain('$');
    if (successor !== undefined) expect(JSON.stringify(successor.launchSource)).toContain('"version":"4"');
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

  it.each(KINDS)('on %s is as it was after going back', async (kind) => {
    const engine = engineOn(kind);
    engine.consul.brokenImages.add(NEW_IMAGE);
    const before = stateOf(engine);
    const { result } = await runRoll(engine, { onEvent: watchNumbers(engine) });
    expect(result.outcome).toBe('rolled-back');
    expect(stateOf(engine)).toEqual(before);
  });

  it('that another group launches too, by an alias that would move, is refused', async () => {
    const engine = engineOn('3');
    engine.cloud.listLaunchTemplateUsers = async () => [{ group: 'web', version: '$Latest' }];
    const { result } = await runRoll(engine);
    expect(result).toMatchObject({
      outcome: 'refused',
      reason: { failed: [{ id: 'launch-template-not-shared' }] },
    });
    expect(listWrites(engine)).toEqual([]);
  });

  it('stays on its number where somebody made a version, or moved the default, meanwhile', async () => {
    for (const kind of ['$Latest', '$Default']) {
      const engine = engineOn(kind);
      const meddle = ({ kind: told, ...event }: RollEvent) => {
        if (told !== 'step-done' || !('step' in event) || event.step.action.kind !== 'delete-group') return;
        const [template] = engine.cloud.state.launchTemplates;
        if (template === undefined) throw new Error('there is no launch template');
        const foreign = { number: 5, imageId: OLD_IMAGE, mark: 'by hand' };
        engine.cloud.seedTemplate({
          ...template,
          defaultVersion: 1,
          versions: [...template.versions, foreign],
        });
      };
      const { result } = await runRoll(engine, { onEvent: meddle });
      expect(result.outcome).toBe('rolled');
      expect(stateOf(engine)).toMatchObject({ groups: [{ launches: { version: '4' } }], defaultVersion: 1 });
    }
  });
});

describe('a roll by a new version that is killed', () => {
  const DURING = [
    'set-launch-source',
    'create-launch-template-version',
    'create-group',
    'delete-group',
    'set-default-version',
    'start-rollback',
  ];

  /** Dies right before or right after its n-th step of that kind, and is carried on by another process. */
  async function killedAt(engine: FakeEngine, kind: string, nth: number, when: 'before' | 'after') {
    const controller = new AbortController();
    let seen = 0;
    const told = when === 'after' ? 'step-done' : 'step-started';
    engine.injectFault = (call) => {
      if (controller.signal.aborted && !['describeCluster', 'findGroups'].includes(call)) throw new Error('killed');
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
    return { hit: seen >= nth, ...(await runRoll(engine, { order: { forceUnlock: true } })) };
  }

  const deaths = DURING.flatMap((kind) =>
    [1, 2].flatMap(
      (nth) =>
        [
          [kind, nth, 'before'],
          [kind, nth, 'after'],
        ] as const,
    ),
  );

  it.each(deaths)('%s number %i, %s it: is carried on', async (kind, nth, when) => {
    for (const version of ['$Latest', '$Default']) {
      const engine = engineOn(version);
      const { hit, result } = await killedAt(engine, kind, nth, when);
      if (!hit) continue;
      expect(result.outcome).toBe('rolled');
      expectRolled(engine, version);
    }
  });

  it.each([
    ...deaths,
    ['delete-launch-template-version', 1, 'before'],
    ['delete-launch-template-version', 1, 'after'],
  ] as const)('%s number %i, %s it: is carried on when it goes back', async (kind, nth, when) => {
    const engine = engineOn('$Latest');
    engine.consul.brokenImages.add(NEW_IMAGE);
    const before = stateOf(engine);
    const { hit, result } = await killedAt(engine, kind, nth, when);
    if (!hit) return;
    expect(result.outcome).toBe('rolled-back');
    expect(stateOf(engine)).toEqual(before);
  });
});

describe('a template that is converted', () => {
  it('is a launch template in place of the launch configuration, which goes', async () => {
    const engine = createFakeEngine(3);
    const { result } = await runRoll(engine, { order: { launchSource: 'launch-template' } });
    expect(result.outcome).toBe('rolled');
    expect(stateOf(engine)).toMatchObject({
      groups: [{ launches: { kind: 'launch-template', id: 'lt-consul-7f3a', version: '1' } }],
      versions: [[1, NEW_IMAGE, MARK]],
    });
    expect(engine.cloud.state.templates).toEqual([]);
  });

  it('is a launch configuration in place of the launch template, which stays', async () => {
    const engine = engineOn('$Latest');
    const { result } = await runRoll(engine, { order: { launchSource: 'launch-configuration' } });
    expect(result.outcome).toBe('rolled');
    expect(stateOf(engine).groups).toMatchObject([{ launches: { kind: 'launch-configuration', name: 'consul-7f3a' } }]);
    expect(engine.cloud.state.launchTemplates).toEqual([createThreeVersionTemplate('lt-0abc', 'lt', OLD_IMAGE)]);
  });

  it.each(['launch-template', 'launch-configuration'] as const)('leaves no %s behind when it goes back', async (to) => {
    const engine = to === 'launch-template' ? createFakeEngine(3) : engineOn('$Default');
    engine.consul.brokenImages.add(NEW_IMAGE);
    const before = structuredClone(engine.cloud.state);
    const { result } = await runRoll(engine, { order: { launchSource: to } });
    expect(result.outcome).toBe('rolled-back');
    expect(engine.cloud.state).toEqual(before);
  });
});

describe('a group on a launch template that is rolled in place', () => {
  const whole = (engine: FakeEngine) => [stateOf(engine), structuredClone(engine.cloud.state.templates)];
  const inPlace = { strategy: 'in-place' } as const;

  it.each(KINDS.flatMap((kind) => [[kind, false] as const, [kind, true] as const]))(
    'on %s (in a mixed instances policy: %s) keeps its name and gets a new version',
    async (kind, mixed) => {
      const engine = engineOn(kind, mixed);
      const planned = (await planRoll(engine, buildOrder(inPlace))).steps.map(({ action }) => action.kind);
      const { result, events } = await runRoll(engine, { order: inPlace });
      expect(result.outcome).toBe('rolled');
      expectRolled(engine, kind, 'consul');
      const taken = events.flatMap((event) => (event.kind === 'step-done' ? [event.step.action.kind] : []));
      expect(taken).toEqual(planned);
    },
  );

  it.each(KINDS)('on %s is as it was after going back', async (kind) => {
    const engine = engineOn(kind);
    engine.consul.brokenImages.add(NEW_IMAGE);
    const before = stateOf(engine);
    const { result } = await runRoll(engine, { order: inPlace });
    expect(result.outcome).toBe('rolled-back');
    expect(stateOf(engine)).toEqual(before);
  });

  it.each(['launch-template', 'launch-configuration'] as const)('is converted to a %s, and back', async (template) => {
    const engine = template === 'launch-template' ? createFakeEngine(3) : engineOn('$Latest');
    const before = whole(engine);
    engine.consul.brokenImages.add(NEW_IMAGE);
    const back = await runRoll(engine, { order: { ...inPlace, launchSource: template } });
    expect(back.result.outcome).toBe('rolled-back');
    expect(whole(engine)).toEqual(before);
    engine.consul.brokenImages.delete(NEW_IMAGE);
    engine.rollId = '8b4c';
    const { result } = await runRoll(engine, { order: { ...inPlace, launchSource: template } });
    expect(result.outcome).toBe('rolled');
    expect(stateOf(engine).groups).toMatchObject([{ name: 'consul', launches: { kind: template } }]);
  });
});
