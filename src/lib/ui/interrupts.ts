import type { EventEmitter } from 'node:events';

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/**
 * What Ctrl-C does to a roll. Once: the step in hand is finished and nothing new begun. Twice: stop at once. From
 * then on the signals do what they always do.
 */
export class Interrupts {
  readonly #source: EventEmitter;
  readonly #onFirst: () => void;
  readonly #abort = new AbortController();
  #count = 0;

  /** @param source of the signals: the process */
  constructor(source: EventEmitter, onFirst: () => void) {
    this.#source = source;
    this.#onFirst = onFirst;
    for (const signal of SIGNALS) source.on(signal, this.#heard);
  }

  /** Aborted at the second one. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  pauseRequested(): boolean {
    return this.#count > 0;
  }

  close(): void {
    for (const signal of SIGNALS) this.#source.off(signal, this.#heard);
  }

  readonly #heard = (): void => {
    this.#count += 1;
    if (this.#count === 1) this.#onFirst();
    else {
      this.#abort.abort();
      this.close();
    }
  };
}
