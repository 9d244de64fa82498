import type { Decision, Phase, Step, StopOutcome } from '../../model/decision.js';
import { type Wait, waitKey } from '../../model/decision.js';
import { messageOf, RollError, remedyOf } from '../../model/errors.js';
import type { Emit, Outcome, RollResult, Said } from '../../model/events.js';
import type { Intent } from '../../model/intent.js';
import type { Survey } from '../../model/observation.js';
import type { Order } from '../../model/plan.js';
import { isAboutQuorum, type Refusal } from '../../model/stop-reason.js';
import { decide } from '../decide/decide.js';
import { stop } from '../decide/decisions.js';
import { isAmidLeave } from '../decide/leave.js';
import { rememberAction, rememberDecision } from '../decide/memory.js';
import { hasBegun } from '../decide/phase.js';
import type { Engine } from '../engine.js';
import { apply } from '../execute.js';
import { isOnlyRecorded, pauseAskedIn, recordedIn, wantedNow } from '../plan/fold.js';
import { safety } from '../safety/safety.js';
import type { Standing } from './hook-runner.js';
import { Grip, isLocked } from './lock-keeper.js';
import { Eyes } from './observer.js';
import { Tries, triesFor } from './retry.js';
import type { Beginning } from './start.js';
import { type Control, stoppingOf } from './stop-signal.js';

/** One run of a roll: what it has seen, what it wants, how it is going. */
export class Course {
  readonly #engine: Engine;
  readonly #order: Order;
  readonly #emit: Emit;
  readonly #signal: AbortSignal;
  readonly #eyes: Eyes;
  readonly #grip: Grip;
  readonly #tries = new Tries();
  readonly #startedAtMs: number;
  #intent: Intent;
  #survey: Survey;
  #phase: Phase | undefined;
  #waitingFor: string | undefined;
  #steps = 0;
  #turnedBack: Refusal | undefined;
  /** To change something, whatever came of it. */
  #hasTried = false;
  /** A pause asked for before this run began is lifted by its beginning. */
  readonly #liftedPause: string | undefined;
  #pausedBy: string | undefined;

  constructor(engine: Engine, order: Order, start: Beginning, emit: Emit, control: Control) {
    this.#engine = engine;
    this.#order = order;
    this.#emit = emit;
    this.#signal = control.signal;
    this.#startedAtMs = engine.clock.now();
    this.#turnedBack = order.goBack ? { kind: 'asked' } : undefined;
    this.#intent = start.intent;
    this.#survey = start.survey;
    this.#liftedPause = pauseAskedIn(start.survey);
    this.#eyes = new Eyes(engine, order, start, (said) => this.say(said), this.#signal);
    this.#grip = new Grip(engine, order, start.intent, stoppingOf(control), (holder) =>
      this.say({ kind: 'lock-held', holder }),
    );
    this.say({ kind: 'started', intent: start.intent, resumed: start.resumed });
  }

  /** Looks, until a look succeeds or patience ends, and decides. */
  async lookAndDecide(): Promise<Decision> {
    const seen = await this.#eyes.look();
    if ('kind' in seen) return stop(this.outcomeOfStop, seen);
    const decided = this.#see(seen) ?? decide(seen, this.#intent, this.#order.limits);
    // A step makes sure of the lock itself, at the last moment.
    const decision = decided.kind === 'act' ? decided : ((await this.#grip.keep(seen)) ?? decided);
    this.#eyes.remember(rememberDecision(seen, decision));
    this.say({ kind: 'looked', survey: seen, decision });
    if (decision.kind === 'wait') this.#announce(decision.wait);
    if (decision.kind !== 'act') this.#tries.calm();
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
  async hold(): Promise<boolean> {
    try {
      await this.#grip.take(this.#survey);
    } catch (error) {
      if (isLocked(error) && !this.#grip.mayNotWait) throw error;
    }
    return this.#grip.isHeld;
  }

  /** Where things stand, for the operator's hooks. */
  get standing(): Standing {
    return { survey: this.#survey, intent: this.#intent, keep: () => this.#grip.keep(this.#survey) };
  }

  /** True while a server that was asked to leave is still counted by Raft. */
  get isAmidLeave(): boolean {
    return isAmidLeave(this.#survey);
  }

  /** Waits for the next look. */
  async pause(): Promise<void> {
    await this.#engine.clock.sleep(this.#order.intervalMs, this.#signal);
  }

  /** Takes one step: a look of its own, the safety check, the effect. The result when that ends the roll. */
  async take(step: Step): Promise<RollResult | undefined> {
    if (this.#tries.isTooSoon(step, this.#engine.clock.now())) {
      await this.pause();
      return undefined;
    }
    const unlocked = await this.lock(step);
    if (unlocked !== undefined) return unlocked.result;
    const fresh = await this.#eyes.glance();
    if (this.#signal.aborted) return this.end('interrupted');
    if ('kind' in fresh) return this.end(this.outcomeOfStop, fresh);
    // The look may have taken long: whoever has taken the lock over meanwhile must not be disturbed.
    const held = this.#see(fresh) ?? (await this.#grip.keep(fresh));
    if (held?.kind === 'stop') return this.end(held.outcome, held.reason);
    const refusal = safety(fresh, this.#intent, step.action);
    if (refusal !== undefined) return this.#refuse(step, refusal);
    return this.#carryOut(step, fresh);
  }

  /** Ends the roll. */
  end(outcome: Outcome, reason?: Refusal): RollResult {
    const result: RollResult = {
      outcome,
      intent: this.#intent,
      reason: reason ?? (outcome === 'rolled-back' ? this.#turnedBack : undefined),
      unbegun: !this.#hasTried && !hasBegun(this.#survey),
      onlyRecorded: isOnlyRecorded(this.#survey, this.#intent, this.#order.limits),
      survey: this.#survey,
      elapsedMs: this.#engine.clock.now() - this.#startedAtMs,
      leaderChanges: this.#eyes.leaderChanges,
    };
    this.say({ kind: 'ended', result });
    return result;
  }

  /** Gives the lock back. */
  close(): Promise<void> {
    return this.#grip.release(this.#survey);
  }

  async #carryOut(step: Step, fresh: Survey): Promise<RollResult | undefined> {
    this.#enter(step.phase);
    this.#steps += 1;
    const number = this.#steps;
    const startMs = this.#engine.clock.now();
    this.#hasTried ||= step.action.kind !== 'save-snapshot';
    this.say({ kind: 'step-started', step, number });
    try {
      const stage = { engine: this.#engine, survey: fresh, intent: this.#intent };
      const learned = await apply(stage, step.action);
      this.#eyes.remember({ ...rememberAction(fresh, step.action), ...learned });
      if (step.action.kind === 'turn-back') this.#turnedBack = step.action.reason;
      this.#tries.succeeded(step, this.#engine.clock.now());
      this.say({ kind: 'step-done', step, number, elapsedMs: this.#engine.clock.now() - startMs });
      return undefined;
    } catch (error) {
      return this.#fail(step, error);
    }
  }

  /** Holds the lock. Otherwise the step is not taken now; `result` where that ends the roll. */
  async lock(step: Step): Promise<{ readonly result: RollResult | undefined } | undefined> {
    try {
      await this.#grip.take(this.#survey);
      return undefined;
    } catch (error) {
      if (this.#grip.mayNotWait) return { result: this.end('interrupted') };
      if (isLocked(error)) throw error;
      return { result: await this.#fail(step, error) };
    }
  }

  /** A refused step is looked at again: what stood against it may pass. What stays ends the roll. */
  async #refuse(step: Step, reason: Refusal): Promise<RollResult | undefined> {
    this.say({ kind: 'step-refused', step, reason });
    const stubborn = this.#tries.refused(step, this.#engine.clock.now(), this.#order.limits.leaderTimeoutMs);
    if (stubborn) return this.end(isAboutQuorum(reason) ? 'quorum-at-risk' : 'stopped', reason);
    await this.pause();
    return undefined;
  }

  /**
   * A failed step is decided anew after the next look. Before the first change an error that will not pass simply ends
   * the roll.
   */
  async #fail(step: Step, error: unknown): Promise<RollResult | undefined> {
    const message = messageOf(error);
    this.say({ kind: 'step-failed', step, message });
    if (!hasBegun(this.#survey) && error instanceof RollError && !error.passing) throw error;
    const times = this.#tries.failed(step);
    if (times < triesFor(error)) {
      await this.pause();
      return undefined;
    }
    const remedy = remedyOf(error);
    const reason = { kind: 'step-failed', action: step.action.kind, message, times, remedy } as const;
    return this.end(this.outcomeOfStop, reason);
  }

  /** What a stop is called here. */
  get outcomeOfStop(): StopOutcome {
    return hasBegun(this.#survey) ? 'stopped' : 'refused';
  }

  /** Takes a look in; a decision to stop where another roll was recorded since this one began. */
  #see(survey: Survey): Decision | undefined {
    this.#survey = survey;
    const recorded = recordedIn(survey);
    if (recorded !== undefined && recorded.rollId !== this.#intent.rollId) {
      const what = `roll ${recorded.rollId} was recorded on the group since this one began`;
      return stop('stopped', { kind: 'changed-by-hand', what });
    }
    this.#intent = wantedNow(survey, this.#intent);
    const latest = pauseAskedIn(survey);
    const asked = latest === this.#liftedPause ? undefined : latest;
    if (asked !== undefined && this.#pausedBy === undefined) this.say({ kind: 'pause-requested', by: asked });
    this.#pausedBy = asked;
    return undefined;
  }

  #announce(wait: Wait): void {
    this.#enter(wait.phase);
    const key = waitKey(wait.for);
    if (key !== this.#waitingFor) this.say({ kind: 'waiting', wait });
    this.#waitingFor = key;
  }

  #enter(phase: Phase): void {
    if (phase !== this.#phase) this.say({ kind: 'phase', phase });
    this.#phase = phase;
  }

  /** Tells the listeners. */
  say(said: Said): void {
    this.#emit({ atMs: this.#engine.clock.now(), ...said });
  }
}
