import type { Clock } from '../../src/lib/ports.js';
import { OBSERVED_AT_MS } from './servers.js';

/** A clock that only moves when somebody sleeps, and then does at once what falls due on the way. */
export class FakeClock implements Clock {
  #nowMs = OBSERVED_AT_MS;
  #due: { readonly atMs: number; readonly run: () => void }[] = [];

  now(): number {
    return this.#nowMs;
  }

  /** Has something happen so many milliseconds from now. */
  after(ms: number, run: () => void): void {
    this.#due.push({ atMs: this.#nowMs + ms, run });
    this.#due.sort((a, b) => a.atMs - b.atMs);
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return;
    const endMs = this.#nowMs + ms;
    for (let next = this.#due[0]; next !== undefined && next.atMs <= endMs; next = this.#due[0]) {
      this.#due.shift();
      this.#nowMs = next.atMs;
      next.run();
    }
    this.#nowMs = endMs;
  }
}
