import type { EventEmitter } from 'node:events';

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** Called at the first, second and third signal. */
interface InterruptHandlers {
  onFirst?(): void;
  onSecond?(signal: NodeJS.Signals): void;
  /** Ends the process. */
  onThird(signal: NodeJS.Signals): void;
}

/**
 * What Ctrl-C does to a roll. Once: it finishes the current step and starts no other. Twice: it stops at once. A third one
 * ends the process during the step, after the screen is restored. A lost terminal counts as a first Ctrl-C and never as a
 * second, because SIGHUP may arrive more than once.
 */
export class InterruptHandler {
  readonly #source: EventEmitter;
  readonly #pause = new AbortController();
  readonly #abort = new AbortController();
  readonly #reactions: InterruptHandlers;

  /** @param source of the signals: the process */
  constructor(source: EventEmitter, reactions: InterruptHandlers) {
    this.#source = source;
    this.#reactions = reactions;
    for (const signal of SIGNALS) source.on(signal, this.#handleSignal);
    source.on('SIGHUP', this.#handleHangup);
  }

  /** Aborted at the first one. */
  get pauseSignal(): AbortSignal {
    return this.#pause.signal;
  }

  /** Aborted at the second one. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  isPauseRequested(): boolean {
    return this.#pause.signal.aborted;
  }

  close(): void {
    for (const signal of SIGNALS) this.#source.off(signal, this.#handleSignal);
    this.#source.off('SIGHUP', this.#handleHangup);
  }

  readonly #handleSignal = (signal: NodeJS.Signals): void => {
    const { onFirst, onSecond, onThird } = this.#reactions;
    if (this.#abort.signal.aborted) onThird(signal);
    else if (this.isPauseRequested()) {
      this.#abort.abort();
      onSecond?.(signal);
    } else {
      this.#pause.abort();
      onFirst?.();
    }
  };

  readonly #handleHangup = (signal: NodeJS.Signals): void => {
    if (this.#abort.signal.aborted || !this.isPauseRequested()) this.#handleSignal(signal);
  };
}
