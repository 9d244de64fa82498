import type { MachineImage } from './observation.js';

/** Who calls AWS, and where. */
export interface CallerIdentity {
  /** Twelve digits. */
  readonly account: string;
  /** Undefined where the account has none, or the caller may not read it. */
  readonly alias: string | undefined;
  readonly region: string;
  /** As AWS Security Token Service reports it. */
  readonly arn: string;
}

/** Where a roll happens, who asks for it, and its images as AWS has them. Read for people; no decision depends on it. */
export interface RollContext {
  /** Undefined where it could not be read, which ends no roll that is in progress. */
  readonly caller: CallerIdentity | undefined;
  /** The old image; undefined once no old server is left, or where AWS does not return it. */
  readonly from: MachineImage | undefined;
  readonly to: MachineImage | undefined;
}

export const UNKNOWN_CONTEXT: RollContext = { caller: undefined, from: undefined, to: undefined };
