import { describe, expect, it } from 'vitest';
import type { RollEvent } from '../../../src/lib/model/events.js';
import { findChangeExtent } from '../../../src/lib/model/outcome.js';
import { buildOutcomeText } from '../../../src/lib/output/text/outcome.js';
import { createFakeEngine, type FakeEngine, listWrites, runRoll } from '../../helpers/fake-engine.js';
import { NEW_IMAGE } from '../../helpers/servers.js';

function isDone(event: RollEvent, kind: string): boolean {
  return event.kind === 'step-done' && event.step.action.kind === kind;
}

/** The peer that was last asked to leave, if Raft still has it. */
function findLeft(engine: FakeEngine, events: readonly RollEvent[]) {
  const asked = events.flatMap((event) =>
    event.kind === 'step-done' && event.step.action.kind === 'leave'
      ? event.step.action.servers.map(({ address }) => address)
      : [],
  );
  expect(asked).not.toEqual([]);
  return engine.servers.peers.find(({ address }) => address === asked.at(-1));
}

/** Runs until this event, and then asks to pause, or stops at once. */
function until(engine: FakeEngine, met: (event: RollEvent) => boolean, how: 'pause' | 'abort') {
  const controller = new AbortController();
  let seen = false;
  return runRoll(engine, {
    signal: controller.signal,
    pauseRequested: () => seen && how === 'pause',
    onEvent: (event) => {
      seen ||= met(event);
      if (seen && how === 'abort') controller.abort();
    },
  });
}

describe('a roll that is asked to pause', () => {
  it('completes a leave and stops before the next step', async () => {
    const engine = createFakeEngine(3);
    const { result, events } = await until(engine, (event) => isDone(event, 'leave'), 'pause');
    expect(result.outcome).toBe('interrupted');
    expect(findLeft(engine, events)).toBeUndefined();
    const steps = events.flatMap((event) => (event.kind === 'step-started' ? [event.step.action.kind] : []));
    expect(steps.at(-1)).toBe('leave');
  });

  // failure-mode: interrupted-before-change
  it('completes the leave that it has begun, and begins no other beside it', async () => {
    const engine = createFakeEngine(5);
    const { result, events } = await until(engine, (event) => isDone(event, 'leave'), 'pause');
    expect(result.outcome).toBe('interrupted');
    expect(findLeft(engine, events)).toBeUndefined();
    expect(events.filter((event) => isDone(event, 'leave'))).toHaveLength(1);
  });

  it('changes nothing when it is asked before the first step', async () => {
    const engine = createFakeEngine(3);
    const { result } = await until(engine, () => true, 'pause');
    expect(result.outcome).toBe('interrupted');
    expect(listWrites(engine)).toEqual([]);
    expect(findChangeExtent(result)).toBe('nothing');
    expect(buildOutcomeText(result)).toMatchObject({
      happened: 'Interrupted before anything was changed.',
      next: [`start again with: consul-roll upgrade --cluster consul --ami ${NEW_IMAGE}`],
    });
  });

  it.each([
    ['write-intent', 'Interrupted; only the record of the roll was written; nothing else was changed.'],
    ['scale-out', 'Interrupted; the roll can be resumed.'],
  ])('can be resumed once it has come to %s', async (kind, happened) => {
    const engine = createFakeEngine(3);
    const { result } = await until(engine, (event) => isDone(event, kind), 'pause');
    expect(findChangeExtent(result)).not.toBe('nothing');
    expect(buildOutcomeText(result).happened).toBe(happened);
    expect(buildOutcomeText(result).next.at(-1)).toContain('resume with: consul-roll resume');
  });

  it('counts as changed when the write of its record failed', async () => {
    const engine = createFakeEngine(3);
    engine.injectFault = (call) => {
      if (call.startsWith('tag')) throw new Error('the answer never came');
    };
    const { result } = await until(engine, ({ kind }) => kind === 'step-failed', 'abort');
    expect(result.outcome).toBe('interrupted');
    expect(findChangeExtent(result)).not.toBe('nothing');
  });
});

describe('a roll that must stop at once', () => {
  it('stops even while a server leaves', async () => {
    const engine = createFakeEngine(3);
    const { result, events } = await until(engine, (event) => isDone(event, 'leave'), 'abort');
    expect(result.outcome).toBe('interrupted');
    expect(findLeft(engine, events)?.voter).toBe(true);
  });

  it.each(['wait', 'act'])('stops while AWS cannot be read, after a decision to %s', async (kind) => {
    const engine = createFakeEngine(3);
    let isUnreadable = false;
    engine.injectFault = (call) => {
      if (call === 'describeCluster' && isUnreadable) throw new Error('Rate exceeded');
    };
    const failFromNow = (event: RollEvent) => {
      isUnreadable ||= event.kind === 'observed' && event.decision.kind === kind;
      return event.kind === 'observation-failed';
    };
    const { result } = await until(engine, failFromNow, 'abort');
    expect(result.outcome).toBe('interrupted');
  });

  it('releases the lock', async () => {
    const engine = createFakeEngine(3);
    await until(engine, (event) => isDone(event, 'create-group'), 'abort');
    expect(engine.servers.keys.filter((key) => key.endsWith('lock'))).toEqual([]);
  });
});

describe('a roll that is killed', () => {
  /** Dies after so many steps, without giving the lock back, and is begun again by another process. */
  async function killedAfter(steps: number, awayMs = 0) {
    const engine = createFakeEngine(3);
    engine.injectFault = (call) => {
      if (call.startsWith('compareAndDelete')) throw new Error('killed');
    };
    await until(engine, (event) => event.kind === 'step-done' && event.number === steps, 'abort');
    engine.injectFault = () => undefined;
    await engine.clock.sleep(awayMs);
    const next = Object.assign(engine, { holder: 'ops@there 2' });
    return { engine, ...(await runRoll(next)) };
  }

  it('is resumed after any step and reaches the same end', async () => {
    for (let steps = 1; steps < 30; steps += 3) {
      const { engine, result } = await killedAfter(steps);
      expect(result.outcome, `killed after ${steps} steps`).toMatch(/^rolled$/);
      const { groups, instances, launchConfigurations } = engine.account;
      expect([groups.length, launchConfigurations.length], `killed after ${steps} steps`).toEqual([1, 1]);
      expect(instances.map((one) => one.imageId)).toEqual(Array(3).fill(NEW_IMAGE));
      const terminated = engine.calls.filter((call) => call.startsWith('terminate'));
      expect(terminated.length, `killed after ${steps} steps`).toBe(3);
    }
  });

  // failure-mode: resumed-elsewhere
  it('is resumed an hour later from another machine: no limit has run out', async () => {
    for (let steps = 2; steps < 30; steps += 4) {
      const { result } = await killedAfter(steps, 3_600_000);
      expect(result.outcome, `killed after ${steps} steps`).toBe('rolled');
    }
  });
});
