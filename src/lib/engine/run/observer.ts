import { messageOf, RollError, remedyOf } from '../../model/errors.js';
import type { EventPayload } from '../../model/events.js';
import { EMPTY_MEMORY, type Knowledge, type Memory } from '../../model/memory.js';
import type { Observation } from '../../model/observation.js';
import type { RollOptions } from '../../model/plan.js';
import { retry } from '../../model/retry.js';
import type { StopReason } from '../../model/stop-reason.js';
import { updateMemoryWithObservation } from '../decide/memory.js';
import type { Engine } from '../engine.js';
import { type ObservationTarget, observe } from '../observe/observe.js';
import type { RunStart } from './start.js';

type ObserverEvent = Extract<EventPayload, { readonly kind: 'observation-failed' | 'leader-changed' }>;

/** Expired credentials and missing permissions rarely come back by themselves: reading stops after this time. */
const DENIED_RETRY_MS = 30_000;

type Unreadable = Extract<StopReason, { readonly kind: 'unreadable' }>;

/**
 * The observations of one run, and the memory of them. An observation that fails, for instance because AWS throttles,
 * is repeated for up to `awsTimeoutMs`. A Consul server that does not respond is not a failure.
 */
export class Observer {
  readonly #engine: Engine;
  readonly #options: RollOptions;
  readonly #emit: (event: ObserverEvent) => void;
  readonly #signal: AbortSignal;
  readonly #target: ObservationTarget;
  #memory = EMPTY_MEMORY;
  #firstObservation: Observation | undefined;
  #leader: string | undefined;
  /** Of the last observation that counted, so that it is about one interval old. */
  #commitIndex: number | undefined;
  #leaderChanges = 0;

  constructor(
    engine: Engine,
    options: RollOptions,
    start: RunStart,
    emit: (event: ObserverEvent) => void,
    signal: AbortSignal,
  ) {
    this.#engine = engine;
    this.#options = options;
    this.#emit = emit;
    this.#signal = signal;
    this.#target = start.target;
    this.#firstObservation = start.observation;
    this.#leader = start.observation.raft?.leader;
  }

  get leaderChanges(): number {
    return this.#leaderChanges;
  }

  /** An observation that counts for the streaks in memory. The first one is that which the run started from. */
  async observe(): Promise<Knowledge | Unreadable> {
    const first = this.#firstObservation;
    this.#firstObservation = undefined;
    const observation = first ?? (await this.#read());
    if ('kind' in observation) return observation;
    const { limits, intervalMs } = this.#options;
    this.#memory = updateMemoryWithObservation({ observation, memory: this.#memory }, limits, intervalMs);
    if (this.#memory.lastCountedAtMs === observation.atMs) {
      this.#commitIndex = observation.raft?.commitIndex ?? this.#commitIndex;
    }
    return this.#record(observation);
  }

  /** An observation for the safety check of one step; it leaves the streaks as they are. */
  async observeForSafety(): Promise<Knowledge | Unreadable> {
    const observation = await this.#read();
    return 'kind' in observation ? observation : this.#record(observation);
  }

  updateMemory(memory: Memory): void {
    this.#memory = memory;
  }

  async #read(): Promise<Observation | Unreadable> {
    const { clock } = this.#engine;
    const startMs = clock.now();
    let inARow = 0;
    const read = () =>
      observe(this.#engine, this.#target, this.#commitIndex).catch((thrown) => {
        inARow += 1;
        this.#emit({ kind: 'observation-failed', message: messageOf(thrown), inARow });
        throw thrown;
      });
    const pauseAfter = (thrown: unknown) =>
      clock.now() - startMs > this.#getRetryLimitMs(thrown) ? undefined : this.#options.intervalMs;
    try {
      return await retry(clock, read, pauseAfter, this.#signal);
    } catch (thrown) {
      const forMs = clock.now() - startMs;
      return { kind: 'unreadable', message: messageOf(thrown), forMs, remedy: remedyOf(thrown) };
    }
  }

  #getRetryLimitMs(thrown: unknown): number {
    const { awsTimeoutMs } = this.#options.limits;
    const isPassing = !(thrown instanceof RollError) || thrown.passing;
    return isPassing ? awsTimeoutMs : Math.min(awsTimeoutMs, DENIED_RETRY_MS);
  }

  /** An observation without a leader is left out: the next leader is compared with the last one. */
  #record(observation: Observation): Knowledge {
    const from = this.#leader;
    const to = observation.raft?.leader ?? from;
    if (to !== undefined && from !== undefined && from !== to) {
      this.#leaderChanges += 1;
      this.#emit({ kind: 'leader-changed', from, to });
    }
    this.#leader = to;
    return { observation, memory: this.#memory };
  }
}
