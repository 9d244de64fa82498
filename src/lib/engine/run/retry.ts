import type { Step } from '../../model/decision.js';
import { RollError } from '../../model/errors.js';
import { retry } from '../../model/retry.js';
import type { Clock } from '../../ports.js';

/** After an effect, AWS may show the old state for a while; the same step is not taken again sooner than this. */
const VISIBILITY_DELAY_MS = 10_000;

/** How often one step has been tried, failed or was refused. */
export class RetryTracker {
  #done: { readonly step: Step; readonly atMs: number } | undefined;
  #failing: { readonly step: Step; readonly times: number } | undefined;
  #refused: { readonly step: Step; readonly sinceMs: number } | undefined;

  /** True while the step just taken may still be on its way to showing. */
  isTooSoon(step: Step, nowMs: number): boolean {
    const done = this.#done;
    return done !== undefined && nowMs - done.atMs < VISIBILITY_DELAY_MS && isSame(done.step, step);
  }

  recordSuccess(step: Step, nowMs: number): void {
    this.#done = { step, atMs: nowMs };
    this.#failing = undefined;
    this.#refused = undefined;
  }

  /** How often in a row it has failed now. */
  recordFailure(step: Step): number {
    const before = this.#failing;
    const times = before !== undefined && isSame(before.step, step) ? before.times + 1 : 1;
    this.#failing = { step, times };
    return times;
  }

  /** Something else was decided in between: a refusal of the same step later on is a new one. */
  clearRefusal(): void {
    this.#refused = undefined;
  }

  /** True once the same step has been refused for longer than `patienceMs`. */
  recordRefusal(step: Step, nowMs: number, patienceMs: number): boolean {
    const before = this.#refused;
    const sinceMs = before !== undefined && isSame(before.step, step) ? before.sinceMs : nowMs;
    this.#refused = { step, sinceMs };
    return nowMs - sinceMs > patienceMs;
  }
}

/** Two steps are the same one by all of the action but the reason it names, whose details change by the look. */
function isSame({ action }: Step, { action: other }: Step): boolean {
  if (action.kind !== other.kind) return false;
  return action.kind === 'start-rollback' || JSON.stringify(action) === JSON.stringify(other);
}

/** What fails this often in a row is given up. */
export const MAX_FAILURES = 5;
/** A missing permission does not come by itself. But one that was just given takes a moment to spread: one more try. */
const MAX_DENIALS = 2;

/** How often in a row a step may fail in this way before it is given up. */
export function maxAttempts(thrown: unknown): number {
  return thrown instanceof RollError && thrown.code === 'access-denied' ? MAX_DENIALS : MAX_FAILURES;
}

/**
 * Reads, and reads again after each failure that may pass: AWS throttles, or an answer is lost.
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
