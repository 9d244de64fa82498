import { messageOf, RollError, remedyOf } from '../../model/errors.js';
import { EMPTY_MEMORY, type Knowledge, type Memory } from '../../model/memory.js';
import type { Observation } from '../../model/observation.js';
import type { RollOptions } from '../../model/plan.js';
import type { StopReason } from '../../model/stop-reason.js';
import { updateMemoryWithObservation } from '../decide/memory.js';
import type { Engine } from '../engine.js';
import { type ObservationTarget, observe } from '../observe/observe.js';
import type { RunStart } from './start.js';

/** What the eyes have to say besides what they see. */
export type ObserverEvent =
  | { readonly kind: 'observation-failed'; readonly message: string; readonly inARow: number }
  | { readonly kind: 'leader-changed'; readonly from: string | undefined; readonly to: string };

/** What is refused, because credentials have expired or permissions were taken away, is refused until a person acts. */
const DENIED_RETRY_MS = 30_000;

type Unreadable = Extract<StopReason, { readonly kind: 'unreadable' }>;

/**
 * The looks of one run, and what they add up to. A look that fails (AWS throttles, a network hiccup) is taken
 * again for as long as AWS is waited for elsewhere too; Consul servers that do not answer are no failure.
 */
export class Observer {
  readonly #engine: Engine;
  readonly #options: RollOptions;
  readonly #report: (notice: ObserverEvent) => void;
  readonly #signal: AbortSignal;
  readonly #target: ObservationTarget;
  #memory = EMPTY_MEMORY;
  #firstObservation: Observation | undefined;
  #leader: string | undefined;
  /** Only looks that count set it, so that it is about an interval old when the next one needs it. */
  #commitIndex: number | undefined;
  leaderChanges = 0;

  constructor(
    engine: Engine,
    options: RollOptions,
    start: RunStart,
    say: (notice: ObserverEvent) => void,
    signal: AbortSignal,
  ) {
    this.#engine = engine;
    this.#options = options;
    this.#report = say;
    this.#signal = signal;
    this.#target = start.target;
    this.#firstObservation = start.observation;
    this.#leader = start.observation.raft?.leader;
  }

  /** A look that counts towards the rows that gates need. The look a roll begins with is handed out first. */
  async observe(): Promise<Knowledge | Unreadable> {
    const first = this.#firstObservation;
    this.#firstObservation = undefined;
    const seen = first ?? (await this.#read());
    if ('kind' in seen) return seen;
    const { limits, intervalMs } = this.#options;
    const known = { observation: seen, memory: this.#memory };
    this.#memory = updateMemoryWithObservation(known, limits, intervalMs);
    if (this.#memory.lastCountedAtMs === seen.atMs)
      this.#commitIndex = seen.raft?.commitIndex ?? this.#commitIndex;
    return this.#record(seen);
  }

  /** A look for the safety of one step; it adds nothing to any row. */
  async observeForSafety(): Promise<Knowledge | Unreadable> {
    const seen = await this.#read();
    return 'kind' in seen ? seen : this.#record(seen);
  }

  /** What later looks are to know. */
  updateMemory(memory: Memory): void {
    this.#memory = memory;
  }

  async #read(): Promise<Observation | Unreadable> {
    const startMs = this.#engine.clock.now();
    for (let inARow = 1; ; inARow += 1) {
      try {
        return await observe(this.#engine, this.#target, this.#commitIndex);
      } catch (error) {
        const message = messageOf(error);
        this.#report({ kind: 'observation-failed', message, inARow });
        const forMs = this.#engine.clock.now() - startMs;
        const over = forMs > this.#retryLimitMs(error) || this.#signal.aborted;
        if (over) return { kind: 'unreadable', message, forMs, remedy: remedyOf(error) };
        await this.#engine.clock.sleep(this.#options.intervalMs, this.#signal);
      }
    }
  }

  #retryLimitMs(error: unknown): number {
    const { awsTimeoutMs } = this.#options.limits;
    const passes = !(error instanceof RollError) || error.passing;
    return passes ? awsTimeoutMs : Math.min(awsTimeoutMs, DENIED_RETRY_MS);
  }

  /** A look without a leader is no change of leader; the next look with one is compared with the last that had. */
  #record(observation: Observation): Knowledge {
    const from = this.#leader;
    const to = observation.raft?.leader ?? from;
    if (to !== undefined && from !== undefined && from !== to) {
      this.leaderChanges += 1;
      this.#report({ kind: 'leader-changed', from, to });
    }
    this.#leader = to;
    return { observation, memory: this.#memory };
  }
}
