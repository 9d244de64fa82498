import type { Decision } from '../../model/decision.js';
import type { Emit, RollResult } from '../../model/events.js';
import type { Order } from '../../model/plan.js';
import type { Engine } from '../engine.js';
import { Callouts, callHooks } from './hook-runner.js';
import { Course } from './roll-run.js';
import { begin } from './start.js';
import type { Control } from './stop-signal.js';

/**
 * A roll: look at everything, decide one thing, do it, look again, until the cluster runs on the new image or a
 * reason stands against going on. Running it again after any end carries on from what the look finds.
 *
 * @throws RollError when it cannot begin (cluster not found, locked, no credentials); nothing was changed then
 */
export async function roll(engine: Engine, order: Order, emit: Emit, control: Control): Promise<RollResult> {
  const course = new Course(engine, order, await begin(engine, order, control.signal), emit, control);
  const callouts = new Callouts(engine, order.intervalMs, (said) => course.say(said), control.signal);
  try {
    for (;;) {
      const decision = await course.lookAndDecide();
      const result = await follow(course, callouts, decision, control);
      if (result !== undefined) return result;
    }
  } finally {
    await course.close();
  }
}

/** Carries out one decision; the result when it is the last. */
async function follow(
  course: Course,
  callouts: Callouts,
  decision: Decision,
  control: Control,
): Promise<RollResult | undefined> {
  if (decision.kind === 'done') {
    await callHooks(course, callouts, decision);
    return course.end(decision.outcome);
  }
  if (decision.kind === 'stop') {
    const cutShort = decision.reason.kind === 'blind' && control.signal.aborted;
    return cutShort ? course.end('interrupted') : course.end(decision.outcome, decision.reason);
  }
  if (mustStop(decision, control, course)) return course.end('interrupted');
  const called = await callHooks(course, callouts, decision);
  if (called !== undefined) return called.result;
  if (decision.kind === 'act') return course.take(decision.step);
  const held = await course.hold();
  // What another roll does is not waited for.
  if (!held && control.pauseRequested()) return course.end('interrupted');
  await course.pause();
  return undefined;
}

/** Asked to stop, a roll first sees a leave through: a server half out of Raft is nothing to walk away from. */
function mustStop(decision: Decision, control: Control, course: Course): boolean {
  if (control.signal.aborted) return true;
  const electing = decision.kind === 'wait' && decision.wait.for.kind === 'leadership';
  const asked = control.pauseRequested() || course.pausedBy !== undefined;
  return asked && !electing && !course.isAmidLeave;
}
