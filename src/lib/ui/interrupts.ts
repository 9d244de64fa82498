import type { EventEmitter } from 'node:events';
import { constants } from 'node:os';

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

type Quit = (signal: NodeJS.Signals) => void;

/** Ends the process as the signal would, with what is due at an exit done: a signal alone would leave the screen as it is. */
export function exitBy(signal: NodeJS.Signals): void {
  process.exit(128 + constants.signals[signal]);
}

/**
 * What Ctrl-C does to a roll. Once: the step in hand is finished and nothing new begun. Twice: stop at once. A third one
 * ends the process where it stands, but not before the screen was given back. A terminal that goes away is a first Ctrl-C and never a second: it
 * may say so more than once.
 */
export class Interrupts {
  readonly #source: EventEmitter;
  readonly #onFirst: () => void;
  readonly #pause = new AbortController();
  readonly #abort = new AbortController();
  readonly #quit: Quit;

  /** @param source of the signals: the process */
  constructor(source: EventEmitter, onFirst: () => void, quit: Quit = exitBy) {
    this.#source = source;
    this.#onFirst = onFirst;
    this.#quit = quit;
    for (const signal of SIGNALS) source.on(signal, this.#heard);
    source.on('SIGHUP', this.#hungUp);
  }

  /** Aborted at the first one. */
  get pausing(): AbortSignal {
    return this.#pause.signal;
  }

  /** Aborted at the second one. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  pauseRequested(): boolean {
    return this.#pause.signal.aborted;
  }

  close(): void {
    for (const signal of SIGNALS) this.#source.off(signal, this.#heard);
    this.#source.off('SIGHUP', this.#hungUp);
  }

  readonly #heard = (signal: NodeJS.Signals): void => {
    if (this.#abort.signal.aborted) this.#quit(signal);
    else if (this.pauseRequested()) this.#abort.abort();
    else this.#ask();
  };

  readonly #hungUp = (signal: NodeJS.Signals): void => {
    if (this.#abort.signal.aborted) this.#quit(signal);
    else if (!this.pauseRequested()) this.#ask();
  };

  #ask(): void {
    this.#pause.abort();
    this.#onFirst();
  }
}
