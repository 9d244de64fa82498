import type { EventEmitter } from 'node:events';
import { constants } from 'node:os';

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** What is to be done at each. */
export interface Reactions {
  first(): void;
  second?(): void;
  third?(signal: NodeJS.Signals): void;
}

/** Ends the process as the signal would, with what is due at an exit done: a signal alone would leave the screen as it is. */
export function exitBy(signal: NodeJS.Signals): void {
  process.exit(128 + constants.signals[signal]);
}

/**
 * What Ctrl-C does to a roll. Once: the step in hand is finished and nothing new begun. Twice: stop at once. A third one
 * ends the process where it stands, but not before the screen was given back. A terminal that goes away is a first Ctrl-C
 * and never a second: it may say so more than once.
 */
export class Interrupts {
  readonly #source: EventEmitter;
  readonly #pause = new AbortController();
  readonly #abort = new AbortController();
  readonly #reactions: Reactions;

  /** @param source of the signals: the process */
  constructor(source: EventEmitter, reactions: Reactions) {
    this.#source = source;
    this.#reactions = reactions;
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
    else if (this.pauseRequested()) this.#insist();
    else this.#ask();
  };

  readonly #hungUp = (signal: NodeJS.Signals): void => {
    if (this.#abort.signal.aborted) this.#quit(signal);
    else if (!this.pauseRequested()) this.#ask();
  };

  #ask(): void {
    this.#pause.abort();
    this.#reactions.first();
  }

  #insist(): void {
    this.#abort.abort();
    this.#reactions.second?.();
  }

  #quit(signal: NodeJS.Signals): void {
    const { third = exitBy } = this.#reactions;
    third(signal);
  }
}
