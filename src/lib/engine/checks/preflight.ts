import type { Intent, Limits } from '../../model/intent.js';
import type { Observation } from '../../model/observation.js';
import type { FailedCheck } from '../../model/stop-reason.js';
import { cloudChecks } from './cloud.js';
import { consulChecks } from './consul.js';
import { launchSourceChecks } from './launch-source.js';

/** One check before the first change. `undefined` when it passes. */
export interface PreflightCheck {
  /** Short name, for instance `image exists`: what is so where it passes. It stays the same. */
  readonly name: string;
  /** What a failure speaks of, for it to read right: `image: ami-0c21 is not visible`. */
  readonly subject: string;
  readonly run: (observation: Observation, intent: Intent, limits: Limits) => PreflightFailure | undefined;
}

/** What was seen, and what to do about it. */
export interface PreflightFailure {
  readonly observed: string;
  readonly remedy: string;
}

export const PREFLIGHT_CHECKS: readonly PreflightCheck[] = [
  ...cloudChecks,
  ...launchSourceChecks,
  ...consulChecks,
];

/** Every check that fails; empty when the roll may begin. */
export function runPreflight(
  observation: Observation,
  intent: Intent,
  limits: Limits,
): readonly FailedCheck[] {
  return PREFLIGHT_CHECKS.flatMap((check) => {
    const failure = check.run(observation, intent, limits);
    return failure === undefined ? [] : [{ check: check.name, ...failure }];
  });
}

/** What a failure of the check with this name speaks of. */
export function findSubject(name: string): string {
  return PREFLIGHT_CHECKS.find((check) => check.name === name)?.subject ?? name;
}
