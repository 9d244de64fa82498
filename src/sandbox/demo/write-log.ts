/** One write that failed, or that could not be read back. */
export interface WriteError {
  /** Epoch milliseconds. */
  readonly atMs: number;
  readonly key: string;
  readonly message: string;
}

/** What the write load has seen so far. */
export interface WriteCounts {
  /** Acknowledged writes. */
  readonly acknowledged: number;
  /** Writes refused, broken off or unanswered; their keys may or may not exist. */
  readonly failed: number;
  /** Acknowledged writes whose read just after them failed or answered something else. */
  readonly misread: number;
  /** The longest time without an acknowledged write, from the start to now. */
  readonly longestGapMs: number;
  /** When that gap began, epoch milliseconds. */
  readonly longestGapAtMs: number;
}

const KEPT_ERRORS = 100;

/** Keeps the account of a write load: what was acknowledged, what failed, and the gaps between. */
export class WriteLog {
  /** Every acknowledged key with its value. */
  readonly acknowledged = new Map<string, string>();
  /** The first hundred. */
  readonly errors: WriteError[] = [];
  #failed = 0;
  #misread = 0;
  #lastMs: number;
  #longest: { readonly ms: number; readonly atMs: number };

  constructor(startMs: number) {
    this.#lastMs = startMs;
    this.#longest = { ms: 0, atMs: startMs };
  }

  acknowledge(key: string, value: string, atMs: number): void {
    this.acknowledged.set(key, value);
    this.#longest = this.#longestUntil(atMs);
    this.#lastMs = atMs;
  }

  fail(key: string, message: string, atMs: number): void {
    this.#failed += 1;
    this.#keep({ atMs, key, message });
  }

  misread(key: string, message: string, atMs: number): void {
    this.#misread += 1;
    this.#keep({ atMs, key, message });
  }

  counts(nowMs: number): WriteCounts {
    const longest = this.#longestUntil(nowMs);
    return {
      acknowledged: this.acknowledged.size,
      failed: this.#failed,
      misread: this.#misread,
      longestGapMs: longest.ms,
      longestGapAtMs: longest.atMs,
    };
  }

  #longestUntil(atMs: number): { readonly ms: number; readonly atMs: number } {
    const ms = atMs - this.#lastMs;
    return ms > this.#longest.ms ? { ms, atMs: this.#lastMs } : this.#longest;
  }

  #keep(error: WriteError): void {
    if (this.errors.length < KEPT_ERRORS) this.errors.push(error);
  }
}
