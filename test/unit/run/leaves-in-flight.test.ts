import { describe, expect, it } from 'vitest';
import { buildIdleTarget } from '../../../src/lib/engine/observe/observe.js';
import { parseJournal } from '../../../src/lib/engine/run/journal-value.js';
import { RunState } from '../../../src/lib/engine/run/run-state.js';
import { listDepartingInstances } from '../../../src/lib/model/action.js';
import { RollError } from '../../../src/lib/model/errors.js';
import type { RollEvent } from '../../../src/lib/model/events.js';
import { buildJournalKey } from '../../../src/lib/model/journal.js';
import { buildOrder, createFakeEngine, type FakeEngine, runRoll } from '../../helpers/fake-engine.js';
import { buildMidRoll, limits } from '../../helpers/intents.js';
import { NEW_IMAGE, OLD_IMAGE } from '../../helpers/servers.js';

const lost = new RollError({
  code: 'consul-broken',
  message: 'It answered 500.',
  kind: 'refused',
  next: 'wait',
  passing: true,
});

const isStep = (event: RollEvent, at: 'step-started' | 'step-done', kind: string): boolean =>
  event.kind === at && event.step.action.kind === kind;

/** The next requests to leave are answered like this; those after them as usual. */
function answerLeaves(engine: FakeEngine, ...answers: ((carryOut: () => Promise<void>) => Promise<void>)[]): void {
  const original = engine.consul.requestLeave.bind(engine.consul);
  engine.consul.requestLeave = async (address) => {
    const [answer = (carryOut: () => Promise<void>) => carryOut()] = answers.splice(0, 1);
    await answer(() => original(address));
  };
}

// failure-mode: leave-answered-late
describe('a leave that is answered with an error after it was carried out', () => {
  const failLate = async (carryOut: () => Promise<void>) => {
    await carryOut();
    throw lost;
  };

  it('counts as begun: a roll that is asked to stop waits for its end', async () => {
    const engine = createFakeEngine(5);
    const [before] = [engine.servers.peers.length];
    answerLeaves(engine, failLate);
    let failed = false;
    const onEvent = (event: RollEvent) => {
      failed ||= event.kind === 'step-failed';
    };
    const { result } = await runRoll(engine, { onEvent, pauseRequested: () => failed });
    expect(result.outcome).toBe('interrupted');
    // The first of a roll leaves alone.
    expect([before, engine.servers.peers.length]).toEqual([5, 9]);
  });

  it('costs the roll nothing', async () => {
    const engine = createFakeEngine(5);
    answerLeaves(engine, failLate, failLate, failLate);
    const { result } = await runRoll(engine);
    expect(result.outcome).toBe('rolled');
  });
});

/** The servers of each event of this kind about leaves, in order. */
const listLeaves = (events: readonly RollEvent[], kind: 'step-started' | 'step-done' | 'step-failed') =>
  events.flatMap((event) =>
    event.kind === kind && event.step.action.kind === 'leave' ? [listDepartingInstances(event.step.action)] : [],
  );

// failure-mode: leave-of-one-fails
describe('a step that asks several servers to leave', () => {
  type Answer = Parameters<typeof answerLeaves>[1];
  const lose: Answer = async () => {
    throw lost;
  };
  const failLate: Answer = async (carryOut) => {
    await carryOut();
    throw lost;
  };
  const carry: Answer = (carryOut) => carryOut();
  const denied = new RollError({ code: 'acl-denied', message: 'Permission denied', kind: 'refused', next: 'grant it' });
  const refuse: Answer = async () => {
    throw denied;
  };

  it.each<[string, Answer[], number]>([
    ['the first is lost', [lose, carry, carry], 0],
    ['the second is lost', [carry, lose, carry], 1],
    ['the answer of the third is lost', [carry, carry, failLate], 2],
  ])('asks only the one again that did not answer: %s', async (_which, answers, nth) => {
    const engine = createFakeEngine(7);
    answerLeaves(engine, carry, ...answers);
    const { result, events } = await runRoll(engine);
    expect(result.outcome).toBe('rolled');
    const [first, step = []] = listLeaves(events, 'step-started');
    expect([first, step]).toMatchObject([{ length: 1 }, { length: 4 }]);
    const failed = step.filter((_, n) => n === nth);
    expect(listLeaves(events, 'step-failed')).toEqual([failed]);
    const done = listLeaves(events, 'step-done');
    expect(done[1]).toEqual(step.filter((id) => !failed.includes(id)));
    // No server is named by two steps that were done.
    expect(done.flat().sort()).toEqual([...new Set(done.flat())].sort());
    // One that left, although its answer was lost, is not asked again.
    expect(done.flat().length).toBeGreaterThanOrEqual(6);
    const addresses = engine.calls.filter((call) => call.startsWith('requestLeave'));
    expect(new Set(addresses).size).toBe(7);
    expect(addresses.length).toBeLessThanOrEqual(8);
  });

  it('asks all of them again, one after the other, where none answered', async () => {
    const engine = createFakeEngine(7);
    answerLeaves(engine, carry, lose, lose, lose, lose);
    const { result, events } = await runRoll(engine);
    expect(result.outcome).toBe('rolled');
    const [failed = []] = listLeaves(events, 'step-failed');
    expect(failed).toHaveLength(4);
    expect(listLeaves(events, 'step-done').slice(1, 5)).toEqual(failed.map((id) => [id]));
  });

  it('gives up where one of them never answers, and the others have left', async () => {
    const engine = createFakeEngine(5);
    const original = engine.consul.requestLeave.bind(engine.consul);
    const asked = new Set<string>();
    engine.consul.requestLeave = async (address) => {
      asked.add(address);
      if (address === [...asked][1]) throw lost;
      await original(address);
    };
    const { result, events } = await runRoll(engine);
    expect(result).toMatchObject({ outcome: 'stopped', reason: { kind: 'step-failed', action: 'leave' } });
    const [, step = []] = listLeaves(events, 'step-started');
    expect(step).toHaveLength(2);
    expect(listLeaves(events, 'step-failed').flat()).toEqual(Array(5).fill(step[0]));
  });

  it('has the servers that were asked in the journal, for those who watch', async () => {
    const engine = createFakeEngine(7);
    answerLeaves(engine, carry, carry, lose);
    const { events } = await runRoll(engine);
    const [, step = []] = listLeaves(events, 'step-started');
    const entries = parseJournal(engine.servers.get(buildJournalKey('consul'))?.value)?.entries ?? [];
    const [, recorded, rest] = entries.flatMap((entry) =>
      entry.kind === 'step' && entry.step.action.kind === 'leave'
        ? [{ ids: listDepartingInstances(entry.step.action), error: entry.error }]
        : [],
    );
    expect(recorded).toEqual({ ids: step.filter((id) => id !== step[1]), error: undefined });
    expect(rest).toEqual({ ids: [step[1]], error: lost.message });
  });

  it('has not asked the one that refuses', async () => {
    const engine = createFakeEngine(7);
    answerLeaves(engine, carry, refuse);
    const { result, events } = await runRoll(engine);
    expect(result).toMatchObject({ outcome: 'stopped', reason: { kind: 'old-already-left' } });
    const [, step = []] = listLeaves(events, 'step-started');
    const [, done] = listLeaves(events, 'step-done');
    expect([done, listLeaves(events, 'step-failed')]).toEqual([step.slice(1), [step.slice(0, 1)]]);
  });

  // failure-mode: leave-refused
  it('asks the first alone: where it refuses, no other leaves, and the roll rolls back', async () => {
    const engine = createFakeEngine(5);
    const denied = new RollError({
      code: 'acl-denied',
      message: 'Permission denied',
      kind: 'refused',
      next: 'grant it',
    });
    answerLeaves(engine, async () => {
      throw denied;
    });
    const { result } = await runRoll(engine);
    expect(result).toMatchObject({ outcome: 'rolled-back', reason: { kind: 'leave-refused' } });
    expect(engine.account.instances.map(({ imageId }) => imageId)).toEqual(Array(5).fill(OLD_IMAGE));
  });

  it('whose requests were all lost does not keep the roll from replacing new voters that die', async () => {
    const engine = createFakeEngine(7, { cleanup: false });
    const original = engine.consul.requestLeave.bind(engine.consul);
    let requests = 0;
    engine.consul.requestLeave = async (address) => {
      requests += 1;
      if (requests === 5) {
        const others = engine.servers.peers.filter((one) => one.address !== engine.servers.leader);
        for (const { address } of others.slice(-2)) engine.servers.crash(address);
      }
      if ([2, 3, 4, 5].includes(requests)) throw lost;
      await original(address);
    };
    const { result } = await runRoll(engine);
    expect(result.outcome).toBe('rolled');
  });
});

describe('a roll that another process has begun', () => {
  it('asks no server to leave before a leave of that process would show', async () => {
    const engine = createFakeEngine(5);
    const controller = new AbortController();
    const abort = (event: RollEvent) => {
      if (isStep(event, 'step-done', 'leave')) controller.abort();
    };
    await runRoll(engine, { signal: controller.signal, onEvent: abort });
    const resumedAtMs = engine.clock.now();
    let askedAtMs: number | undefined;
    const onEvent = (event: RollEvent) => {
      if (isStep(event, 'step-started', 'leave')) askedAtMs ??= engine.clock.now();
    };
    const { result } = await runRoll(engine, { order: { kind: 'resume' }, onEvent });
    expect(result.outcome).toBe('rolled');
    expect((askedAtMs ?? 0) - resumedAtMs).toBeGreaterThanOrEqual(6_000);
  });

  it('removes no orphan peer before a leave of that process would show', async () => {
    const engine = createFakeEngine(5);
    const controller = new AbortController();
    const abort = (event: RollEvent) => {
      if (isStep(event, 'step-done', 'leave')) controller.abort();
    };
    await runRoll(engine, { signal: controller.signal, onEvent: abort });
    const { leader } = engine.servers;
    const dead = engine.account.instances.find((one) => one.imageId === NEW_IMAGE && one.address !== leader);
    engine.servers.crash(dead?.address ?? '');
    engine.world.call('autoscaling', 'TerminateInstanceInAutoScalingGroup', {
      InstanceId: dead?.instanceId,
      ShouldDecrementDesiredCapacity: true,
    });
    const resumedAtMs = engine.clock.now();
    let decidedAtMs: number | undefined;
    let removedAtMs: number | undefined;
    const onEvent = (event: RollEvent) => {
      const isDue = event.kind === 'observed' && event.decision.kind === 'act';
      if (isDue && event.decision.step.action.kind === 'remove-peer') decidedAtMs ??= engine.clock.now();
      if (isStep(event, 'step-started', 'remove-peer')) removedAtMs ??= engine.clock.now();
    };
    const order = { kind: 'rollback', limits: { ...limits, successThreshold: 1 }, intervalMs: 1_000 } as const;
    const { result } = await runRoll(engine, { order, onEvent });
    expect(result.outcome).toBe('rolled-back');
    expect((decidedAtMs ?? Infinity) - resumedAtMs).toBeLessThan(6_000);
    // Autopilot may have removed it meanwhile.
    expect((removedAtMs ?? Infinity) - resumedAtMs).toBeGreaterThanOrEqual(6_000);
  });
});

// failure-mode: left-by-hand
describe('a server that an operator asks to leave', () => {
  /** The operator's request to the server of this side that is not the leader, once its own gossip has it leaving. */
  async function leaveByHand(engine: FakeEngine, imageId: string) {
    const others = engine.account.instances.filter(
      (one) => one.imageId === imageId && one.address !== engine.servers.leader,
    );
    await engine.consul.requestLeave(others.at(-1)?.address ?? '');
  }

  it.each([
    ['old', OLD_IMAGE],
    ['new', NEW_IMAGE],
  ])('while others leave costs the roll nothing: %s', async (_side, imageId) => {
    const engine = createFakeEngine(5);
    const asked: Promise<void>[] = [];
    const onEvent = (event: RollEvent) => {
      if (isStep(event, 'step-done', 'leave') && asked.length === 0) asked.push(leaveByHand(engine, imageId));
      const voters = engine.servers.peers.filter(({ voter }) => voter);
      expect(voters.filter(({ up }) => up).length * 2).toBeGreaterThan(voters.length);
    };
    const { result } = await runRoll(engine, { onEvent });
    expect(asked).toHaveLength(1);
    expect(result.outcome).toBe('rolled');
    expect(engine.servers.peers.filter(({ voter, up }) => voter && up)).toHaveLength(5);
  });

  it('is not waited for by a roll that is asked to stop: it has not begun that leave', () => {
    const { observation, memory, intent } = buildMidRoll({ old: 5, new: 5 });
    const start = {
      intent: { ...intent, pauseAfter: 'grow' as const },
      observation,
      isConfirmed: true,
      resumed: true,
      target: buildIdleTarget('consul', 'consul', []),
    };
    const state = new RunState(start, buildOrder());
    const servers = observation.servers.map((one) =>
      one.instanceId === 'i-0b12' ? { ...one, agent: { ...one.agent, isLeaving: true } } : one,
    );
    state.update({ observation: { ...observation, servers }, memory });
    expect([state.leaving.length, state.isAwaitingLeave]).toEqual([1, false]);
    // Nor does it take it past a stop for an operator.
    const named = [{ instanceId: 'i-0a11', address: '10.0.0.11' }];
    const action = { kind: 'leave', servers: named } as const;
    expect(state.findDuePause({ phase: 'drain', action, reason: { kind: 'as-before' }, margin: undefined })).toBe(
      'grow',
    );
    const leaveRequests = { 'i-0a12': { count: 1, lastRequestedAtMs: observation.atMs } };
    state.update({ observation, memory: { ...memory, leaveRequests } });
    expect([state.leaving.length, state.isAwaitingLeave]).toEqual([1, true]);
  });
});
