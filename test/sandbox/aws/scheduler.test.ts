import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Scheduler } from '../../../src/sandbox/aws/scheduler.js';

/** Takes everything off that is due by then. */
function takeAll(agenda: Scheduler, nowMs: number): void {
  for (let entry = agenda.takeDue(nowMs); entry !== undefined; entry = agenda.takeDue(nowMs)) entry.run();
}

describe('Scheduler', () => {
  test('returns due tasks in order of time, then of arrival', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(20)), (times) => {
        const agenda = new Scheduler();
        const taken: [number, number][] = [];
        times.forEach((dueMs, order) => {
          agenda.add(dueMs, () => taken.push([dueMs, order]));
        });
        takeAll(agenda, 20);
        const expected = times.map((dueMs, order): [number, number] => [dueMs, order]);
        expect(taken).toEqual(expected.sort(([a, i], [b, j]) => a - b || i - j));
      }),
    );
  });

  test('keeps tasks that are not due, and returns the next due time', () => {
    const agenda = new Scheduler();
    agenda.add(10, () => {});
    expect(agenda.takeDue(9)).toBeUndefined();
    expect(agenda.nextDueMs()).toBe(10);
  });

  test('skips cancelled tasks', () => {
    const agenda = new Scheduler();
    agenda.add(1, () => {}).cancelled = true;
    agenda.add(2, () => {});
    expect(agenda.nextDueMs()).toBe(2);
  });
});
