import type { Invariant } from '../../../src/lib/model/stop-reason.js';
import type { Effect } from '../effect.js';
import type { RunEnd } from '../operator.js';
import type { Oracle } from '../oracle.js';
import type { SimulationEnd } from '../simulation-end.js';

/** Runs that say that the roll is over, and that the cluster is healthy. */
export const OVER: readonly RunEnd[] = ['rolled', 'rolled-back', 'nothing-to-do'];

/** Checks one invariant. Each method returns what is wrong, or undefined. */
export interface Checker {
  readonly invariant: Invariant;
  /** It holds also where an adversary writes the store, who may keep other invariants of a whole roll from holding. */
  readonly holdsAlways?: true;
  /** Called before an effect of the roll is carried out. */
  before?(effect: Effect, oracle: Oracle): string | undefined;
  /** Called after an effect of the roll was carried out and answered with success. */
  done?(effect: Effect, oracle: Oracle): void;
  /** Called after every event. */
  after?(oracle: Oracle): string | undefined;
  /** Called when a run has ended. */
  ended?(end: RunEnd, oracle: Oracle): string | undefined;
  /** Called when no process will resume the roll. */
  atEnd?(oracle: Oracle, ending: SimulationEnd): string | undefined;
}

/** An invariant that did not hold. */
export interface Violation {
  readonly invariant: Invariant;
  /** Milliseconds since the start of the simulation. */
  readonly atMs: number;
  readonly what: string;
}
