import type { EmitEvent } from '../../model/events.js';
import type { RollOptions } from '../../model/plan.js';
import type { Engine } from '../engine.js';
import { ConvergenceKeeper } from './convergence-keeper.js';
import { EventStream } from './event-stream.js';
import { FailureRecorder } from './failure-recorder.js';
import { HookRunner } from './hook-runner.js';
import { JournalWriter } from './journal.js';
import { findLeaderHost, LockKeeper } from './lock-keeper.js';
import { Observer } from './observer.js';
import { RetryTracker } from './retry.js';
import { RunState } from './run-state.js';
import type { RunStart } from './start.js';

/** The parts of one run of a roll. */
export interface RollRun {
  readonly engine: Engine;
  readonly options: RollOptions;
  readonly stopSignal: StopSignal;
  readonly startedAtMs: number;
  /** An earlier process has begun the roll. */
  readonly resumed: boolean;
  readonly state: RunState;
  readonly observer: Observer;
  readonly lockKeeper: LockKeeper;
  readonly retries: RetryTracker;
  readonly hookRunner: HookRunner;
  readonly events: EventStream;
  readonly journal: JournalWriter;
  readonly convergence: ConvergenceKeeper;
  readonly failures: FailureRecorder;
}

export function createRun(
  engine: Engine,
  options: RollOptions,
  start: RunStart,
  emit: EmitEvent,
  stopSignal: StopSignal,
): RollRun {
  const { intent, resumed } = start;
  const { signal } = stopSignal;
  const state = new RunState(start, options);
  const lockKeeper = new LockKeeper(engine, options, intent, combineStopSignals(stopSignal), (holder) =>
    events.emit({ kind: 'lock-held', holder }),
  );
  const journal = new JournalWriter(engine, intent, lockKeeper.sinceMs, () =>
    lockKeeper.isHeld ? findLeaderHost(state.input.observation) : undefined,
  );
  const events: EventStream = new EventStream(engine.clock, [emit, (event) => journal.record(event)]);
  const convergence = new ConvergenceKeeper(engine, intent, (event) => events.emit(event));
  return {
    engine,
    options,
    stopSignal,
    startedAtMs: engine.clock.now(),
    resumed,
    state,
    observer: new Observer(
      engine,
      options,
      start,
      convergence,
      (event) => events.emit(event),
      signal,
      (known, during) => lockKeeper.keepDuring(known, during),
    ),
    lockKeeper,
    retries: new RetryTracker(),
    hookRunner: new HookRunner(engine, (event) => events.emit(event), signal),
    events,
    journal,
    convergence,
    failures: new FailureRecorder(engine, options.lockTtlMs, (event) => events.emit(event)),
  };
}

/** How a roll is asked to stop: after the current step, or at once. */
export interface StopSignal {
  /** Aborted when the roll must stop at once. */
  readonly signal: AbortSignal;
  /** Aborted when the roll must stop after the current step: waiting for the lock ends at once. */
  readonly pauseSignal?: AbortSignal;
  isPauseRequested(): boolean;
}

/** Aborted when the roll is asked to stop in either way. */
function combineStopSignals({ signal, pauseSignal }: StopSignal): AbortSignal {
  return pauseSignal === undefined ? signal : AbortSignal.any([signal, pauseSignal]);
}
