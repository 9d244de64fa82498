import type { Invariant } from '../../../src/lib/model/stop-reason.js';
import type { Effect } from '../effect.js';
import type { Ending } from '../ending.js';
import type { Oracle } from '../oracle.js';

/** Watches over one invariant. Each of these answers what is wrong, or nothing. */
export interface Checker {
  readonly invariant: Invariant;
  /** An effect of the roll is about to take hold. */
  before?(effect: Effect, truth: Oracle): string | undefined;
  /** Something has happened. */
  after?(truth: Oracle): string | undefined;
  /** The roll and everyone who carried it on are done. */
  atEnd?(truth: Oracle, ending: Ending): string | undefined;
}

/** An invariant that did not hold. */
export interface Violation {
  readonly invariant: Invariant;
  /** Since the simulation began, milliseconds. */
  readonly atMs: number;
  readonly what: string;
}
