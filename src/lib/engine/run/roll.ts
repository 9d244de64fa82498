import type { Decision, Step } from '../../model/decision.js';
import type { EmitEvent } from '../../model/events.js';
import type { PausePoint } from '../../model/intent.js';
import { findChangeExtent, type RollEnd, type RollResult } from '../../model/outcome.js';
import type { RollOptions } from '../../model/plan.js';
import { awaitConfirmation, decide } from '../decide/decide.js';
import { decideStop } from '../decide/decisions.js';
import { updateMemoryWithDecision } from '../decide/memory.js';
import type { Engine } from '../engine.js';
import { endWithoutUnproven } from './early-end.js';
import { keepPastRoll } from './history.js';
import { endFoundersDuring } from './hook-watch.js';
import type { StopSignal } from './roll-run.js';
import { createRun, type RollRun, waitForNextObservation } from './roll-run.js';
import { type RunStart, startRun } from './start.js';
import { endsDanger, holdLock, isUrgent, takeStep } from './step.js';

/**
 * Runs a roll: observes everything, decides one thing, does it, and observes again, until the cluster runs on the new
 * image or the roll must stop. Running it again after any end continues from what it then observes.
 *
 * @param planned what the plan started from, if there was no prompt since
 * @throws RollError when the roll cannot begin (cluster not found, locked, no credentials); nothing was changed then
 */
export async function executeRoll(
  engine: Engine,
  options: RollOptions,
  emit: EmitEvent,
  stopSignal: StopSignal,
  planned?: RunStart,
): Promise<RollResult> {
  const start = planned ?? (await startRun(engine, options, stopSignal.signal));
  const run = createRun(engine, options, start, emit, stopSignal);
  run.events.emit({ kind: 'started', intent: start.intent, resumed: start.resumed });
  try {
    for (;;) {
      const decision = await observeAndDecide(run);
      const end = await act(run, decision);
      if (end === undefined) continue;
      await endWithoutUnproven(run, end);
      return conclude(run, end);
    }
  } finally {
    await run.journal.close();
    await run.convergence.discard(run.state.input.observation);
    await run.lockKeeper.release(run.state.input.observation);
  }
}

/** Observes, until an observation succeeds or its time is over, and decides. */
async function observeAndDecide(run: RollRun): Promise<Decision> {
  const { state, observer, lockKeeper, retries, events, failures } = run;
  const known = await observer.observe();
  if ('kind' in known) return decideStop(state.stopOutcome, known);
  const changed = state.update(known);
  tellDropped(run);
  failures.note(known.observation);
  events.emitPause(state.pausedBy);
  const decided = changed ?? (state.isConfirmed ? decide(state.input) : awaitConfirmation(state.input));
  // A step renews the lock itself, immediately before its effect.
  const lost = lockKeeper.lost ?? (decided.kind === 'act' ? undefined : await lockKeeper.renew(known.observation));
  const decision = lost ?? decided;
  observer.updateMemory(updateMemoryWithDecision(known, decision));
  events.emitObservation(known, decision);
  if (decision.kind !== 'act') retries.clearRefusal();
  return decision;
}

/** Nothing watches a server that others have detached. */
function tellDropped({ state, events }: Pick<RollRun, 'state' | 'events'>): void {
  const instanceIds = state.takeDropped();
  if (instanceIds.length > 0) events.emit({ kind: 'warning', warning: { kind: 'servers-dropped', instanceIds } });
}

/** Carries out one decision. The end of the roll, if this was the last one. */
async function act(run: RollRun, decision: Decision): Promise<RollEnd | undefined> {
  const { state, lockKeeper, stopSignal } = run;
  if (decision.kind === 'stop') {
    await investigate(run, decision);
    const isInterrupted = decision.reason.kind === 'unreadable' && stopSignal.signal.aborted;
    return isInterrupted ? state.buildInterruption() : state.buildEnd(decision);
  }
  if (decision.kind === 'done') {
    await runDueHooks(run, decision);
    return state.buildEnd(decision);
  }
  if (mustStop(run, decision)) return state.buildInterruption();
  const before = isDanger(run, decision) ? 'none-due' : await doBefore(run, decision);
  if (before !== 'none-due') return before;
  if (decision.kind === 'act') {
    await investigate(run, decision);
    return takeStep(run, decision.step);
  }
  // Without the lock, another run is rolling this cluster: this run ends at once.
  const isHeld = await lockKeeper.tryAcquire(state.input.observation);
  if (!isHeld && stopSignal.isPauseRequested()) return state.buildInterruption();
  if (isHeld) run.journal.flush();
  return waitForNextObservation(run);
}

/** What delays a decision: a request to stop, a stop that the order names, hooks of the operator. */
async function doBefore(run: RollRun, decision: Decision): Promise<'none-due' | RollEnd | undefined> {
  const { state } = run;
  const paused = decision.kind === 'act' ? state.findDuePause(decision.step) : undefined;
  if (decision.kind === 'act' && paused !== undefined && !state.isAwaitingLeave) {
    return pauseForOperator(run, decision.step, paused);
  }
  // Asked to stop, the roll completes the leaves that it has begun, and begins no other.
  const isStopping = isAskedToStop(run) || paused !== undefined;
  if (isStopping && decision.kind === 'act' && state.beginsLeave(decision.step.action)) {
    return waitForNextObservation(run);
  }
  return runDueHooks(run, decision);
}

/**
 * A roll that is asked to stop first completes a leave: no server may be left half out of Raft. And it first terminates a
 * server that bootstrapped a cluster of its own, which may take over the cluster as soon as it joins.
 */
function mustStop(run: RollRun, decision: Decision): boolean {
  const { state, stopSignal } = run;
  if (stopSignal.signal.aborted) return true;
  const isElecting = decision.kind === 'wait' && decision.wait.for.kind === 'leadership';
  return isAskedToStop(run) && !isElecting && !isDanger(run, decision) && !state.isAwaitingLeave;
}

function isDanger({ state }: RollRun, decision: Decision): boolean {
  return decision.kind === 'act' && endsDanger(state.input, decision.step);
}

function isAskedToStop({ state, stopSignal }: RollRun): boolean {
  return stopSignal.isPauseRequested() || state.pausedBy !== undefined;
}

/**
 * Runs the operator's hooks that are due before this decision is carried out, under the lock. They may take long, so
 * the cluster must be observed again after them.
 *
 * @returns `none-due`; or that hooks were run, with the end where one of them ends the roll
 */
async function runDueHooks(run: RollRun, decision: Decision): Promise<'none-due' | RollEnd | undefined> {
  const { state, hookRunner, lockKeeper } = run;
  const { observation } = state.input;
  const due = hookRunner.findDue(state.input, decision);
  if (due.length === 0) return 'none-due';
  if (decision.kind === 'act') {
    const locked = await holdLock(run, decision.step);
    if (locked !== 'held') return locked;
  } else if (!(await lockKeeper.tryAcquire(observation))) return 'none-due';
  const running = hookRunner.run(due, state.input, (hook) => lockKeeper.keepDuring(observation, hook));
  const reason = await (decision.kind === 'done' ? running : endFoundersDuring(run, running));
  // It is tried again for as long as the server may take to become ready.
  if (reason === 'gate-refused') return waitForNextObservation(run);
  return reason === undefined || decision.kind === 'done' ? undefined : state.buildStop(reason);
}

/**
 * Ends the run before a step that goes beyond the phase that the operator named. The record says from then on that the roll
 * has stopped there; where it cannot be written, a resumed roll stops again.
 */
async function pauseForOperator(run: RollRun, { margin }: Step, after: PausePoint): Promise<RollEnd> {
  const { state } = run;
  state.dropPause();
  const reason = { kind: 'pause-reached' } as const;
  const end = await takeStep(run, { phase: after, action: { kind: 'write-record' }, reason, margin });
  return end ?? state.buildInterruption(after);
}

/** Reads why servers failed, for a short time. Nothing delays the end of a server that may take over the cluster. */
async function investigate({ state, failures }: RollRun, decision: Decision): Promise<void> {
  const reading = failures.investigate(state.input.observation, decision);
  if (decision.kind !== 'act' || !isUrgent(decision.step)) await reading;
}

async function conclude(
  { engine, state, observer, events, failures, startedAtMs, lockKeeper, from, stopSignal }: RollRun,
  end: RollEnd,
): Promise<RollResult> {
  tellDropped({ state, events });
  await failures.close();
  const { intent, observation, memory } = state.input;
  const elapsedMs = engine.clock.now() - startedAtMs;
  const { leaderChanges } = observer;
  const result = { ...end, intent, observation, memory, elapsedMs, leaderChanges, failures: failures.failures };
  events.emit({ kind: 'ended', result });
  const isOver = end.outcome === 'rolled' || end.outcome === 'rolled-back';
  if (lockKeeper.isHeld && (isOver || findChangeExtent(end) === 'cluster'))
    await keepPastRoll(engine, state, end, from, stopSignal.signal.aborted);
  return result;
}
