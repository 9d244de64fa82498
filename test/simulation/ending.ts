import type { SimulatedAccount } from './account.js';
import type { WriteRecord } from './writer.js';

/** How it all ended: with the last run of a roll, or with nobody left to carry it on. */
export type FinalOutcome =
  | 'rolled'
  | 'rolled-back'
  | 'refused'
  | 'stopped'
  | 'quorum-at-risk'
  | 'interrupted'
  | 'locked'
  | 'error';

/** What the checkers are told at the end. */
export interface Ending {
  readonly outcome: FinalOutcome;
  /** The account before anything was asked of it. */
  readonly before: SimulatedAccount;
  readonly ledger: WriteRecord;
  /** The image of the roll. */
  readonly imageId: string;
  readonly keepOld: boolean;
  /** No fault came about and no process was killed. */
  readonly undisturbed: boolean;
}
