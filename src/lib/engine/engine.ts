import type { Clock, Cloud, Consul, Files, Hooks } from '../ports.js';

/** Everything a roll needs of the outside: built in one place (connect.ts), or faked as a whole by the simulator. */
export interface Engine {
  readonly cloud: Cloud;
  readonly consul: Consul;
  readonly clock: Clock;
  readonly files: Files;
  /** Undefined where the operator has none. */
  readonly hooks?: Hooks | undefined;
  /** Who runs this, for the lock: `user@host pid`. */
  readonly holder: string;
  /** A fresh short id for a new roll: lower-case hex. */
  newRollId(): string;
  close(): Promise<void>;
}
