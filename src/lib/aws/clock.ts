import type { Clock } from '../ports.js';

/** An answer takes its time, and its date is in whole seconds: smaller differences are ignored. */
const TOLERANCE_MS = 5_000;

/**
 * The time of AWS, which dates the launches that patience is counted from, whatever the clock of this machine shows. It
 * is the same for every process that continues a roll.
 */
export class CloudClock implements Clock {
  readonly #local: Clock;
  #offsetMs = 0;

  constructor(local: Clock) {
    this.#local = local;
  }

  now(): number {
    return this.#local.now() + this.#offsetMs;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return this.#local.sleep(ms, signal);
  }

  /** Takes over the date of an answer, epoch milliseconds, where this clock is more than seconds away from it. */
  adjust(dateMs: number): void {
    const offsetMs = dateMs - this.#local.now();
    if (Math.abs(offsetMs - this.#offsetMs) > TOLERANCE_MS) this.#offsetMs = offsetMs;
  }
}
