import type { Step } from '../model/decision.js';

/** After an effect, AWS may show the old state for a while; the same step is not taken again sooner than this. */
const SETTLE_MS = 10_000;

/** How often one step has been tried, failed or was refused. */
export class Tries {
  #done: { readonly key: string; readonly atMs: number } | undefined;
  #failing: { readonly key: string; readonly times: number } | undefined;
  #refused: { readonly key: string; readonly sinceMs: number } | undefined;

  /** True while the step just taken may still be on its way to showing. */
  isTooSoon(step: Step, nowMs: number): boolean {
    return this.#done?.key === keyOf(step) && nowMs - this.#done.atMs < SETTLE_MS;
  }

  succeeded(step: Step, nowMs: number): void {
    this.#done = { key: keyOf(step), atMs: nowMs };
    this.#failing = undefined;
    this.#refused = undefined;
  }

  /** How often in a row it has failed now. */
  failed(step: Step): number {
    const key = keyOf(step);
    const times = this.#failing?.key === key ? this.#failing.times + 1 : 1;
    this.#failing = { key, times };
    return times;
  }

  /** Something else was decided in between: a refusal of the same step later on is a new one. */
  calm(): void {
    this.#refused = undefined;
  }

  /** True once the same step has been refused for longer than `patienceMs`. */
  refused(step: Step, nowMs: number, patienceMs: number): boolean {
    const key = keyOf(step);
    const sinceMs = this.#refused?.key === key ? this.#refused.sinceMs : nowMs;
    this.#refused = { key, sinceMs };
    return nowMs - sinceMs > patienceMs;
  }
}

/** What makes two steps the same one: all of the action but the reason it names, whose details change by the look. */
function keyOf({ action }: Step): string {
  return JSON.stringify(action.kind === 'turn-back' ? action.kind : action);
}
