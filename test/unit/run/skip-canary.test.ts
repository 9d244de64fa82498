import { describe, expect, it } from 'vitest';
import { planRoll } from '../../../src/lib/engine/plan/plan.js';
import type { RollEvent } from '../../../src/lib/model/events.js';
import { buildOrder, createFakeEngine, runRoll } from '../../helpers/fake-engine.js';
import { limits } from '../../helpers/intents.js';
import { NEW_IMAGE } from '../../helpers/servers.js';
import { runUntilSteps } from '../watch/roll-watched.js';

const order = { skipCanary: true };

function listSteps(events: readonly RollEvent[]): string[] {
  return events.flatMap((event) => {
    if (event.kind !== 'step-started') return [];
    const { action } = event.step;
    return [action.kind === 'scale-out' ? `scale-out ${action.to}` : action.kind];
  });
}

describe('a roll without a canary', () => {
  it('first launches as many servers as may die, and the last one before these take traffic', async () => {
    const engine = createFakeEngine(5);
    const { result, events } = await runRoll(engine, { order });
    expect(result.outcome).toBe('rolled');
    const launches = listSteps(events).filter((step) => step.startsWith('scale-out') || step === 'register');
    expect(launches).toEqual(['scale-out 4', 'scale-out 5', 'register']);
    expect(events.some((event) => event.kind === 'phase' && event.phase === 'canary')).toBe(false);
    expect(engine.account.instances.map(({ imageId }) => imageId)).toEqual(Array(5).fill(NEW_IMAGE));
  });

  it('launches no more while those before vote and have passed no gate: they may crash again and again', async () => {
    const engine = createFakeEngine(5);
    const { events } = await runRoll(engine, { order: { ...order, limits: { ...limits, successThreshold: 10_000 } } });
    expect(engine.account.instances.map(({ imageId }) => imageId)).not.toContain(NEW_IMAGE);
    expect(listSteps(events).filter((step) => step.startsWith('scale-out'))).toEqual(['scale-out 4']);
  });

  it.each([3, 5])('takes less time than one with a canary: %d servers', async (size) => {
    const [without, withOne] = await Promise.all([
      runRoll(createFakeEngine(size), { order }),
      runRoll(createFakeEngine(size)),
    ]);
    expect(without.result.elapsedMs).toBeLessThan(withOne.result.elapsedMs);
  });

  it('does what its plan says', async () => {
    const engine = createFakeEngine(5);
    const { steps } = await planRoll(engine, buildOrder(order));
    const { events } = await runRoll(engine, { order });
    const kinds = listSteps(events).map((step) => step.split(' ')[0] ?? '');
    expect(kinds.sort()).toEqual(steps.map(({ action }) => action.kind).sort());
  });

  it.each([{ surge: 2 }, { surge: 3 }, { surge: 3, strategy: 'in-place' }] as const)(
    'keeps to its surge: %o',
    async (more) => {
      const engine = createFakeEngine(5);
      let most = 0;
      const { result } = await runRoll(engine, {
        order: { ...order, ...more },
        onEvent: () => {
          most = Math.max(most, engine.account.instances.length);
        },
      });
      expect(result.outcome).toBe('rolled');
      expect(most).toBe(5 + more.surge);
    },
  );

  it('stays without one where it is resumed, and a roll with one keeps it', async () => {
    const engine = createFakeEngine(5);
    await runRoll(engine, { order, ...pauseBefore('scale-out') });
    const resumed = await runRoll(engine, { order: { kind: 'resume' } });
    expect(listSteps(resumed.events)).toContain('scale-out 4');
    const other = createFakeEngine(5);
    await runUntilSteps(other, 8);
    const { events } = await runRoll(other, { order });
    expect(listSteps(events)).toContain('scale-out 1');
  });

  it('is rolled back where the image does not fit: the old servers keep the quorum', async () => {
    const engine = createFakeEngine(5);
    engine.weakenImage();
    const { result, events } = await runRoll(engine, { order });
    expect(result.outcome).toBe('rolled-back');
    expect(listSteps(events)).not.toContain('scale-out 5');
    const margins = events.flatMap((event) => (event.kind === 'step-started' ? [event.step.margin?.margin ?? 0] : []));
    expect(Math.min(...margins)).toBeGreaterThanOrEqual(0);
  });
});

/** Pauses the roll as soon as this step is the next one. */
function pauseBefore(kind: string) {
  let isDue = false;
  return {
    onEvent: (event: RollEvent) => {
      isDue ||= event.kind === 'observed' && event.decision.kind === 'act' && event.decision.step.action.kind === kind;
    },
    pauseRequested: () => isDue,
  };
}
