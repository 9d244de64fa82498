import { describe, expect, it } from 'vitest';
import { decide } from '../../../src/lib/engine/decide/decide.js';
import {
  updateMemoryWithAction,
  updateMemoryWithDecision,
  updateMemoryWithObservation,
} from '../../../src/lib/engine/decide/memory.js';
import { checkSafety } from '../../../src/lib/engine/safety/safety.js';
import { listProcessesToSuspend } from '../../../src/lib/engine/strategy/suspended-processes.js';
import type { Decision, DecisionInput } from '../../../src/lib/model/decision.js';
import type { LifecycleHook } from '../../../src/lib/model/group.js';
import type { Intent } from '../../../src/lib/model/intent.js';
import type { Server, Side } from '../../../src/lib/model/server.js';
import { listRemedies } from '../../../src/lib/output/text/remedies.js';
import { describeStopReason } from '../../../src/lib/output/text/stop-reasons.js';
import { describeWaitFor } from '../../../src/lib/output/text/waits.js';
import { buildMidRoll, limits, type MidRollShape, summarizeDecision } from '../../helpers/intents.js';
import { OBSERVED_AT_MS } from '../../helpers/servers.js';

const HOUR_MS = 3_600_000;
const LAUNCHING: LifecycleHook = {
  name: 'configure',
  holds: 'launches',
  timeoutMs: HOUR_MS,
  defaultResult: 'CONTINUE',
};
const TERMINATING: LifecycleHook = {
  name: 'archive',
  holds: 'terminations',
  timeoutMs: HOUR_MS,
  defaultResult: 'CONTINUE',
};
const hooks = [LAUNCHING, TERMINATING];

/** A roll whose observations follow one another, each with this of the servers. */
class Roll {
  #input: DecisionInput;

  constructor(shape: MidRollShape, change: Partial<Intent> = {}) {
    this.#input = buildMidRoll({ size: 3, old: 3, ...shape }, change);
  }

  /** The decision after an observation that long after the beginning, with this change of one server. */
  at(afterMs: number, instanceId: string, change: Partial<Server> | undefined): Decision {
    const { observation: before, memory: known } = this.#input;
    const servers = before.servers.flatMap((one) => {
      if (one.instanceId !== instanceId) return one;
      return change === undefined ? [] : { ...one, ...change };
    });
    const observation = { ...before, servers, atMs: OBSERVED_AT_MS + afterMs };
    // Others were made meanwhile, which showed nothing new.
    const meanwhile = { ...known, lastObservedAtMs: observation.atMs };
    const memory = updateMemoryWithObservation({ observation, memory: meanwhile }, limits, 0);
    this.#input = { ...this.#input, observation, memory };
    const decision = decide(this.#input);
    this.#input = { ...this.#input, memory: updateMemoryWithDecision(this.#input, decision) };
    return decision;
  }

  /** A process of the group of a side is suspended. */
  suspend(side: Side, process: string): void {
    const { [side]: group } = this.#input.observation;
    const suspended = group && { ...group, suspendedProcesses: [...group.suspendedProcesses, process] };
    this.#input = { ...this.#input, observation: { ...this.#input.observation, [side]: suspended } };
  }

  get input(): DecisionInput {
    return this.#input;
  }
}

const starting = (launchedAtMs = OBSERVED_AT_MS) => ({ lifecycle: 'Pending:Wait', launchedAtMs });
const ending = { lifecycle: 'Terminating:Wait', peer: undefined } as const;

function waitOf(decision: Decision) {
  if (decision.kind !== 'wait') throw new Error(summarizeDecision(decision));
  return decision.wait;
}

function reasonOf(decision: Decision) {
  if (decision.kind === 'stop') return decision.reason;
  if (decision.kind === 'act' && decision.step.action.kind === 'start-rollback') return decision.step.action.reason;
  throw new Error(summarizeDecision(decision));
}

// failure-mode: hook-holds-launch
describe('a launch that a hook holds', () => {
  const roll = () =>
    new Roll({ new: 1, stages: { 'i-0b11': 'voter' }, newGroup: { hooks }, history: { passedGates: [] } });

  it('is waited for as long as the hook may hold it, and the wait names the hook', () => {
    const wait = waitOf(roll().at(0, 'i-0b11', starting()));
    expect(wait.limitMs).toBe(limits.healthTimeoutMs + HOUR_MS);
    expect(describeWaitFor(wait.for)).toBe('i-0b11 to be ready, held by lifecycle hook configure');
  });

  it('is rolled back after that, with the hook in the reason, and what completes it in the advice', () => {
    const held = roll();
    held.at(0, 'i-0b11', starting());
    const reason = reasonOf(held.at(limits.healthTimeoutMs + HOUR_MS + 1, 'i-0b11', starting()));
    expect(describeStopReason(reason)).toContain('i-0b11 is held by lifecycle hook configure of group consul-7f3a');
    expect(listRemedies(reason).join()).toContain(
      'aws autoscaling complete-lifecycle-action --lifecycle-action-result CONTINUE --lifecycle-hook-name configure --auto-scaling-group-name consul-7f3a --instance-id i-0b11',
    );
  });

  it('has its own time to get ready once the hook lets go of it', () => {
    const held = roll();
    held.at(0, 'i-0b11', starting());
    held.at(HOUR_MS, 'i-0b11', starting());
    const booting = { lifecycle: 'InService', agent: { kind: 'down', why: 'refused', detail: '' } } as const;
    expect(summarizeDecision(held.at(HOUR_MS + 5_000, 'i-0b11', booting))).toMatch(/^wait ready/);
    expect(reasonOf(held.at(HOUR_MS + limits.healthTimeoutMs + 1, 'i-0b11', booting)).kind).toBe('timed-out');
  });

  it.each([
    ['that is being ended', { lifecycle: 'Terminating', peer: undefined }],
    ['that is gone', undefined],
  ])('and abandons: a server %s is not launched again and again', (_case, change) => {
    const held = roll();
    held.at(0, 'i-0b11', starting());
    const reason = reasonOf(held.at(HOUR_MS, 'i-0b11', change));
    expect(describeStopReason(reason)).toBe('Lifecycle hook configure abandoned the launch of i-0b11.');
    expect(listRemedies(reason)).toHaveLength(1);
  });

  it('and abandons: once old servers have left, the group launches no more before the roll stops', () => {
    const short = { old: 2, leader: 0, stages: { 'i-0b12': 'booting' }, newGroup: { hooks, desired: 2 } } as const;
    const held = new Roll({ ...short, new: 2 });
    held.at(0, 'i-0b12', starting());
    const suspend = held.at(HOUR_MS, 'i-0b12', undefined);
    expect(summarizeDecision(suspend)).toBe('act suspend-processes consul-7f3a Launch');
    held.suspend('new', 'Launch');
    expect(reasonOf(held.at(HOUR_MS, 'i-0b12', undefined))).toMatchObject({
      kind: 'old-already-left',
      because: { kind: 'launch-abandoned' },
    });
  });

  it('and abandons: in a rollback too', () => {
    const oldGroup = { hooks, desired: 3, suspendedProcesses: listProcessesToSuspend(true) };
    const held = new Roll({ new: 3, leader: 3, oldGroup }, { direction: 'rollback' });
    held.at(0, 'i-0a13', { ...starting(), peer: undefined });
    const suspend = held.at(HOUR_MS, 'i-0a13', undefined);
    expect(summarizeDecision(suspend)).toBe('act suspend-processes consul Launch');
    held.suspend('old', 'Launch');
    expect(reasonOf(held.at(HOUR_MS, 'i-0a13', undefined)).kind).toBe('launch-abandoned');
  });

  it('leaves first in a rollback, although it votes', () => {
    const held = new Roll({ new: 3, newGroup: { hooks } }, { direction: 'rollback' });
    const decisions = ['i-0b11', 'i-0b12'].map((id) => held.at(0, id, { balancers: {} }));
    expect(summarizeDecision(decisions.at(-1))).toMatch(/^act deregister/);
    held.at(0, 'i-0b13', { ...starting(), balancers: {} });
    expect(summarizeDecision(held.at(0, '', undefined))).toBe('act leave i-0b13');
  });

  it('and lets go: a server that ends later was not abandoned', () => {
    const held = roll();
    held.at(0, 'i-0b11', starting());
    held.at(HOUR_MS, 'i-0b11', { lifecycle: 'InService' });
    expect(summarizeDecision(held.at(HOUR_MS + 5_000, 'i-0b11', undefined))).toMatch(/^wait ready/);
  });
});

// failure-mode: hook-holds-termination
describe('a termination that a hook holds', () => {
  const back = (history: MidRollShape['history'] = {}) =>
    new Roll({ new: 1, stages: { 'i-0b11': 'terminating' }, newGroup: { hooks }, history }, { direction: 'rollback' });
  const old = () =>
    new Roll({
      old: 1,
      new: 3,
      leader: 1,
      stages: { 'i-0a11': 'terminating' },
      oldGroup: { hooks, instanceIds: ['i-0a11'] },
    });

  it('of an old server is waited for as long as the hook may hold it, and the wait names the hook', () => {
    const roll = old();
    const wait = waitOf(roll.at(0, 'i-0a11', ending));
    expect(wait.limitMs).toBe(limits.awsTimeoutMs + HOUR_MS);
    expect(describeWaitFor(wait.for)).toBe('i-0a11 to be terminated, held by lifecycle hook archive');
    const reason = reasonOf(roll.at(limits.awsTimeoutMs + HOUR_MS + 1, 'i-0a11', ending));
    expect(describeStopReason(reason)).toContain('held by lifecycle hook archive');
  });

  it('of an old server has the usual time after the hook has let go of it', () => {
    const roll = old();
    roll.at(0, 'i-0a11', ending);
    roll.at(HOUR_MS, 'i-0a11', ending);
    const proceeding = { lifecycle: 'Terminating:Proceed' };
    expect(summarizeDecision(roll.at(HOUR_MS + 5_000, 'i-0a11', proceeding))).toBe('wait terminated i-0a11');
  });

  it('of a new server in a rollback is completed once that had its time', () => {
    const roll = back();
    expect(summarizeDecision(roll.at(0, 'i-0b11', ending))).toBe('wait terminated i-0b11');
    const decision = roll.at(limits.leaveTimeoutMs, 'i-0b11', ending);
    expect(decision).toMatchObject({
      kind: 'act',
      step: {
        action: {
          kind: 'complete-lifecycle-hooks',
          group: 'consul-7f3a',
          instanceIds: ['i-0b11'],
          hooks: ['archive'],
          result: 'ABANDON',
        },
      },
    });
    if (decision.kind === 'act') expect(checkSafety(roll.input, decision.step.action)).toBeUndefined();
  });

  it('is completed with CONTINUE where the group retains what is abandoned', () => {
    const shape = { new: 1, stages: { 'i-0b11': 'terminating' }, newGroup: { hooks, retainsAbandoned: true } } as const;
    const roll = new Roll(shape, { direction: 'rollback' });
    roll.at(0, 'i-0b11', ending);
    expect(roll.at(limits.leaveTimeoutMs, 'i-0b11', ending)).toMatchObject({
      step: { action: { result: 'CONTINUE' } },
    });
  });

  it('is waited for where AWS did not let the roll complete it', () => {
    const roll = back({ hookCompletionDenied: true });
    const wait = waitOf(roll.at(0, 'i-0b11', ending));
    expect(wait.limitMs).toBe(limits.awsTimeoutMs + HOUR_MS);
    expect(summarizeDecision(roll.at(limits.leaveTimeoutMs, 'i-0b11', ending))).toBe('wait terminated i-0b11');
  });

  it('of a founder is completed at once', () => {
    const founder = { kind: 'founder', instanceId: 'i-0b11', sign: 'own-cluster', followers: 0 } as const;
    const shape = { new: 1, stages: { 'i-0b11': 'terminating' }, newGroup: { hooks }, history: { founder } } as const;
    expect(summarizeDecision(new Roll(shape).at(0, 'i-0b11', ending))).toMatch(
      /^act complete-lifecycle-hooks .* i-0b11/,
    );
  });

  it('of a voter that still answers is left alone', () => {
    const roll = new Roll({ new: 1, newGroup: { hooks } }, { direction: 'rollback' });
    const voter = { lifecycle: 'Terminating:Wait' };
    roll.at(0, 'i-0b11', voter);
    expect(summarizeDecision(roll.at(HOUR_MS, 'i-0b11', voter))).not.toContain('complete');
    const action = {
      kind: 'complete-lifecycle-hooks',
      group: 'consul-7f3a',
      hooks: ['archive'],
      result: 'ABANDON',
    } as const;
    expect(checkSafety(roll.input, { ...action, instanceIds: ['i-0b11'] })).toMatchObject({ kind: 'still-in-raft' });
    expect(checkSafety(roll.input, { ...action, instanceIds: ['i-0a11'] })).toMatchObject({ kind: 'not-owned' });
  });

  it('is forgotten by nothing that the roll does', () => {
    const roll = back();
    roll.at(0, 'i-0b11', ending);
    const action = {
      kind: 'complete-lifecycle-hooks',
      group: 'consul-7f3a',
      hooks: ['archive'],
      result: 'ABANDON',
    } as const;
    const after = updateMemoryWithAction(roll.input, { ...action, instanceIds: ['i-0b11'] });
    expect(after.holds).toEqual(roll.input.memory.holds);
  });
});
