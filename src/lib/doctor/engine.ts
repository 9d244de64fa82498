import type { Engine } from '../engine.js';
import type { CloudInspection, ConsulInspection } from '../ports/inspection.js';

/** What a roll needs of the outside, and what only an examination asks. */
export interface DoctorEngine extends Engine {
  readonly cloudInspection: CloudInspection;
  readonly consulInspection: ConsulInspection;
  /** Whether the servers are asked over TLS. */
  readonly encrypted: boolean;
}
