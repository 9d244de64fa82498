import type { Clock, Cloud, Consul, Files, Hooks } from '../ports.js';

/** Everything a roll needs from outside: built by src/cli/connect.ts, or faked by the simulator. */
export interface Engine {
  readonly cloud: Cloud;
  readonly consul: Consul;
  readonly clock: Clock;
  readonly files: Files;
  /** Undefined if the operator has no hooks. */
  readonly hooks?: Hooks | undefined;
  /** Who runs this process, for the lock: `user@host pid`. */
  readonly holder: string;
  /** A short id for a new roll: lower-case hex. */
  newRollId(): string;
  /** 128 random bits for the record of a new roll, in hex. */
  newNonce(): string;
  close(): Promise<void>;
}
