import type { EventEmitter } from 'node:events';
import { constants } from 'node:os';

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** What is to be done at each. */
export interface InterruptHandlers {
  onFirst(): void;
  onSecond?(): void;
  onThird?(signal: NodeJS.Signals): void;
}

/** Ends the process as the signal would, with what is due at an exit done: a signal alone would leave the screen as it is. */
export function exitWithSignal(signal: NodeJS.Signals): void {
  process.exit(128 + constants.signals[signal]);
}

/**
 * What Ctrl-C does to a roll. Once: the step in hand is finished and nothing new begun. Twice: stop at once. A third one
 * ends the process where it stands, but not before the screen was given back. A terminal that goes away is a first Ctrl-C
 * and never a second: it may say so more than once.
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
    if (this.#abort.signal.aborted) this.#exit(signal);
    else if (this.isPauseRequested()) this.#requestStop();
    else this.#requestPause();
  };

  readonly #handleHangup = (signal: NodeJS.Signals): void => {
    if (this.#abort.signal.aborted) this.#exit(signal);
    else if (!this.isPauseRequested()) this.#requestPause();
  };

  #requestPause(): void {
    this.#pause.abort();
    this.#reactions.onFirst();
  }

  #requestStop(): void {
    this.#abort.abort();
    this.#reactions.onSecond?.();
  }

  #exit(signal: NodeJS.Signals): void {
    const { onThird: third = exitWithSignal } = this.#reactions;
    third(signal);
  }
}
