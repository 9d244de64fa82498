import { describe, expect, it } from 'vitest';
import { RetryTracker } from '../../../src/lib/engine/run/retry.js';
import type { Action } from '../../../src/lib/model/action.js';
import type { Step } from '../../../src/lib/model/decision.js';

const step = (action: Action): Step => ({ phase: 'drain', action, reason: { kind: 'draining' }, margin: undefined });
const leave = step({ kind: 'leave', servers: [{ instanceId: 'i-0a12', address: '127.1.1.2' }] });
const turnBack = (launched: number): Step =>
  step({
    kind: 'start-rollback',
    groups: ['consul'],
    reason: {
      kind: 'timed-out',
      waitedFor: { kind: 'bake' },
      limitMs: 1,
      causes: [{ kind: 'not-launched', launched, expected: 5 }],
    },
  });

describe('a step that is refused', () => {
  it('is known since when', () => {
    const tries = new RetryTracker();
    expect(tries.recordRefusal(leave, 1)).toBe(1);
    expect(tries.recordRefusal(leave, 60_001)).toBe(1);
  });

  it('counts from the start again after another decision', () => {
    const tries = new RetryTracker();
    tries.recordRefusal(leave, 0);
    tries.clearRefusal();
    expect(tries.recordRefusal(leave, 60_001)).toBe(60_001);
  });
});

describe('a step that fails', () => {
  it('is the same step when only the reason of its rollback changes', () => {
    const tries = new RetryTracker();
    expect(tries.recordFailure(turnBack(1))).toBe(1);
    expect(tries.recordFailure(turnBack(2))).toBe(2);
    expect(tries.recordFailure(leave)).toBe(1);
  });

  it('is the same step when only the servers change that are asked to leave beside the first', () => {
    const tries = new RetryTracker();
    const ask = (...ids: string[]) =>
      step({ kind: 'leave', servers: ids.map((instanceId) => ({ instanceId, address: '127.1.1.2' })) });
    expect([ask('i-0a12', 'i-0a13'), ask('i-0a12'), ask('i-0a13')].map((one) => tries.recordFailure(one))).toEqual([
      1, 2, 1,
    ]);
  });

  it('is not taken again while AWS may not show its effect', () => {
    const tries = new RetryTracker();
    tries.recordSuccess(leave, 0);
    expect(tries.isTooSoon(leave, 5_000)).toBe(true);
    expect(tries.isTooSoon(turnBack(0), 5_000)).toBe(false);
    expect(tries.isTooSoon(leave, 10_000)).toBe(false);
  });

  it('is not taken again so soon if another was taken in between', () => {
    const tries = new RetryTracker();
    tries.recordSuccess(leave, 0);
    tries.recordSuccess(turnBack(0), 1);
    expect(tries.isTooSoon(leave, 5_000)).toBe(true);
  });
});

describe('a step that something else undoes', () => {
  // failure-mode: step-undone
  it('is taken twenty times; what others alter in the record or the tags, for as long as they do', () => {
    const tries = new RetryTracker();
    const clear = step({ kind: 'clear-record', group: 'consul' });
    const rewrite: Step = {
      ...step({ kind: 'write-intent', group: 'consul', side: 'old' }),
      reason: { kind: 'record-missing' },
    };
    for (let taken = 0; taken < 20; taken++) {
      expect(tries.countUndone(clear)).toBeUndefined();
      tries.recordSuccess(clear, taken);
      tries.recordSuccess(rewrite, taken);
    }
    expect(tries.countUndone(clear)).toBe(20);
    expect(tries.countUndone(rewrite)).toBeUndefined();
  });
});
