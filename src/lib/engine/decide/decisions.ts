import type { Action } from '../../model/action.js';
import type { Decision, Phase, StopOutcome, Wait, WaitFor } from '../../model/decision.js';
import { waitKey } from '../../model/decision.js';
import type { Survey } from '../../model/observation.js';
import type { Refusal } from '../../model/stop-reason.js';
import { budgetNow, isJudged } from './servers.js';

/** A decision to take one step. */
export function act(survey: Survey, phase: Phase, action: Action, why: string): Decision {
  return {
    kind: 'act',
    step: { phase, action, why, budget: isJudged(survey) ? budgetNow(survey) : undefined },
  };
}

/** A decision to stop. */
export function stop(outcome: StopOutcome, reason: Refusal): Decision {
  return { kind: 'stop', outcome, reason };
}

/**
 * A wait, begun when this process first saw it, or at `sinceMs` where the world itself remembers. However long ago
 * that was, a process that sees it for the first time waits `atLeastMs`, where that is given.
 */
export function waitFor(
  survey: Survey,
  phase: Phase,
  what: WaitFor,
  limitMs: number,
  sinceMs?: number,
  atLeastMs?: number,
): Wait {
  const { waiting } = survey.history;
  const seenMs = waiting?.key === waitKey(what) ? waiting.sinceMs : survey.atMs;
  const earliestMs = atLeastMs === undefined ? -Infinity : seenMs - limitMs + atLeastMs;
  const beganMs = Math.min(seenMs, Math.max(sinceMs ?? seenMs, earliestMs));
  return { phase, for: what, limitMs, sinceMs: beganMs };
}

export function isOver(survey: Survey, wait: Wait): boolean {
  return survey.atMs - wait.sinceMs > wait.limitMs;
}

/** Waits while patience lasts; then decides as told, by default to stop part-way. */
export function waitOr(survey: Survey, wait: Wait): Decision;
export function waitOr<T extends Decision | undefined>(
  survey: Survey,
  wait: Wait,
  otherwise: () => T,
): Decision | T;
export function waitOr(
  survey: Survey,
  wait: Wait,
  otherwise?: () => Decision | undefined,
): Decision | undefined {
  if (!isOver(survey, wait)) return { kind: 'wait', wait };
  return otherwise === undefined ? timedOut(wait) : otherwise();
}

export function timedOut(wait: Wait, detail = '', outcome: StopOutcome = 'stopped'): Decision {
  return stop(outcome, { kind: 'timed-out', waitedFor: wait.for, limitMs: wait.limitMs, detail });
}
