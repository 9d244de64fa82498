import type { SimulatedAccount } from './account.js';
import type { WriteRecord } from './writer.js';

/** How the last run ended, or why no run carried the roll on. */
export type FinalOutcome =
  | 'rolled'
  | 'rolled-back'
  | 'refused'
  | 'stopped'
  | 'quorum-at-risk'
  | 'interrupted'
  | 'locked'
  | 'error';

/** What the checkers receive at the end. */
export interface SimulationEnd {
  readonly outcome: FinalOutcome;
  /** Why the last run ended. */
  readonly why: string;
  /** The account before the roll. */
  readonly before: SimulatedAccount;
  readonly writeRecord: WriteRecord;
  /** The image of the roll. */
  readonly imageId: string;
  readonly keepOld: boolean;
  /** No fault occurred and no process was killed. */
  readonly undisturbed: boolean;
  /** The order can be carried out, and the operator keeps to it. */
  readonly isFeasible: boolean;
  /**
   * AWS and Consul answered, `late` where AWS showed changes late, and no process was killed or stopped at once; operators may have
   * scaled groups, and hooks may have held terminations.
   */
  readonly watched: 'yes' | 'late' | 'no';
}
