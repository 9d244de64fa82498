import { describe, expect, it } from 'vitest';
import type { RollEvent } from '../../../src/lib/model/events.js';
import { createFakeEngine, type FakeEngine, runRoll } from '../../helpers/fake-engine.js';
import { limits } from '../../helpers/intents.js';
import { NEW_IMAGE } from '../../helpers/servers.js';

/** Rolls onto an image that bootstraps a cluster of its own and joins 2.5 s later. */
async function rollOntoFounder(intervalMs: number, engine: FakeEngine = createFakeEngine(3)) {
  engine.setImage(NEW_IMAGE, 'founder');
  const { result, events } = await runRoll(engine, { order: { intervalMs } });
  const step = events.find((event) => event.kind === 'step-done' && event.step.action.kind === 'terminate');
  return { result, engine, step };
}

/** Asks the roll to pause after this, and to end at once so much later. */
async function pauseAt(engine: FakeEngine, at: 'scale-out' | 'booting', thenStopMs?: number) {
  let isAsked = false;
  const stop = new AbortController();
  return runRoll(engine, {
    order: { intervalMs: 1000 },
    pauseRequested: () => isAsked,
    signal: stop.signal,
    onEvent: (event) => {
      const isBooting = event.kind === 'waiting' && event.wait.for.kind === 'ready';
      const isScaled = event.kind === 'step-done' && event.step.action.kind === 'scale-out';
      if (isAsked || !(at === 'booting' ? isBooting : isScaled)) return;
      isAsked = true;
      if (thenStopMs !== undefined) engine.clock.after(thenStopMs, () => stop.abort());
    },
  });
}

function listWarnings(events: readonly RollEvent[]): string[] {
  return events.flatMap((event) => (event.kind === 'warning' ? event.warning.kind : []));
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

  // failure-mode: interrupted
  it('stays, asked to pause while it boots, until it is terminated', async () => {
    for (const at of ['scale-out', 'booting'] as const) {
      const engine = createFakeEngine(3);
      engine.setImage(NEW_IMAGE, 'founder');
      const { result, events } = await pauseAt(engine, at);
      expect(result).toMatchObject({ outcome: 'interrupted', changed: 'cluster' });
      expect(engine.calls.filter((call) => call.startsWith('terminate'))).toHaveLength(1);
      expect(listWarnings(events)).toEqual(['watching-servers']);
      await engine.clock.sleep(60_000);
      expect(engine.servers.peers).toHaveLength(3);
    }
  });

  it('stays until a server that founds nothing has joined, and takes no other step', async () => {
    const engine = createFakeEngine(3);
    const { result, events } = await pauseAt(engine, 'booting');
    expect(result.outcome).toBe('interrupted');
    expect(engine.servers.peers).toHaveLength(4);
    const steps = events.flatMap((event) => (event.kind === 'step-done' ? event.step.action.kind : []));
    expect(steps.at(-1)).toBe('scale-out');
    expect(listWarnings(events)).toEqual(['watching-servers']);
    expect(events.at(-1)).toMatchObject({ kind: 'ended' });
  });

  it('does not wait longer than a server may take to join, and names the one that has not', async () => {
    const engine = createFakeEngine(3);
    engine.setImage(NEW_IMAGE, 'broken');
    const { result, events } = await pauseAt(engine, 'booting');
    expect(result.outcome).toBe('interrupted');
    expect(listWarnings(events)).toEqual(['watching-servers', 'unwatched-servers']);
    expect(result.elapsedMs).toBeLessThan(2 * limits.healthTimeoutMs);
  });

  it('ends at once when it is asked a second time, and names what runs on', async () => {
    const engine = createFakeEngine(3);
    engine.setImage(NEW_IMAGE, 'founder');
    const { result, events } = await pauseAt(engine, 'booting', 2500);
    expect(result.outcome).toBe('interrupted');
    expect(engine.calls.filter((call) => call.startsWith('terminate'))).toHaveLength(0);
    expect(listWarnings(events)).toEqual(['watching-servers', 'unwatched-servers']);
    const [canary] = engine.account.instances.filter(({ group }) => group !== engine.names.group);
    const warning = events.findLast((event) => event.kind === 'warning');
    expect(warning).toMatchObject({ warning: { instanceIds: [canary?.instanceId] } });
  });

  it('stays too when the roll stops for another reason while it boots', async () => {
    const engine = createFakeEngine(3);
    engine.setImage(NEW_IMAGE, 'founder');
    const { result } = await runRoll(engine, {
      order: { intervalMs: 1000 },
      onEvent: (event) => {
        if (event.kind === 'waiting' && event.wait.for.kind === 'ready')
          engine.world.call('autoscaling', 'UpdateAutoScalingGroup', {
            AutoScalingGroupName: engine.names.group,
            DesiredCapacity: 4,
          });
      },
    });
    expect(result).toMatchObject({ outcome: 'stopped', reason: { kind: 'changed-externally' } });
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
