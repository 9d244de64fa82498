import type { Decision, DecisionInput, Phase } from '../../model/decision.js';
import type { Observation } from '../../model/observation.js';
import { buildWait, waitOrElse } from './decisions.js';

/** A server joins other datacenters within half a minute, and agents and ACL replication try again within that too. */
const AFTER_BAKE_MS = 60_000;

/**
 * Waits until others have what they had before the roll: within the bake, and a while after it. What is missing then is a
 * warning at the end of the roll, not a reason to roll back: the servers that had it have left.
 */
export function awaitConvergence(input: DecisionInput, phase: Phase): Decision | undefined {
  const { observation, memory, limits } = input;
  if (isConverged(observation)) return undefined;
  const missing = observation.convergence?.missing ?? [];
  const limitMs = AFTER_BAKE_MS + (phase === 'rollback' ? 0 : limits.bakeMs);
  return waitOrElse(
    input,
    buildWait(input, phase, { kind: 'convergence', missing }, limitMs, memory.missingSinceMs),
    () => undefined,
  );
}

/** Also true where nothing was compared. */
export function isConverged({ convergence }: Observation): boolean {
  return convergence === undefined || convergence.missing.length === 0;
}
