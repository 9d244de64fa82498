import { describe, expect, it } from 'vitest';
import { createFakeEngine, type FakeEngine, runRoll } from '../../helpers/fake-engine.js';
import { NEW_IMAGE } from '../../helpers/servers.js';

/** Rolls onto an image that bootstraps a cluster of its own and joins 2.5 s later. */
async function rollOntoFounder(intervalMs: number, engine: FakeEngine = createFakeEngine(3)) {
  engine.setImage(NEW_IMAGE, 'founder');
  const { result, events } = await runRoll(engine, { order: { intervalMs } });
  const step = events.find((event) => event.kind === 'step-done' && event.step.action.kind === 'terminate');
  return { result, engine, step };
}

describe('a roll onto an image that bootstraps a cluster of its own', () => {
  it.each([250, 1000, 5000, 60_000])('sees it before it joins, with an interval of %i ms', async (intervalMs) => {
    const { result, engine, step } = await rollOntoFounder(intervalMs);
    expect(result).toMatchObject({ outcome: 'rolled-back', reason: { kind: 'founder', followers: 0 } });
    expect(step).toMatchObject({ step: { reason: { sign: 'own-cluster' } } });
    expect(engine.servers.peers).toHaveLength(3);
    expect(engine.account.groups.map(({ name }) => name)).toEqual([engine.names.group]);
  });

  it('terminates it although it is asked to pause, and pauses then', async () => {
    const engine = createFakeEngine(3);
    engine.setImage(NEW_IMAGE, 'founder');
    let isSeen = false;
    const { result } = await runRoll(engine, {
      order: { intervalMs: 1000 },
      pauseRequested: () => isSeen,
      onEvent: (event) => {
        const decision = event.kind === 'observed' ? event.decision : undefined;
        isSeen ||= decision?.kind === 'act' && decision.step.action.kind === 'terminate';
      },
    });
    expect(result.outcome).toBe('interrupted');
    expect(engine.calls.filter((call) => call.startsWith('terminate'))).toHaveLength(1);
    await engine.clock.sleep(60_000);
    expect(engine.servers.peers).toHaveLength(3);
  });

  it('sees it in place too', async () => {
    const engine = createFakeEngine(3);
    engine.setImage(NEW_IMAGE, 'founder');
    const { result } = await runRoll(engine, { order: { intervalMs: 5000, strategy: 'in-place' } });
    expect(result).toMatchObject({ outcome: 'rolled-back', reason: { kind: 'founder' } });
    expect(engine.servers.peers).toHaveLength(3);
  });

  it('asks it to leave, so that it joins nothing while it is shut down', async () => {
    const { engine } = await rollOntoFounder(1000);
    const at = engine.calls.findIndex((call) => call.startsWith('requestLeave'));
    expect(engine.calls[at + 1]).toMatch(/^terminate i-/);
  });
});
