import { describe, expect, it } from 'vitest';
import { PAUSE_TAG } from '../../../src/lib/model/tags.js';
import { formatOutcomeReport } from '../../../src/lib/output/text/outcome.js';
import { createFakeEngine, type FakeEngine, type FakeRunOptions, runRoll } from '../../helpers/fake-engine.js';
import { NEW_IMAGE, OLD_IMAGE } from '../../helpers/servers.js';

const recordOf = (engine: FakeEngine) => engine.servers.get('consul-roll/consul/record')?.value;
const countNew = (engine: FakeEngine) => engine.account.instances.filter(({ imageId }) => imageId === NEW_IMAGE).length;
const resume = (engine: FakeEngine, more: FakeRunOptions = {}) =>
  runRoll(engine, { ...more, order: { kind: 'resume' } });

/** Stops the run once its first new server is launched. */
function untilLaunched(): FakeRunOptions {
  let isLaunched = false;
  return {
    onEvent: (event) => {
      isLaunched ||= event.kind === 'step-done' && event.step.action.kind === 'scale-out';
    },
    pauseRequested: () => isLaunched,
  };
}

describe('a roll that is to pause', () => {
  it.each([
    ['canary', 'beside', 1],
    ['grow', 'beside', 3],
    ['canary', 'in-place', 1],
  ] as const)(
    'after %s, %s, stops there with the question, and resume continues',
    async (pauseAfter, strategy, servers) => {
      const engine = createFakeEngine(3);
      const { result } = await runRoll(engine, { order: { pauseAfter, strategy } });
      expect(result).toMatchObject({ outcome: 'interrupted', pausedAfter: pauseAfter, changed: 'cluster' });
      expect(countNew(engine)).toBe(servers);
      expect(engine.calls.filter((call) => call.startsWith('requestLeave'))).toEqual([]);
      const text = formatOutcomeReport(result, 200)
        .map((line) => line.text)
        .join(' ');
      expect(text).toContain(`Paused after ${pauseAfter}, as --pause-after asked`);
      expect(text).toMatch(/Next .*consul-roll resume --cluster consul.*rollback/);
      const { result: resumed } = await resume(engine);
      expect(resumed.outcome).toBe('rolled');
      expect(recordOf(engine)).toBeUndefined();
    },
  );

  it('stops there also where it was killed before, and is resumed', async () => {
    const engine = createFakeEngine(3);
    await runRoll(engine, { ...untilLaunched(), order: { pauseAfter: 'canary' } });
    expect(recordOf(engine)).toContain('"pause-after":"canary"');
    const { result } = await resume(engine);
    expect(result).toMatchObject({ outcome: 'interrupted', pausedAfter: 'canary' });
    expect(recordOf(engine)).not.toContain('pause-after');
    expect(countNew(engine)).toBe(1);
  });

  it.each([undefined, 'grow'] as const)(
    'stops there where upgrade continues a roll that began with: %s',
    async (begun) => {
      const engine = createFakeEngine(3);
      await runRoll(engine, { ...untilLaunched(), ...(begun === undefined ? {} : { order: { pauseAfter: begun } }) });
      const order = { pauseAfter: 'canary' } as const;
      const { result } = await runRoll(engine, { order });
      expect(result).toMatchObject({ outcome: 'interrupted', pausedAfter: 'canary' });
      expect(countNew(engine)).toBe(1);
      // The same job once more: it never goes past the stop, and resume does.
      expect((await runRoll(engine, { order })).result).toMatchObject({
        outcome: 'interrupted',
        pausedAfter: 'canary',
      });
      expect((await resume(engine)).result.outcome).toBe('rolled');
    },
  );

  it.each([
    ['canary', OLD_IMAGE],
    ['grow', OLD_IMAGE],
  ] as const)('stops after %s also where a server leaves by hand meanwhile: %s', async (pauseAfter, imageId) => {
    const engine = createFakeEngine(5);
    const asked: string[] = [];
    const { result, events } = await runRoll(engine, {
      order: { pauseAfter },
      onEvent: (event) => {
        const isReady = event.kind === 'step-done' && event.step.action.kind === 'register';
        if (!isReady || asked.length > 0) return;
        const { leader } = engine.servers;
        const own = engine.account.instances.filter((one) => one.imageId === imageId && one.address !== leader);
        asked.push(own.at(-1)?.address ?? '');
        void engine.consul.requestLeave(asked[0] ?? '');
      },
    });
    expect(asked).toHaveLength(1);
    expect(result).toMatchObject({ outcome: 'interrupted', pausedAfter: pauseAfter });
    const steps = events.flatMap((event) => (event.kind === 'step-done' ? [event.step] : []));
    expect(steps.filter(({ phase }) => phase === 'drain').map(({ action }) => action.kind)).toEqual([]);
    expect((await resume(engine)).result.outcome).toBe('rolled');
  });

  it('is not sent past the stop by tags', async () => {
    const engine = createFakeEngine(3);
    let isTagged = false;
    const { result } = await runRoll(engine, {
      order: { pauseAfter: 'canary' },
      onEvent: (event) => {
        if (isTagged || event.kind !== 'step-done' || event.step.action.kind !== 'scale-out') return;
        isTagged = true;
        const { group: ResourceId } = event.step.action;
        const Tags = ['consul-roll:pause-after', 'consul-roll:skip-canary'].map((Key) => {
          return { ResourceId, ResourceType: 'auto-scaling-group', Key, Value: 'true', PropagateAtLaunch: false };
        });
        engine.world.call('autoscaling', 'CreateOrUpdateTags', { Tags });
      },
    });
    expect(result).toMatchObject({ outcome: 'interrupted', pausedAfter: 'canary' });
    expect(Object.keys(engine.account.groups[0]?.tags ?? {})).not.toContain(PAUSE_TAG);
  });

  it('rolls back by itself all the same, before and after the stop', async () => {
    const engine = createFakeEngine(3);
    engine.setImage(NEW_IMAGE, 'broken');
    const { result } = await runRoll(engine, { order: { pauseAfter: 'canary' } });
    expect(result.outcome).toBe('rolled-back');
    const paused = createFakeEngine(3);
    await runRoll(paused, { order: { pauseAfter: 'canary' } });
    const { result: back } = await runRoll(paused, { order: { kind: 'rollback' } });
    expect(back.outcome).toBe('rolled-back');
    expect(countNew(paused)).toBe(0);
  });

  it('stops again where the record could not be written', async () => {
    const engine = createFakeEngine(3);
    let isPausing = false;
    engine.injectFault = (call) => {
      if (isPausing && call.includes('consul-roll/consul/record')) throw new Error('no answer');
    };
    const order = { pauseAfter: 'canary' } as const;
    const watch = (event: { readonly kind: string }) => {
      isPausing ||= event.kind === 'step-started' && countNew(engine) === 1;
    };
    const first = await runRoll(engine, { order, onEvent: watch });
    expect(first.result).toMatchObject({ outcome: 'interrupted', pausedAfter: 'canary' });
    engine.injectFault = () => undefined;
    const { result } = await resume(engine);
    expect(result).toMatchObject({ outcome: 'interrupted', pausedAfter: 'canary' });
  });
});
