import type { Intent, Limits } from '../../model/intent.js';
import type { Survey } from '../../model/observation.js';
import type { FailedCheck } from '../../model/stop-reason.js';
import { cloudChecks } from './cloud.js';
import { consulChecks } from './consul.js';
import { templateChecks } from './launch-source.js';

/** One check before the first change. `undefined` when it passes. */
export interface Check {
  /** Short name, for instance `image exists`: what is so where it passes. It stays the same. */
  readonly name: string;
  /** What a failure speaks of, for it to read right: `image: ami-0c21 is not visible`. */
  readonly subject: string;
  readonly run: (survey: Survey, intent: Intent, limits: Limits) => Failure | undefined;
}

/** What was seen, and what to do about it. */
export interface Failure {
  readonly saw: string;
  readonly remedy: string;
}

export const CHECKS: readonly Check[] = [...cloudChecks, ...templateChecks, ...consulChecks];

/** Every check that fails; empty when the roll may begin. */
export function preflight(survey: Survey, intent: Intent, limits: Limits): readonly FailedCheck[] {
  return CHECKS.flatMap((check) => {
    const failure = check.run(survey, intent, limits);
    return failure === undefined ? [] : [{ check: check.name, ...failure }];
  });
}

/** What a failure of the check with this name speaks of. */
export function subjectOf(name: string): string {
  return CHECKS.find((check) => check.name === name)?.subject ?? name;
}
