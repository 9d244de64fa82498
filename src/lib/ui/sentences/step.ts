import type { Step } from '../../model/decision.js';
import { describeAction } from './action.js';

/** A step with its reason and its voter budget, one line. */
export function describeStep(step: Step): string {
  const what = `${describeAction(step.action)}: ${step.why}`;
  if (step.budget === undefined) return what;
  const { voters, healthy, quorum, spare } = step.budget;
  return `${what} (voters ${voters}, healthy ${healthy}, quorum ${quorum}, spare ${spare})`;
}
