import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decide } from '../../../src/lib/engine/decide/decide.js';
import { foldPlan, recordedIn } from '../../../src/lib/engine/plan/fold.js';
import { predict } from '../../../src/lib/engine/plan/simulate-action.js';
import { settle } from '../../../src/lib/engine/plan/simulate-wait.js';
import type { Action } from '../../../src/lib/model/action.js';
import type { Step } from '../../../src/lib/model/decision.js';
import type { Intent } from '../../../src/lib/model/intent.js';
import { NO_HISTORY, type Survey } from '../../../src/lib/model/observation.js';
import { facts, inShort, intentFor, limits, type MidRollShape, midRoll } from '../../helpers/intents.js';
import { surveyOf } from '../../helpers/surveys.js';

interface Point {
  readonly survey: Survey;
  /** The actions from here to the end, as the plan made at the start has them. */
  readonly rest: readonly Action[];
}

/** Every survey a plan goes through, each with what the plan still does from there. */
function pointsOf(survey: Survey, intent: Intent): Point[] {
  const points: { survey: Survey; done: number }[] = [];
  const actions: Action[] = [];
  let now = survey;
  for (let wanted = intent; ; wanted = recordedIn(now) ?? wanted) {
    points.push({ survey: now, done: actions.length });
    const decision = decide(now, wanted, limits);
    if (decision.kind === 'act') {
      actions.push(decision.step.action);
      now = { ...predict(now, wanted, decision.step.action), atMs: now.atMs + 1 };
    } else if (decision.kind === 'wait') now = settle(now, decision.wait.for, wanted);
    else return points.map((point) => ({ survey: point.survey, rest: actions.slice(point.done) }));
  }
}

/** The same world, seen for the first time by a new process. */
function afresh(survey: Survey): Survey {
  const { snapshot } = survey.history;
  return { ...survey, facts: undefined, history: { ...NO_HISTORY, snapshot } };
}

function actionsOf(steps: readonly Step[]): readonly Action[] {
  return steps.map((step) => step.action);
}

/**
 * The actions that a new process takes as the one before would have, in an order that says no more than both can
 * know: it may ask once more to leave or to hand over, and cannot tell which of two that are out left first.
 */
function known(actions: readonly Action[]): readonly string[] {
  const sure = actions.filter(({ kind }) => kind !== 'leave' && kind !== 'transfer-leadership');
  const runs = sure.map((action, n) => ({ run: startOfRun(sure, n), text: JSON.stringify(action) }));
  return runs.sort((a, b) => a.run - b.run || a.text.localeCompare(b.text)).map(({ text }) => text);
}

/** Where the row of terminations begins that this action stands in. */
function startOfRun(actions: readonly Action[], at: number): number {
  const before = actions[at - 1];
  const same = actions[at]?.kind === 'terminate' && before?.kind === 'terminate';
  return same ? startOfRun(actions, at - 1) : at;
}

const shapes = fc
  .record({ size: fc.integer({ min: 3, max: 7 }), surge: fc.integer({ min: 1, max: 7 }), leader: fc.nat(6) })
  .filter(({ size, surge, leader }) => surge <= size && leader < size);

function fresh({ size, surge, leader }: { size: number; surge: number; leader: number }) {
  const survey = surveyOf({ old: size, leader, over: { facts: facts() } });
  return { survey, intent: intentFor(survey, { surge }) };
}

describe('a plan from the start', () => {
  it('ends, and takes every old server out exactly once, the leader last', () => {
    fc.assert(
      fc.property(shapes, (shape) => {
        const { survey, intent } = fresh(shape);
        const { steps, end } = foldPlan(survey, intent, limits);
        expect(inShort(end)).toBe('done rolled');
        const left = actionsOf(steps).flatMap((action) =>
          action.kind === 'leave' ? [action.instanceId] : [],
        );
        const old = survey.servers.map((server) => server.instanceId);
        expect([...left].sort()).toEqual([...old].sort());
        expect(left.at(-1)).toBe(old[shape.leader]);
        const gone = actionsOf(steps).flatMap((action) =>
          action.kind === 'terminate' ? [action.instanceId] : [],
        );
        expect([...gone].sort()).toEqual([...old].sort());
      }),
      { numRuns: 15 },
    );
  });

  it('is the same seen from anywhere on the way, but for what cannot be known', () => {
    fc.assert(
      fc.property(shapes, fc.nat(), (shape, at) => {
        const { survey, intent } = fresh(shape);
        const points = pointsOf(survey, intent).filter((point) => recordedIn(point.survey) !== undefined);
        const point = points[at % points.length];
        if (point === undefined) throw new Error('a roll is recorded somewhere on its way');
        const again = foldPlan(afresh(point.survey), recordedIn(point.survey) ?? intent, limits);
        expect(inShort(again.end)).toBe('done rolled');
        expect(known(actionsOf(again.steps))).toEqual(known(point.rest));
      }),
      { numRuns: 30 },
    );
  });
});

describe('a plan of the way back', () => {
  it('ends where the roll began, from anywhere on the way', () => {
    fc.assert(
      fc.property(shapes, fc.nat(), (shape, at) => {
        const { survey, intent } = fresh(shape);
        const points = pointsOf(survey, intent)
          .map((point) => point.survey)
          .filter((seen) => recordedIn(seen) !== undefined && seen.old !== undefined && !seen.old.deleting);
        const seen = points[at % points.length] ?? survey;
        const back: Intent = { ...(recordedIn(seen) ?? intent), direction: 'back' };
        const turned = predict(afresh(seen), back, {
          kind: 'turn-back',
          groups: [],
          reason: { kind: 'lock-lost', holder: '' },
        });
        const { end, steps } = foldPlan(turned, back, limits);
        expect(inShort(end)).toBe('done rolled-back');
        const deleted = actionsOf(steps).filter(
          (action) => action.kind === 'delete-template' || action.kind === 'delete-group',
        );
        for (const action of deleted) expect(JSON.stringify(action)).toContain('7f3a');
      }),
      { numRuns: 30 },
    );
  });
});

describe('a plan of a roll that something stands against', () => {
  it.each<[string, MidRollShape, (survey: Survey) => Survey, string]>([
    [
      'an old server that does not answer',
      { old: 3, new: 3 },
      withoutAnswer('i-0a12'),
      'stop stopped: timed-out',
    ],
    ['a new server that does not answer', { old: 3, new: 3 }, withoutAnswer('i-0b12'), 'done rolled'],
    ['a new server in standby', { old: 3, new: 3 }, inStandby('i-0b12'), 'done rolled-back'],
    [
      'no leader',
      { old: 3, new: 3, leader: undefined },
      (survey) => survey,
      'stop quorum-at-risk: no-leader',
    ],
    [
      'too few healthy voters',
      { old: 3, new: 3, stages: { 'i-0a12': 'unhealthy', 'i-0a13': 'unhealthy' } },
      (survey) => survey,
      'done rolled',
    ],
  ])('says how it would end: %s', (_case, shape, change, end) => {
    const { survey, intent } = midRoll({ size: 3, ...shape });
    expect(inShort(foldPlan(change(survey), intent, limits).end)).toBe(end);
  });
});

function withoutAnswer(instanceId: string) {
  const agent = { kind: 'down', why: 'silent', detail: 'no answer in time' } as const;
  return (survey: Survey): Survey => ({
    ...survey,
    servers: survey.servers.map((one) => (one.instanceId === instanceId ? { ...one, agent } : one)),
  });
}

function inStandby(instanceId: string) {
  return (survey: Survey): Survey => ({
    ...survey,
    servers: survey.servers.map((one) =>
      one.instanceId === instanceId ? { ...one, lifecycle: 'Standby' } : one,
    ),
  });
}
