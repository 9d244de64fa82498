import { describe, expect, it } from 'vitest';
import { planRoll } from '../../../src/lib/engine/plan/plan.js';
import { buildOrder, createFakeEngine, type FakeEngine, listWrites, runRoll } from '../../helpers/fake-engine.js';
import { NEW_IMAGE } from '../../helpers/servers.js';

function engineWithPool(): FakeEngine {
  const engine = createFakeEngine(3);
  engine.world.call('autoscaling', 'PutWarmPool', { AutoScalingGroupName: engine.names.group });
  return engine;
}

const poolsOf = (engine: FakeEngine) => engine.account.groups.map(({ name, warmPool }) => [name, warmPool]);

describe('a group with a warm pool', () => {
  it('copies it at the end, while launches are suspended', async () => {
    const engine = engineWithPool();
    const { result } = await runRoll(engine);
    expect(result.outcome).toBe('rolled');
    expect(poolsOf(engine)).toEqual([['consul-roll-7f3a', 'there']]);
    const writes = listWrites(engine).filter((call) =>
      /^(copyWarmPool|deleteWarmPool|deleteGroup|resumeProcesses|suspend)/.test(call),
    );
    expect(writes.slice(-7)).toEqual([
      expect.stringMatching(/^suspendProcesses consul-roll-7f3a /),
      `copyWarmPool ${engine.names.group} consul-roll-7f3a`,
      `deleteWarmPool ${engine.names.group}`,
      `deleteGroup ${engine.names.group}`,
      expect.stringMatching(/^resumeProcesses consul-roll-7f3a AddToLoadBalancer /),
      expect.stringMatching(/^resumeProcesses consul-roll-7f3a AlarmNotification /),
      'resumeProcesses consul-roll-7f3a AZRebalance',
    ]);
    expect(engine.account.groups).toMatchObject([{ suspendedProcesses: [] }]);
  });

  it('takes the steps of its plan', async () => {
    const engine = engineWithPool();
    const { steps } = await planRoll(engine, buildOrder());
    const { events } = await runRoll(engine);
    const taken = events.flatMap((event) => (event.kind === 'step-done' ? [event.step.action.kind] : []));
    expect(taken).toEqual(steps.map(({ action }) => action.kind));
  });

  it('deletes it when the old group is kept: it would launch servers of the old image', async () => {
    const engine = engineWithPool();
    await runRoll(engine, { order: { keepOld: true } });
    expect(poolsOf(engine)).toEqual([
      [engine.names.group, 'none'],
      ['consul-roll-7f3a', 'there'],
    ]);
  });

  it('keeps it in a rollback', async () => {
    const engine = engineWithPool();
    engine.setImage(NEW_IMAGE, 'broken');
    const { result } = await runRoll(engine);
    expect(result.outcome).toBe('rolled-back');
    expect(poolsOf(engine)).toEqual([[engine.names.group, 'there']]);
  });
});
