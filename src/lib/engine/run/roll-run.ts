import type { Decision, DecisionInput, Phase, Step, StopOutcome } from '../../model/decision.js';
import { buildWaitKey, type Wait } from '../../model/decision.js';
import { messageOf, RollError, remedyOf } from '../../model/errors.js';
import type { EmitEvent, EventPayload } from '../../model/events.js';
import type { Intent } from '../../model/intent.js';
import { EMPTY_MEMORY, type Knowledge, type Memory } from '../../model/memory.js';
import type { Observation } from '../../model/observation.js';
import type { ChangeExtent, RollEnd, RollResult } from '../../model/outcome.js';
import type { RollOptions } from '../../model/plan.js';
import { type StopReason, threatensQuorum } from '../../model/stop-reason.js';
import { decide } from '../decide/decide.js';
import { decideStop } from '../decide/decisions.js';
import { hasLeaveInFlight } from '../decide/leave.js';
import { updateMemoryWithAction, updateMemoryWithDecision } from '../decide/memory.js';
import { hasChangedAnything } from '../decide/phase.js';
import type { Engine } from '../engine.js';
import { executeAction } from '../execute.js';
import { findEffectiveIntent, findPauseRequest, findRecordedIntent, isOnlyRecorded } from '../plan/fold.js';
import { checkSafety } from '../safety/safety.js';
import type { RunContext } from './hook-runner.js';
import { JournalWriter } from './journal.js';
import { findLeaderHost, isLockedError, LockKeeper } from './lock-keeper.js';
import { Observer } from './observer.js';
import { maxAttempts, RetryTracker } from './retry.js';
import type { RunStart } from './start.js';
import { combineStopSignals, type StopSignal } from './stop-signal.js';

/** One run of a roll: what it has seen, what it wants, how it is going. */
export class RollRun {
  readonly #engine: Engine;
  readonly #options: RollOptions;
  readonly #emit: EmitEvent;
  readonly #signal: AbortSignal;
  readonly #observer: Observer;
  readonly #lockKeeper: LockKeeper;
  readonly #journal: JournalWriter;
  readonly #retries = new RetryTracker();
  readonly #startedAtMs: number;
  #intent: Intent;
  #observation: Observation;
  #memory: Memory = EMPTY_MEMORY;
  #phase: Phase | undefined;
  #waitingFor: string | undefined;
  #steps = 0;
  #rollbackReason: StopReason | undefined;
  /** To change something, whatever came of it. */
  #hasAttempted = false;
  /** A pause asked for before this run began is lifted by its beginning. */
  readonly #liftedPause: string | undefined;
  #pausedBy: string | undefined;

  constructor(
    engine: Engine,
    options: RollOptions,
    start: RunStart,
    emit: EmitEvent,
    stopSignal: StopSignal,
  ) {
    this.#engine = engine;
    this.#options = options;
    this.#emit = emit;
    this.#signal = stopSignal.signal;
    this.#startedAtMs = engine.clock.now();
    this.#rollbackReason = options.kind === 'rollback' ? { kind: 'operator-request' } : undefined;
    this.#intent = start.intent;
    this.#observation = start.observation;
    this.#liftedPause = findPauseRequest(start.observation);
    this.#observer = new Observer(engine, options, start, (payload) => this.emit(payload), this.#signal);
    this.#lockKeeper = new LockKeeper(
      engine,
      options,
      start.intent,
      combineStopSignals(stopSignal),
      (holder) => this.emit({ kind: 'lock-held', holder }),
    );
    this.#journal = new JournalWriter(engine, start.intent, this.#lockKeeper.sinceMs, () =>
      this.#lockKeeper.isHeld ? findLeaderHost(this.#observation) : undefined,
    );
    this.emit({ kind: 'started', intent: start.intent, resumed: start.resumed });
  }

  /** Looks, until a look succeeds or patience ends, and decides. */
  async observeAndDecide(): Promise<Decision> {
    const seen = await this.#observer.observe();
    if ('kind' in seen) return decideStop(this.outcomeOfStop, seen);
    const { observation, memory } = seen;
    const decided = this.#accept(seen) ?? decide(this.#input);
    // A step makes sure of the lock itself, at the last moment.
    const decision =
      decided.kind === 'act' ? decided : ((await this.#lockKeeper.renew(observation)) ?? decided);
    this.#observer.updateMemory(updateMemoryWithDecision(seen, decision));
    this.emit({ kind: 'observed', observation, memory, decision });
    if (decision.kind === 'wait') this.#announce(decision.wait);
    if (decision.kind !== 'act') this.#retries.clearRefusal();
    return decision;
  }

  /** Who asked for a pause from elsewhere, by a tag on the group. */
  get pausedBy(): string | undefined {
    return this.#pausedBy;
  }

  /**
   * Sees to the lock before a wait too: who waits for what another roll is doing would take it for their own.
   *
   * @returns whether it is held
   * @throws RollError `locked`; that it cannot be told now is left to the next look
   */
  async tryHoldLock(): Promise<boolean> {
    try {
      await this.#lockKeeper.acquire(this.#observation);
    } catch (error) {
      if (isLockedError(error) && !this.#lockKeeper.isStopping) throw error;
    }
    return this.#lockKeeper.isHeld;
  }

  /** Where things stand, for the operator's hooks. */
  get context(): RunContext {
    return {
      observation: this.#observation,
      memory: this.#memory,
      intent: this.#intent,
      keepLock: () => this.#lockKeeper.renew(this.#observation),
    };
  }

  /** True while a server that was asked to leave is still counted by Raft. */
  get isLeaveInFlight(): boolean {
    return hasLeaveInFlight(this.#input);
  }

  get #input(): DecisionInput {
    return {
      observation: this.#observation,
      memory: this.#memory,
      intent: this.#intent,
      limits: this.#options.limits,
    };
  }

  /** Waits for the next look. */
  async waitForNextObservation(): Promise<void> {
    await this.#engine.clock.sleep(this.#options.intervalMs, this.#signal);
  }

  /** Takes one step: a look of its own, the safety check, the effect. The result when that ends the roll. */
  async takeStep(step: Step): Promise<RollResult | undefined> {
    if (this.#retries.isTooSoon(step, this.#engine.clock.now())) {
      await this.waitForNextObservation();
      return undefined;
    }
    const unlocked = await this.acquireLock(step);
    if (unlocked !== undefined) return unlocked.result;
    const fresh = await this.#observer.observeForSafety();
    if (this.#signal.aborted) return this.interrupt();
    if ('kind' in fresh) return this.stop(this.outcomeOfStop, fresh);
    // The look may have taken long: whoever has taken the lock over meanwhile must not be disturbed.
    const held = this.#accept(fresh) ?? (await this.#lockKeeper.renew(fresh.observation));
    if (held?.kind === 'stop') return this.end(held);
    const reason = checkSafety({ ...fresh, intent: this.#intent }, step.action);
    if (reason !== undefined) return this.#refuse(step, reason);
    return this.#execute(step, fresh);
  }

  /** Ends the roll as decided. */
  end(decision: Extract<Decision, { readonly kind: 'done' | 'stop' }>): RollResult {
    if (decision.kind === 'stop') return this.stop(decision.outcome, decision.reason);
    const { outcome } = decision;
    return this.#conclude(
      outcome === 'rolled-back' ? { outcome, reason: this.#rollbackReason } : { outcome },
    );
  }

  stop(outcome: StopOutcome, reason: StopReason): RollResult {
    return this.#conclude({ outcome, reason, changed: this.#changed });
  }

  interrupt(): RollResult {
    return this.#conclude({ outcome: 'interrupted', changed: this.#changed });
  }

  get #changed(): ChangeExtent {
    if (!this.#hasAttempted && !hasChangedAnything(this.#observation)) return 'nothing';
    return isOnlyRecorded(this.#input) ? 'record' : 'cluster';
  }

  #conclude(end: RollEnd): RollResult {
    const result: RollResult = {
      ...end,
      intent: this.#intent,
      observation: this.#observation,
      memory: this.#memory,
      elapsedMs: this.#engine.clock.now() - this.#startedAtMs,
      leaderChanges: this.#observer.leaderChanges,
    };
    this.emit({ kind: 'ended', result });
    return result;
  }

  /** Gives the lock back. */
  async close(): Promise<void> {
    await this.#journal.close();
    await this.#lockKeeper.release(this.#observation);
  }

  async #execute(step: Step, fresh: Knowledge): Promise<RollResult | undefined> {
    this.#enter(step.phase);
    this.#steps += 1;
    const number = this.#steps;
    const startMs = this.#engine.clock.now();
    this.#hasAttempted ||= step.action.kind !== 'save-snapshot';
    this.emit({ kind: 'step-started', step, number });
    try {
      const stage = { engine: this.#engine, ...fresh, intent: this.#intent };
      const learned = await executeAction(stage, step.action);
      this.#observer.updateMemory({ ...updateMemoryWithAction(fresh, step.action), ...learned });
      if (step.action.kind === 'start-rollback') this.#rollbackReason = step.action.reason;
      this.#retries.recordSuccess(step, this.#engine.clock.now());
      this.emit({ kind: 'step-done', step, number, elapsedMs: this.#engine.clock.now() - startMs });
      return undefined;
    } catch (error) {
      return this.#fail(step, error);
    }
  }

  /** Holds the lock. Otherwise the step is not taken now; `result` where that ends the roll. */
  async acquireLock(step: Step): Promise<{ readonly result: RollResult | undefined } | undefined> {
    try {
      await this.#lockKeeper.acquire(this.#observation);
      return undefined;
    } catch (error) {
      if (this.#lockKeeper.isStopping) return { result: this.interrupt() };
      if (isLockedError(error)) throw error;
      return { result: await this.#fail(step, error) };
    }
  }

  /** A refused step is looked at again: what stood against it may pass. What stays ends the roll. */
  async #refuse(step: Step, reason: StopReason): Promise<RollResult | undefined> {
    this.emit({ kind: 'step-refused', step, reason });
    const stubborn = this.#retries.recordRefusal(
      step,
      this.#engine.clock.now(),
      this.#options.limits.leaderTimeoutMs,
    );
    if (stubborn) return this.stop(threatensQuorum(reason) ? 'quorum-at-risk' : 'stopped', reason);
    await this.waitForNextObservation();
    return undefined;
  }

  /**
   * A failed step is decided anew after the next look. Before the first change an error that will not pass simply ends
   * the roll.
   */
  async #fail(step: Step, error: unknown): Promise<RollResult | undefined> {
    const message = messageOf(error);
    this.emit({ kind: 'step-failed', step, message });
    if (!hasChangedAnything(this.#observation) && error instanceof RollError && !error.passing) throw error;
    const times = this.#retries.recordFailure(step);
    if (times < maxAttempts(error)) {
      await this.waitForNextObservation();
      return undefined;
    }
    const remedy = remedyOf(error);
    const reason = { kind: 'step-failed', action: step.action.kind, message, times, remedy } as const;
    return this.stop(this.outcomeOfStop, reason);
  }

  /** What a stop is called here. */
  get outcomeOfStop(): StopOutcome {
    return hasChangedAnything(this.#observation) ? 'stopped' : 'refused';
  }

  /** Takes a look in; a decision to stop where another roll was recorded since this one began. */
  #accept({ observation, memory }: Knowledge): Decision | undefined {
    this.#observation = observation;
    this.#memory = memory;
    const recorded = findRecordedIntent(observation);
    if (recorded !== undefined && recorded.rollId !== this.#intent.rollId) {
      const what = `roll ${recorded.rollId} was recorded on the group since this one began`;
      return decideStop('stopped', { kind: 'changed-externally', what });
    }
    this.#intent = findEffectiveIntent(observation, this.#intent);
    const latest = findPauseRequest(observation);
    const asked = latest === this.#liftedPause ? undefined : latest;
    if (asked !== undefined && this.#pausedBy === undefined)
      this.emit({ kind: 'pause-requested', by: asked });
    this.#pausedBy = asked;
    return undefined;
  }

  #announce(wait: Wait): void {
    this.#enter(wait.phase);
    const key = buildWaitKey(wait.for);
    if (key !== this.#waitingFor) this.emit({ kind: 'waiting', wait });
    this.#waitingFor = key;
  }

  #enter(phase: Phase): void {
    if (phase !== this.#phase) this.emit({ kind: 'phase', phase });
    this.#phase = phase;
  }

  /** Tells the listeners. */
  emit(said: EventPayload): void {
    const event = { atMs: this.#engine.clock.now(), ...said };
    this.#emit(event);
    this.#journal.record(event);
  }
}
