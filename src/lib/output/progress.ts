import { standingOf } from '../engine/decide/servers.js';
import { victimOf } from '../model/action.js';
import type { Decision, Phase, Step, Wait } from '../model/decision.js';
import type { RollEvent, RollResult } from '../model/events.js';
import type { Hook, Moment } from '../model/hook.js';
import type { Intent } from '../model/intent.js';
import type { Survey } from '../model/observation.js';
import type { LockHolder } from '../model/plan.js';
import { NOBODY_SEEN, type Roster, rosterWith } from './server-list.js';
import { describeHookEnd, nameOfMoment } from './text/hooks.js';

type HookEvent = Extract<RollEvent, { readonly kind: 'hook' }>;

/** The stages a person sees: those of the roll, and the looking before them. */
export type Stage = 'preflight' | Phase;

/** The way forward, in order; `back` comes only when it is needed. */
export const STAGES: readonly Stage[] = [
  'preflight',
  'snapshot',
  'prepare',
  'canary',
  'grow',
  'drain',
  'finish',
];

/** One stage a roll has entered. It may be left and entered again, when servers are replaced a few at a time. */
export interface StageRecord {
  readonly name: Stage;
  /** Epoch milliseconds of the first entry. */
  readonly startedAtMs: number;
  /** Time spent in it before the entry that is on. */
  readonly beforeMs: number;
  /** Since when it is on; undefined while it is not. */
  readonly sinceMs: number | undefined;
  /** The roll turned back or stopped in it. */
  readonly failed: boolean;
}

/** A roll so far, as its events tell it. */
export interface Progress {
  readonly startedAtMs: number;
  readonly intent: Intent | undefined;
  /** It had begun before this run of it, or before somebody came to watch. */
  readonly foundBegun: boolean;
  /** The last look before it went back. */
  readonly turnedFrom: Survey | undefined;
  readonly survey: Survey | undefined;
  /** Every server so far, also those that are gone. */
  readonly roster: Roster;
  /** Entered stages, in the order of their first entry; the one that is on has `sinceMs`. */
  readonly stages: readonly StageRecord[];
  readonly step: Step | undefined;
  readonly wait: Wait | undefined;
  /** Who holds the lock while it is watched whether they are alive. */
  readonly rival: LockHolder | undefined;
  /** Servers taken out in this stage, in order, the one at hand last. */
  readonly victims: readonly string[];
  readonly pausing: boolean;
  /** Asked a second time, it stops in mid-step. */
  readonly stopping: boolean;
  /** Why the last look failed; undefined when it did not. */
  readonly lookFailure: string | undefined;
  /** The operator's hook that is running. */
  readonly hook: HookRunning | undefined;
  /** What went wrong beside the roll, in order. */
  readonly warnings: readonly string[];
  readonly result: RollResult | undefined;
}

export interface HookRunning {
  readonly hook: Hook;
  readonly moment: Moment;
}

export function progressAt(startedAtMs: number): Progress {
  return {
    startedAtMs,
    intent: undefined,
    foundBegun: false,
    turnedFrom: undefined,
    survey: undefined,
    roster: NOBODY_SEEN,
    stages: [{ name: 'preflight', startedAtMs, beforeMs: 0, sinceMs: startedAtMs, failed: false }],
    step: undefined,
    wait: undefined,
    rival: undefined,
    victims: [],
    pausing: false,
    stopping: false,
    lookFailure: undefined,
    hook: undefined,
    warnings: [],
    result: undefined,
  };
}

/** The progress once this event is known. */
export function advanced(progress: Progress, event: RollEvent): Progress {
  switch (event.kind) {
    case 'started':
      return { ...progress, intent: event.intent, foundBegun: event.resumed || event.watched !== undefined };
    case 'looked':
      return looked(progress, event.survey, event.decision);
    case 'look-failed':
      return { ...progress, lookFailure: event.message };
    case 'phase':
      return entered(progress, event.phase, event.atMs);
    case 'waiting':
      return { ...progress, wait: event.wait, step: undefined };
    case 'step-started':
      return stepped(progress, event.step);
    case 'lock-held':
      return { ...progress, rival: event.holder, step: undefined, wait: undefined };
    case 'pause-requested':
      return { ...progress, pausing: true };
    case 'stop-requested':
      return { ...progress, stopping: true };
    case 'hook':
      return hooked(progress, event);
    case 'warning':
      return { ...progress, warnings: [...progress.warnings, event.message] };
    case 'ended':
      return ended(progress, event.result, event.atMs);
    default:
      return progress;
  }
}

/** The progress of a roll that ended in an error before it could say how. */
export function abandoned(progress: Progress, atMs: number): Progress {
  const stages = progress.stages.map((stage) => stopped(stage, atMs, true));
  return { ...progress, stages, step: undefined, wait: undefined };
}

/** The stage that is on, or was last. */
export function currentStage(progress: Progress): StageRecord | undefined {
  return progress.stages.find((stage) => stage.sinceMs !== undefined) ?? progress.stages.at(-1);
}

/** It was turned back, or told to go back from the start. */
export function isGoingBack({ intent, stages }: Progress): boolean {
  return intent?.direction === 'back' || stages.some(({ name }) => name === 'back');
}

/** Milliseconds spent in a stage, all its entries together. */
export function elapsedIn(stage: StageRecord, nowMs: number): number {
  return stage.beforeMs + (stage.sinceMs === undefined ? 0 : Math.max(0, nowMs - stage.sinceMs));
}

function looked(progress: Progress, survey: Survey, decision: Decision): Progress {
  const roster = rosterWith(progress.roster, survey);
  const seen = { ...progress, survey, roster, lookFailure: undefined, rival: undefined };
  return decision.kind === 'wait' ? { ...seen, wait: decision.wait, step: undefined } : seen;
}

function hooked(progress: Progress, { hook, moment, news }: HookEvent): Progress {
  if (news.kind === 'started')
    return { ...progress, hook: { hook, moment }, step: undefined, wait: undefined };
  if (news.kind === 'output') return progress;
  const warns = hook.onFailure === 'warn' && news.end.kind !== 'passed';
  const { warnings } = progress;
  const warning = `hook ${nameOfMoment(moment)} ${describeHookEnd(news.end)}`;
  return { ...progress, hook: undefined, warnings: warns ? [...warnings, warning] : warnings };
}

function stepped(progress: Progress, step: Step): Progress {
  const victim = victimOf(step.action);
  const victims =
    victim === undefined || progress.victims.includes(victim)
      ? progress.victims
      : [...progress.victims, victim];
  const stages = isTurnAsked(step) ? progress.stages.flatMap(unlessCutShort) : progress.stages;
  return { ...progress, stages, step, wait: undefined, rival: undefined, victims };
}

/** It goes back because a person wants it to. */
export function isTurnAsked({ action }: Step): boolean {
  return action.kind === 'turn-back' && action.reason.kind === 'asked';
}

/** Who follows a roll that a person turns back saw the stage that was on before; whoever turns it was never in it. */
function unlessCutShort(stage: StageRecord): readonly StageRecord[] {
  if (!stage.failed) return [stage];
  return stage.name === 'preflight' ? [{ ...stage, failed: false }] : [];
}

function entered(progress: Progress, name: Phase, atMs: number): Progress {
  const current = currentStage(progress)?.name;
  if (current === name || (current !== undefined && isBehind(progress, name, current))) return progress;
  // Nothing failed where the roll was told to go back from the start.
  const turned = name === 'back' && progress.intent?.direction !== 'back';
  const left = progress.stages.map((stage) => stopped(stage, atMs, turned));
  const known = left.some((stage) => stage.name === name);
  const stages = known
    ? left.map((stage) => (stage.name === name ? { ...stage, sinceMs: atMs } : stage))
    : [...left, { name, startedAtMs: atMs, beforeMs: 0, sinceMs: atMs, failed: false }];
  const entering = { ...progress, stages, step: undefined, wait: undefined };
  return name === 'back' ? { ...entering, turnedFrom: progress.survey, victims: [] } : entering;
}

/**
 * A stage that has done its work is not entered again: a new server that flickers while the old ones go makes the
 * roll wait as it does when it grows, but what a person follows is the drain. Where servers are replaced a few at
 * a time the two do alternate.
 */
function isBehind({ survey, intent }: Progress, name: Stage, current: Stage): boolean {
  if (name === 'back' || survey === undefined || intent === undefined) return false;
  if (STAGES.indexOf(name) >= STAGES.indexOf(current)) return false;
  return name === 'drain'
    ? standingOf(survey, 'old').length === 0
    : standingOf(survey, 'new').length >= intent.size;
}

function ended(progress: Progress, result: RollResult, atMs: number): Progress {
  const failed = !['rolled', 'nothing-to-do', 'rolled-back'].includes(result.outcome);
  const stages = progress.stages.map((stage) => stopped(stage, atMs, failed));
  const survey = result.survey ?? progress.survey;
  return { ...progress, stages, survey, result, step: undefined, wait: undefined, hook: undefined };
}

function stopped(stage: StageRecord, atMs: number, failed: boolean): StageRecord {
  if (stage.sinceMs === undefined) return stage;
  return { ...stage, beforeMs: elapsedIn(stage, atMs), sinceMs: undefined, failed };
}
