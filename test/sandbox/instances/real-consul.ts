import { findConsul } from '../../../src/sandbox/instances/binary.js';

/** The real Consul of this machine, if CONSUL_BIN or the PATH has one. */
export const realConsul = await findConsul(undefined, process.env);

/** Says loudly, once a test file, that what needs a real Consul was left out. */
export function warnIfSkipped(what: string): void {
  if (realConsul !== undefined) return;
  process.stderr.write(`\n*** SKIPPED: ${what}: no consul on the PATH and CONSUL_BIN is not set ***\n\n`);
}
