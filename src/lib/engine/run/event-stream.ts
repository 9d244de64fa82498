import { buildWaitKey, type Decision, type Phase, type Step } from '../../model/decision.js';
import type { EmitEvent, EventPayload } from '../../model/events.js';
import type { Knowledge } from '../../model/memory.js';
import type { Clock } from '../../ports.js';

/** The events of one run, in order and with their times: each phase, wait and pause is announced once. */
export class EventStream {
  readonly #clock: Clock;
  readonly #listeners: readonly EmitEvent[];
  #phase: Phase | undefined;
  #waitKey: string | undefined;
  #pausedBy: string | undefined;
  #steps = 0;
  #hasEnded = false;

  constructor(clock: Clock, listeners: readonly EmitEvent[]) {
    this.#clock = clock;
    this.#listeners = listeners;
  }

  /** Nothing follows the end: a call that an early end did not wait for may fail later. */
  emit(payload: EventPayload): void {
    if (this.#hasEnded) return;
    this.#hasEnded = payload.kind === 'ended';
    const event = { atMs: this.#clock.now(), ...payload };
    for (const listener of this.#listeners) listener(event);
  }

  emitObservation(known: Knowledge, decision: Decision): void {
    this.emit({ kind: 'observed', ...known, decision });
    if (decision.kind !== 'wait') return;
    const { wait } = decision;
    const key = buildWaitKey(wait.for);
    this.#enterPhase(wait.phase);
    if (key !== this.#waitKey) this.emit({ kind: 'waiting', wait });
    this.#waitKey = key;
  }

  emitPause(pausedBy: string | undefined): void {
    if (pausedBy !== undefined && this.#pausedBy === undefined) {
      this.emit({ kind: 'pause-requested', by: pausedBy });
    }
    this.#pausedBy = pausedBy;
  }

  /** @returns a function to call when the step is done, with what was done of it where a part failed */
  emitStepStart(step: Step): (done?: Step) => void {
    this.#enterPhase(step.phase);
    this.#steps += 1;
    const number = this.#steps;
    const startMs = this.#clock.now();
    this.emit({ kind: 'step-started', step, number });
    return (done = step) =>
      this.emit({ kind: 'step-done', step: done, number, elapsedMs: this.#clock.now() - startMs });
  }

  #enterPhase(phase: Phase): void {
    if (phase !== this.#phase) this.emit({ kind: 'phase', phase });
    this.#phase = phase;
  }
}
