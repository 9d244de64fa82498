import { planToEnd } from '../decide/plan.js';
import type { Step } from '../model/decision.js';
import type { Intent, Limits } from '../model/intent.js';
import type { Status } from '../model/plan.js';
import type { History, Survey } from '../model/survey.js';
import { tagsOf } from '../model/tags.js';

/** A roll as one look saw it, with the steps that were left to take. */
export interface Sight {
  readonly survey: Survey;
  readonly intent: Intent;
  readonly left: readonly Step[];
}

/**
 * What is left of the roll that this look saw. Undefined where there is none, and where the steps to its end cannot be
 * told just then: amid an election, or while a server does not answer.
 *
 * @param leaves who has left, and when: the roll itself remembers it, and terminates in that order
 */
export function sightOf(
  { survey, intent }: Pick<Status, 'survey' | 'intent'>,
  limits: Limits,
  leaves: History['leaves'] = {},
): Sight | undefined {
  if (intent === undefined) return undefined;
  const remembered = { ...survey, history: { ...survey.history, leaves } };
  const plan = planToEnd(remembered, intent, limits);
  return plan && { survey, intent, left: plan.steps };
}

/** The same world with this recorded on it as its roll. */
export function recordedOn(survey: Survey, intent: Intent): Survey {
  const { old, new: group } = survey;
  return {
    ...survey,
    old: old && { ...old, tags: { ...old.tags, ...tagsOf(intent, 'old') } },
    new: group && { ...group, tags: { ...group.tags, ...tagsOf(intent, 'new') } },
  };
}
