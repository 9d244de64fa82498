import type { Step } from '../../model/decision.js';
import { RollError } from '../../model/errors.js';
import { retry } from '../../model/retry.js';
import type { Clock } from '../../ports.js';

/** After an effect AWS may show the old state for a while: the same step is not taken again within this time. */
const VISIBILITY_DELAY_MS = 10_000;

/** When a step was last taken, how often it failed, and since when it is refused. */
export class RetryTracker {
  #done: { readonly step: Step; readonly atMs: number } | undefined;
  #failing: { readonly step: Step; readonly times: number } | undefined;
  #refused: { readonly step: Step; readonly sinceMs: number } | undefined;
  #putOff: Step | undefined;

  /** True while AWS may not show the effect of this step yet. */
  isTooSoon(step: Step, nowMs: number): boolean {
    const done = this.#done;
    return done !== undefined && nowMs - done.atMs < VISIBILITY_DELAY_MS && isSame(done.step, step);
  }

  recordSuccess(step: Step, nowMs: number): void {
    this.#done = { step, atMs: nowMs };
    this.#putOff = undefined;
    this.#failing = undefined;
    this.#refused = undefined;
  }

  /**
   * Called when the look before a step had to be repeated.
   *
   * @returns false if the same step was decided again after that: a source that fails at every other read would put it off for ever
   */
  mustDecideAgain(step: Step): boolean {
    const before = this.#putOff;
    this.#putOff = before !== undefined && isSame(before, step) ? undefined : step;
    return this.#putOff !== undefined;
  }

  /** @returns how often in a row this step has failed */
  recordFailure(step: Step): number {
    const before = this.#failing;
    const times = before !== undefined && isSame(before.step, step) ? before.times + 1 : 1;
    this.#failing = { step, times };
    return times;
  }

  /** Called when another decision is made: a later refusal of the same step counts from its own time. */
  clearRefusal(): void {
    this.#refused = undefined;
  }

  /** @returns since when the same step has been refused */
  recordRefusal(step: Step, nowMs: number): number {
    const before = this.#refused;
    const sinceMs = before !== undefined && isSame(before.step, step) ? before.sinceMs : nowMs;
    this.#refused = { step, sinceMs };
    return sinceMs;
  }
}

/** Steps are the same if their actions are; the reason of a rollback changes with each observation. */
function isSame({ action }: Step, { action: other }: Step): boolean {
  if (action.kind !== other.kind) return false;
  return action.kind === 'start-rollback' || JSON.stringify(action) === JSON.stringify(other);
}

/** Attempts in a row. */
const MAX_FAILURES = 5;
/** A permission that was just granted takes a moment to take effect: one more attempt. */
const MAX_DENIALS = 2;

/** How many attempts in a row are made of a step that fails in this way. */
export function maxAttempts(thrown: unknown): number {
  return isStepDenied(thrown) ? MAX_DENIALS : MAX_FAILURES;
}

/** True for a step that the credentials or their policy do not permit. */
export function isStepDenied(thrown: unknown): boolean {
  return thrown instanceof RollError && thrown.code === 'access-denied';
}

/**
 * Repeats a read after each temporary failure, for example when AWS throttles or an answer is lost.
 *
 * @throws what the last attempt threw
 */
export function retryRead<Found>(
  clock: Clock,
  pauseMs: number,
  read: () => Promise<Found>,
  signal?: AbortSignal,
): Promise<Found> {
  const isPassing = (thrown: unknown) => thrown instanceof RollError && thrown.passing;
  return retry(
    clock,
    read,
    (thrown, failures) => (isPassing(thrown) && failures < MAX_FAILURES ? pauseMs : undefined),
    signal,
  );
}
