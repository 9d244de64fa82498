import { describe, expect, it } from 'vitest';
import { describeWarning } from '../../../src/lib/output/text/warnings.js';
import { createFakeEngine, type FakeEngine, runRoll } from '../../helpers/fake-engine.js';
import { NEW_IMAGE } from '../../helpers/servers.js';

/** Marks the first server of this image again after each observation, as a program of others does. */
function keepMarked(engine: FakeEngine, imageId: string): { readonly onEvent: (event: { kind: string }) => void } {
  const onEvent = ({ kind }: { kind: string }) => {
    const first = engine.account.instances.find((one) => one.imageId === imageId);
    if (kind !== 'observed' || first === undefined) return;
    const InstanceId = first.instanceId;
    engine.world.call('autoscaling', 'SetInstanceHealth', {
      InstanceId,
      HealthStatus: 'Unhealthy',
      ShouldRespectGracePeriod: false,
    });
  };
  return { onEvent };
}

describe('a mark that nothing acts on, because ReplaceUnhealthy was suspended before the roll', () => {
  // failure-mode: health-marks-idle
  it.each(['beside', 'in-place'] as const)('holds up no end, and is named: %s', async (strategy) => {
    const engine = createFakeEngine(3, { suspended: ['ReplaceUnhealthy'] });
    const { result, events } = await runRoll(engine, { order: { strategy }, ...keepMarked(engine, NEW_IMAGE) });
    expect(result.outcome).toBe('rolled');
    const warnings = events.flatMap((event) => (event.kind === 'warning' ? describeWarning(event.warning) : []));
    expect(warnings).toEqual([
      expect.stringMatching(
        /has i-\w+ marked Unhealthy, .*before you resume that: aws autoscaling set-instance-health/,
      ),
    ]);
    expect(engine.account.groups.map(({ suspendedProcesses }) => suspendedProcesses)).toEqual([['ReplaceUnhealthy']]);
  });

  it('stops the roll where Auto Scaling would act on it', async () => {
    const engine = createFakeEngine(3);
    const { result } = await runRoll(engine, keepMarked(engine, NEW_IMAGE));
    expect(result).toMatchObject({ outcome: 'stopped' });
  });
});
