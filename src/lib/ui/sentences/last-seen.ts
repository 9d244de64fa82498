import { RollError } from '../../errors.js';
import type { Survey } from '../../model/survey.js';
import { stateOf } from './budget.js';

/** The same error, saying too what the cluster was at the last look; anything else that was thrown as it is. */
export function withCluster(thrown: unknown, survey: Survey): unknown {
  if (!(thrown instanceof RollError)) return thrown;
  const { code, message, exitCode, state, next, passing } = thrown;
  const seen = `${survey.cluster} at the last look: ${stateOf(survey)}.`;
  return new RollError({ code, message, exitCode, state: `${state} ${seen}`, next, passing, cause: thrown });
}
