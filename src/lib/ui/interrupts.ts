import type { EventEmitter } from 'node:events';

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/**
 * What Ctrl-C does to a roll. Once: the step in hand is finished and nothing new begun. Twice: stop at once. From
 * then on the signals do what they always do. A terminal that goes away is a first Ctrl-C and never a second: it
 * may say so more than once.
 */
export class Interrupts {
  readonly #source: EventEmitter;
  readonly #onFirst: () => void;
  readonly #abort = new AbortController();
  #asked = false;

  /** @param source of the signals: the process */
  constructor(source: EventEmitter, onFirst: () => void) {
    this.#source = source;
    this.#onFirst = onFirst;
    for (const signal of SIGNALS) source.on(signal, this.#heard);
    source.on('SIGHUP', this.#hungUp);
  }

  /** Aborted at the second one. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  pauseRequested(): boolean {
    return this.#asked;
  }

  close(): void {
    for (const signal of SIGNALS) this.#source.off(signal, this.#heard);
    this.#source.off('SIGHUP', this.#hungUp);
  }

  readonly #heard = (): void => {
    if (!this.#asked) this.#ask();
    else {
      this.#abort.abort();
      this.close();
    }
  };

  readonly #hungUp = (): void => {
    if (!this.#asked) this.#ask();
  };

  #ask(): void {
    this.#asked = true;
    this.#onFirst();
  }
}
