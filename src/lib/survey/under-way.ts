import { RollError } from '../errors.js';
import type { Intent } from '../model/intent.js';
import { EXIT } from '../outcomes.js';

/** Errors of a cluster on which no roll was found, though it could be read. */
const NO_ROLL: readonly string[] = ['cluster-not-found', 'cluster-ambiguous'];

/**
 * The error of whoever could not read a cluster with a roll on it: it stops that roll part-way, and refuses nothing.
 *
 * @param recorded undefined where the record could not be read either, and somebody means to carry on with it
 */
export function underWay(thrown: unknown, cluster: string, recorded: Intent | undefined): unknown {
  if (!(thrown instanceof RollError) || thrown.exitCode !== EXIT.refused || NO_ROLL.includes(thrown.code)) {
    return thrown;
  }
  const { code, message, next, passing } = thrown;
  const which =
    recorded === undefined
      ? `A roll of ${cluster} may be under way`
      : `Roll ${recorded.rollId} is under way (going ${recorded.direction})`;
  return new RollError({
    code,
    message,
    exitCode: EXIT.stopped,
    state: `${which}; nothing was changed now.`,
    next: `${next.replace(/\.$/, '')}; then carry on: consul-roll resume --cluster ${cluster}`,
    passing,
    cause: thrown,
  });
}
