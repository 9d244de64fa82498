import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decide } from '../../../src/lib/engine/decide/decide.js';
import { findRecordedIntent, foldPlan } from '../../../src/lib/engine/plan/fold.js';
import { simulateAction } from '../../../src/lib/engine/plan/simulate-action.js';
import { simulateWait } from '../../../src/lib/engine/plan/simulate-wait.js';
import { type Action, listDepartingInstances } from '../../../src/lib/model/action.js';
import type { DecisionInput, Step } from '../../../src/lib/model/decision.js';
import type { Intent } from '../../../src/lib/model/intent.js';
import { EMPTY_MEMORY, type Knowledge } from '../../../src/lib/model/memory.js';
import type { Observation } from '../../../src/lib/model/observation.js';
import {
  buildFacts,
  buildIntent,
  buildMidRoll,
  limits,
  type MidRollShape,
  summarizeDecision,
} from '../../helpers/intents.js';
import { buildObservation } from '../../helpers/observations.js';

interface Point extends DecisionInput {
  /** The actions from here to the end, according to the plan made at the start. */
  readonly rest: readonly Action[];
}

/** Every observation of a plan, each with the actions that follow it. */
function pointsOf(start: DecisionInput): Point[] {
  const points: { input: DecisionInput; done: number }[] = [];
  const actions: Action[] = [];
  for (let now = start; ; ) {
    points.push({ input: now, done: actions.length });
    const decision = decide(now);
    if (decision.kind === 'act') {
      actions.push(decision.step.action);
      const { observation, memory } = simulateAction(now, now.intent, decision.step.action);
      now = { ...now, observation: { ...observation, atMs: now.observation.atMs + 1 }, memory };
    } else if (decision.kind === 'wait') {
      now = { ...now, ...simulateWait(now, decision.wait.for, now.intent) };
    } else {
      return points.map(({ input, done }) => ({ ...input, rest: actions.slice(done) }));
    }
    now = { ...now, intent: findRecordedIntent(now.observation) ?? now.intent };
  }
}

/** The same cluster, observed for the first time by a new process. */
function afresh({ observation, memory: { snapshot } }: Knowledge): Knowledge {
  return { observation: { ...observation, preflightFacts: undefined }, memory: { ...EMPTY_MEMORY, snapshot } };
}

function actionsOf(steps: readonly Step[]): readonly Action[] {
  return steps.map((step) => step.action);
}

/**
 * The actions of a new process and of the one before it, in a comparable order: the new one may repeat a leave request
 * or a transfer, and cannot know which of two servers out of Raft left first.
 */
function known(actions: readonly Action[]): readonly string[] {
  const sure = actions.filter(({ kind }) => kind !== 'leave' && kind !== 'transfer-leadership');
  const runs = sure.map((action, n) => ({ run: startOfRun(sure, n), text: JSON.stringify(action) }));
  return runs.sort((a, b) => a.run - b.run || a.text.localeCompare(b.text)).map(({ text }) => text);
}

/** Index of the first of consecutive terminations that this action belongs to. */
function startOfRun(actions: readonly Action[], at: number): number {
  const before = actions[at - 1];
  const same = actions[at]?.kind === 'terminate' && before?.kind === 'terminate';
  return same ? startOfRun(actions, at - 1) : at;
}

const shapes = fc
  .record({ size: fc.integer({ min: 3, max: 7 }), surge: fc.integer({ min: 1, max: 7 }), leader: fc.nat(6) })
  .filter(({ size, surge, leader }) => surge <= size && leader < size);

function fresh({ size, surge, leader }: { size: number; surge: number; leader: number }): DecisionInput {
  const observation = buildObservation({ old: size, leader, over: { preflightFacts: buildFacts() } });
  return { observation, memory: EMPTY_MEMORY, intent: buildIntent(observation, { surge }), limits };
}

describe('a plan from the start', () => {
  it('ends, and has every old server leave exactly once, the leader once it leads no more', () => {
    fc.assert(
      fc.property(shapes, (shape) => {
        const { observation, memory, intent } = fresh(shape);
        const { steps, end } = foldPlan({ observation, memory, intent, limits });
        expect(summarizeDecision(end)).toBe('done rolled');
        const left = actionsOf(steps).flatMap((action) =>
          action.kind === 'leave' ? listDepartingInstances(action) : [],
        );
        const old = observation.servers.map((server) => server.instanceId);
        expect([...left].sort()).toEqual([...old].sort());
        const kinds = actionsOf(steps).map(({ kind }) => kind);
        expect(kinds.indexOf('transfer-leadership')).toBeLessThan(kinds.indexOf('leave'));
        const gone = actionsOf(steps).flatMap((action) => (action.kind === 'terminate' ? [action.instanceId] : []));
        expect([...gone].sort()).toEqual([...old].sort());
      }),
      { numRuns: 15 },
    );
  });

  it('is the same from any point of the roll, except for what cannot be known there', () => {
    fc.assert(
      fc.property(shapes, fc.nat(), (shape, at) => {
        const { intent } = fresh(shape);
        const points = pointsOf(fresh(shape)).filter((point) => findRecordedIntent(point.observation) !== undefined);
        const point = points[at % points.length];
        if (point === undefined) throw new Error('a roll is recorded somewhere on its way');
        const again = foldPlan({ ...afresh(point), intent: findRecordedIntent(point.observation) ?? intent, limits });
        expect(summarizeDecision(again.end)).toBe('done rolled');
        expect(known(actionsOf(again.steps))).toEqual(known(point.rest));
      }),
      { numRuns: 30 },
    );
  });
});

describe('a plan of a rollback', () => {
  it('ends where the roll began, from any point of the roll', () => {
    fc.assert(
      fc.property(shapes, fc.nat(), (shape, at) => {
        const start = fresh(shape);
        const points = pointsOf(start).filter(
          ({ observation: seen }) =>
            findRecordedIntent(seen) !== undefined && seen.old !== undefined && !seen.old.deleting,
        );
        const seen = points[at % points.length] ?? start;
        const recorded = findRecordedIntent(seen.observation) ?? start.intent;
        const back: Intent = { ...recorded, direction: 'rollback' };
        const turned = simulateAction(afresh(seen), back, {
          kind: 'start-rollback',
          groups: [],
          reason: { kind: 'lock-lost', holder: '' },
        });
        const { end, steps } = foldPlan({ ...turned, intent: back, limits });
        expect(summarizeDecision(end)).toBe('done rolled-back');
        const deleted = actionsOf(steps).filter(
          (action) => action.kind === 'delete-launch-configuration' || action.kind === 'delete-group',
        );
        for (const action of deleted) expect(JSON.stringify(action)).toContain('7f3a');
      }),
      { numRuns: 30 },
    );
  });
});

describe('a plan of a blocked roll', () => {
  it.each<[string, MidRollShape, (observation: Observation) => Observation, string]>([
    ['an old server that does not answer', { old: 3, new: 3 }, withoutAnswer('i-0a12'), 'stop stopped: timed-out'],
    ['a new server that does not answer', { old: 3, new: 3 }, withoutAnswer('i-0b12'), 'done rolled'],
    ['a new server in standby', { old: 3, new: 3 }, inStandby('i-0b12'), 'done rolled-back'],
    [
      'no leader',
      { old: 3, new: 3, leader: undefined },
      (observation) => observation,
      'stop quorum-at-risk: no-leader',
    ],
    [
      'too few healthy voters',
      { old: 3, new: 3, stages: { 'i-0a12': 'unhealthy', 'i-0a13': 'unhealthy' } },
      (observation) => observation,
      'done rolled',
    ],
  ])('says how it would end: %s', (_case, shape, change, end) => {
    const { observation, memory, intent } = buildMidRoll({ size: 3, ...shape });
    expect(summarizeDecision(foldPlan({ observation: change(observation), memory, intent, limits }).end)).toBe(end);
  });
});

function withoutAnswer(instanceId: string) {
  const agent = { kind: 'down', why: 'silent', detail: 'no answer in time' } as const;
  return (observation: Observation): Observation => ({
    ...observation,
    servers: observation.servers.map((one) => (one.instanceId === instanceId ? { ...one, agent } : one)),
  });
}

function inStandby(instanceId: string) {
  return (observation: Observation): Observation => ({
    ...observation,
    servers: observation.servers.map((one) => (one.instanceId === instanceId ? { ...one, lifecycle: 'Standby' } : one)),
  });
}
