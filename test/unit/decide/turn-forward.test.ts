import { describe, expect, it } from 'vitest';
import { decide } from '../../../src/lib/engine/decide/decide.js';
import { findEffectiveIntent, foldPlan } from '../../../src/lib/engine/plan/fold.js';
import { checkSafety } from '../../../src/lib/engine/safety/safety.js';
import { buildMidRoll, limits, type MidRollShape, summarizeDecision } from '../../helpers/intents.js';

/** A recorded rollback that an operator turns forward. */
function turning(shape: MidRollShape) {
  const { observation, memory, intent } = buildMidRoll({ size: 3, ...shape }, { direction: 'rollback' });
  return { observation, memory, limits, intent: { ...intent, direction: 'forward' as const, turnsForward: true } };
}

const complete = { old: 1, new: 3, leader: 1 } as const;

describe('a rollback that is turned forward', () => {
  // failure-mode: rollback-cannot-launch
  it('is recorded first, and then rolls onto the new image', () => {
    const input = turning(complete);
    expect(summarizeDecision(decide(input))).toBe('act turn-forward');
    const { steps, end } = foldPlan(input);
    expect(end).toEqual({ kind: 'done', outcome: 'rolled' });
    expect(steps.map(({ action }) => action.kind)).toContain('leave');
    expect(steps.map(({ action }) => action.kind)).not.toContain('start-rollback');
  });

  it('is a roll like any other then: it goes where the record says, also back again', () => {
    const { observation, intent } = turning(complete);
    expect(findEffectiveIntent(observation, intent).direction).toBe('forward');
    const { observation: turned } = buildMidRoll({ size: 3, ...complete });
    const after = findEffectiveIntent(turned, intent);
    expect(after.direction).toBe('forward');
    expect(findEffectiveIntent(observation, after).direction).toBe('rollback');
  });

  it('is refused where the new group is gone or being deleted, or the store does not confirm the roll', () => {
    expect(summarizeDecision(decide(turning({ old: 3, newGroup: null })))).toBe('stop stopped: new-group-gone');
    expect(summarizeDecision(decide(turning({ old: 3, new: 0, newGroup: { deleting: true } })))).toBe(
      'stop stopped: new-group-gone',
    );
    const turn = { kind: 'turn-forward', groups: ['consul', 'consul-7f3a'] } as const;
    expect(checkSafety(turning(complete), turn)).toBeUndefined();
    expect(checkSafety(turning({ ...complete, isStored: false }), turn)?.kind).toBe('unconfirmed');
  });
});
