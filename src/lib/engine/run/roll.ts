import type { Decision } from '../../model/decision.js';
import type { EmitEvent } from '../../model/events.js';
import type { RollResult } from '../../model/outcome.js';
import type { RollOptions } from '../../model/plan.js';
import type { Engine } from '../engine.js';
import { HookRunner, runHooks } from './hook-runner.js';
import { RollRun } from './roll-run.js';
import { startRun } from './start.js';
import type { StopSignal } from './stop-signal.js';

/**
 * A roll: look at everything, decide one thing, do it, look again, until the cluster runs on the new image or a
 * reason stands against going on. Running it again after any end carries on from what the look finds.
 *
 * @throws RollError when it cannot begin (cluster not found, locked, no credentials); nothing was changed then
 */
export async function executeRoll(
  engine: Engine,
  options: RollOptions,
  emit: EmitEvent,
  stopSignal: StopSignal,
): Promise<RollResult> {
  const run = new RollRun(
    engine,
    options,
    await startRun(engine, options, stopSignal.signal),
    emit,
    stopSignal,
  );
  const hookRunner = new HookRunner(
    engine,
    options.intervalMs,
    (payload) => run.emit(payload),
    stopSignal.signal,
  );
  try {
    for (;;) {
      const decision = await run.observeAndDecide();
      const result = await executeDecision(run, hookRunner, decision, stopSignal);
      if (result !== undefined) return result;
    }
  } finally {
    await run.close();
  }
}

/** Carries out one decision; the result when it is the last. */
async function executeDecision(
  run: RollRun,
  hookRunner: HookRunner,
  decision: Decision,
  stopSignal: StopSignal,
): Promise<RollResult | undefined> {
  if (decision.kind === 'done') {
    await runHooks(run, hookRunner, decision);
    return run.end(decision);
  }
  if (decision.kind === 'stop') {
    const cutShort = decision.reason.kind === 'unreadable' && stopSignal.signal.aborted;
    return cutShort ? run.interrupt() : run.end(decision);
  }
  if (mustStop(decision, stopSignal, run)) return run.interrupt();
  const called = await runHooks(run, hookRunner, decision);
  if (called !== undefined) return called.result;
  if (decision.kind === 'act') return run.takeStep(decision.step);
  const held = await run.tryHoldLock();
  // What another roll does is not waited for.
  if (!held && stopSignal.isPauseRequested()) return run.interrupt();
  await run.waitForNextObservation();
  return undefined;
}

/** Asked to stop, a roll first sees a leave through: a server half out of Raft is nothing to walk away from. */
function mustStop(decision: Decision, stopSignal: StopSignal, run: RollRun): boolean {
  if (stopSignal.signal.aborted) return true;
  const electing = decision.kind === 'wait' && decision.wait.for.kind === 'leadership';
  const asked = stopSignal.isPauseRequested() || run.pausedBy !== undefined;
  return asked && !electing && !run.isLeaveInFlight;
}
