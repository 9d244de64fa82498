import type { Decision } from '../model/decision.js';
import type { RollResult } from '../model/event.js';
import type { Callouts } from './callouts.js';
import type { Course } from './course.js';

/**
 * Has the operator's hooks run that are due before a decision is carried out. They may take long, so that the world is
 * looked at again after them; and they stand for nothing unless the lock is held.
 *
 * @returns undefined where none was due; otherwise the result, where one of them ends the roll
 */
export async function callHooks(
  course: Course,
  callouts: Callouts,
  decision: Decision,
): Promise<{ readonly result: RollResult | undefined } | undefined> {
  const due = callouts.due(course.standing, decision);
  if (due.length === 0) return undefined;
  if (decision.kind === 'act') {
    const unlocked = await course.lock(decision.step);
    if (unlocked !== undefined) return unlocked;
  } else if (!(await course.hold())) return undefined;
  const refusal = await callouts.run(due, course.standing);
  if (decision.kind === 'done') return undefined;
  return { result: refusal === undefined ? undefined : course.end(course.outcomeOfStop, refusal) };
}
