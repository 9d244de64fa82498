import type { Step } from '../../model/decision.js';
import { RollError } from '../../model/errors.js';
import { retry } from '../../model/retry.js';
import type { Clock } from '../../ports.js';

/** After an effect AWS may show the old state for a while: the same step is not taken again within this time. */
const VISIBILITY_DELAY_MS = 10_000;

/** When a step was last taken, how often it failed, and since when it is refused. */
export class RetryTracker {
  /** By action: when it was last taken, and how often. */
  readonly #done = new Map<string, { readonly atMs: number; readonly times: number }>();
  #failing: { readonly step: Step; readonly times: number } | undefined;
  #refused: { readonly step: Step; readonly sinceMs: number } | undefined;
  #putOff: Step | undefined;

  /** True while AWS may not show the effect of this step yet. */
  isTooSoon(step: Step, nowMs: number): boolean {
    const done = this.#done.get(identify(step));
    return done !== undefined && nowMs - done.atMs < VISIBILITY_DELAY_MS;
  }

  /**
   * How often this step was taken, if so often that others must undo it each time; otherwise undefined. What others alter in
   * the record or the tags is written again for as long as they do.
   */
  countUndone(step: Step): number | undefined {
    const times = this.#done.get(identify(step))?.times ?? 0;
    return times >= MAX_DONE && step.reason.kind !== 'record-missing' ? times : undefined;
  }

  recordSuccess(step: Step, nowMs: number): void {
    const times = (this.#done.get(identify(step))?.times ?? 0) + 1;
    this.#done.set(identify(step), { atMs: nowMs, times });
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

function isSame(step: Step, other: Step): boolean {
  return identify(step) === identify(other);
}

/**
 * Steps are the same if their actions are; the reason of a rollback changes with each observation, and so do the servers that
 * are asked to leave beside the first.
 */
function identify({ action }: Step): string {
  if (action.kind === 'leave') return `leave ${action.servers[0]?.instanceId}`;
  return action.kind === 'start-rollback' ? action.kind : JSON.stringify(action);
}

/** Far more often than any step is due again in a roll that others disturb. */
const MAX_DONE = 20;
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
