import { listActiveServers } from '../engine/decide/servers.js';
import { findDepartingInstance } from '../model/action.js';
import type { Decision, Phase, Step, Wait } from '../model/decision.js';
import type { RollEvent } from '../model/events.js';
import type { Hook, HookPoint } from '../model/hook.js';
import type { Intent } from '../model/intent.js';
import { EMPTY_MEMORY, type Knowledge, type Memory } from '../model/memory.js';
import type { Observation } from '../model/observation.js';
import type { RollResult } from '../model/outcome.js';
import type { LockHolder } from '../model/plan.js';
import { EMPTY_SERVER_LIST, type ServerList, updateServerList } from './server-list.js';
import { describeHookEnd, formatHookPoint } from './text/hooks.js';

type HookEvent = Extract<RollEvent, { readonly kind: 'hook' }>;

/** The phases shown: those of the roll, and the preflight before them. */
export type RollPhase = 'preflight' | Phase;

/** The phases of a forward roll, in order. */
export const FORWARD_PHASES: readonly RollPhase[] = [
  'preflight',
  'snapshot',
  'prepare',
  'canary',
  'grow',
  'drain',
  'finish',
];

/** One stage a roll has entered. It may be left and entered again, when servers are replaced a few at a time. */
export interface PhaseRecord {
  readonly name: RollPhase;
  /** Epoch milliseconds of the first entry. */
  readonly startedAtMs: number;
  /** Time spent in it before the entry that is on. */
  readonly earlierMs: number;
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
  readonly alreadyInProgress: boolean;
  /** The last observation before the rollback. */
  readonly observationBeforeRollback: Observation | undefined;
  readonly observation: Observation | undefined;
  readonly memory: Memory;
  /** Every server so far, also those that are gone. */
  readonly serverList: ServerList;
  /** Entered stages, in the order of their first entry; the one that is on has `sinceMs`. */
  readonly phases: readonly PhaseRecord[];
  readonly step: Step | undefined;
  readonly wait: Wait | undefined;
  /** Who holds the lock while it is watched whether they are alive. */
  readonly lockHolder: LockHolder | undefined;
  /** Servers taken out in this stage, in order, the one at hand last. */
  readonly departing: readonly string[];
  readonly pausing: boolean;
  /** Asked a second time, it stops in mid-step. */
  readonly stopping: boolean;
  /** Why the last look failed; undefined when it did not. */
  readonly observationError: string | undefined;
  /** The operator's hook that is running. */
  readonly hook: RunningHook | undefined;
  /** What went wrong beside the roll, in order. */
  readonly warnings: readonly string[];
  readonly result: RollResult | undefined;
}

export interface RunningHook {
  readonly hook: Hook;
  readonly moment: HookPoint;
}

export function startProgress(startedAtMs: number): Progress {
  return {
    startedAtMs,
    intent: undefined,
    alreadyInProgress: false,
    observationBeforeRollback: undefined,
    observation: undefined,
    memory: EMPTY_MEMORY,
    serverList: EMPTY_SERVER_LIST,
    phases: [{ name: 'preflight', startedAtMs, earlierMs: 0, sinceMs: startedAtMs, failed: false }],
    step: undefined,
    wait: undefined,
    lockHolder: undefined,
    departing: [],
    pausing: false,
    stopping: false,
    observationError: undefined,
    hook: undefined,
    warnings: [],
    result: undefined,
  };
}

/** The progress once this event is known. */
export function applyEvent(progress: Progress, event: RollEvent): Progress {
  switch (event.kind) {
    case 'started':
      return {
        ...progress,
        intent: event.intent,
        alreadyInProgress: event.resumed || event.watched !== undefined,
      };
    case 'observed':
      return applyObservation(progress, event, event.decision);
    case 'observation-failed':
      return { ...progress, observationError: event.message };
    case 'phase':
      return enterPhase(progress, event.phase, event.atMs);
    case 'waiting':
      return { ...progress, wait: event.wait, step: undefined };
    case 'step-started':
      return applyStep(progress, event.step);
    case 'lock-held':
      return { ...progress, lockHolder: event.holder, step: undefined, wait: undefined };
    case 'pause-requested':
      return { ...progress, pausing: true };
    case 'stop-requested':
      return { ...progress, stopping: true };
    case 'hook':
      return applyHookEvent(progress, event);
    case 'warning':
      return { ...progress, warnings: [...progress.warnings, event.message] };
    case 'ended':
      return applyEnd(progress, event.result, event.atMs);
    default:
      return progress;
  }
}

/** The progress of a roll that ended in an error before it could say how. */
export function endWithError(progress: Progress, atMs: number): Progress {
  const stages = progress.phases.map((stage) => stopPhase(stage, atMs, true));
  return { ...progress, phases: stages, step: undefined, wait: undefined };
}

/** The stage that is on, or was last. */
export function findActivePhase(progress: Progress): PhaseRecord | undefined {
  return progress.phases.find((stage) => stage.sinceMs !== undefined) ?? progress.phases.at(-1);
}

/** The roll rolls back, on request or after a failure. */
export function isRollingBack({ intent, phases: stages }: Progress): boolean {
  return intent?.direction === 'rollback' || stages.some(({ name }) => name === 'rollback');
}

/** Milliseconds spent in a stage, all its entries together. */
export function getPhaseElapsedMs(stage: PhaseRecord, nowMs: number): number {
  return stage.earlierMs + (stage.sinceMs === undefined ? 0 : Math.max(0, nowMs - stage.sinceMs));
}

function applyObservation(progress: Progress, known: Knowledge, decision: Decision): Progress {
  const roster = updateServerList(progress.serverList, known);
  const seen = {
    ...progress,
    observation: known.observation,
    memory: known.memory,
    serverList: roster,
    observationError: undefined,
    lockHolder: undefined,
  };
  return decision.kind === 'wait' ? { ...seen, wait: decision.wait, step: undefined } : seen;
}

function applyHookEvent(progress: Progress, { hook, point: moment, news }: HookEvent): Progress {
  if (news.kind === 'started') return { ...progress, hook: { hook, moment }, step: undefined, wait: undefined };
  if (news.kind === 'output') return progress;
  const warns = hook.onFailure === 'warn' && news.end.kind !== 'passed';
  const { warnings } = progress;
  const warning = `hook ${formatHookPoint(moment)} ${describeHookEnd(news.end)}`;
  return { ...progress, hook: undefined, warnings: warns ? [...warnings, warning] : warnings };
}

function applyStep(progress: Progress, step: Step): Progress {
  const victim = findDepartingInstance(step.action);
  const victims =
    victim === undefined || progress.departing.includes(victim) ? progress.departing : [...progress.departing, victim];
  const stages = isRequestedRollback(step) ? progress.phases.flatMap(dropInterruptedPhase) : progress.phases;
  return { ...progress, phases: stages, step, wait: undefined, lockHolder: undefined, departing: victims };
}

/** The operator asked for the rollback. */
export function isRequestedRollback({ action }: Step): boolean {
  return action.kind === 'start-rollback' && action.reason.kind === 'operator-request';
}

/** Who follows a roll that a person turns back saw the stage that was on before; whoever turns it was never in it. */
function dropInterruptedPhase(stage: PhaseRecord): readonly PhaseRecord[] {
  if (!stage.failed) return [stage];
  return stage.name === 'preflight' ? [{ ...stage, failed: false }] : [];
}

function enterPhase(progress: Progress, name: Phase, atMs: number): Progress {
  const current = findActivePhase(progress)?.name;
  if (current === name || (current !== undefined && isEarlierPhase(progress, name, current))) return progress;
  // Nothing failed where the roll was told to go back from the start.
  const turned = name === 'rollback' && progress.intent?.direction !== 'rollback';
  const left = progress.phases.map((stage) => stopPhase(stage, atMs, turned));
  const known = left.some((stage) => stage.name === name);
  const stages = known
    ? left.map((stage) => (stage.name === name ? { ...stage, sinceMs: atMs } : stage))
    : [...left, { name, startedAtMs: atMs, earlierMs: 0, sinceMs: atMs, failed: false }];
  const entering = { ...progress, phases: stages, step: undefined, wait: undefined };
  return name === 'rollback'
    ? { ...entering, observationBeforeRollback: progress.observation, departing: [] }
    : entering;
}

/**
 * A stage that has done its work is not entered again: a new server that flickers while the old ones go makes the
 * roll wait as it does when it grows, but what a person follows is the drain. Where servers are replaced a few at
 * a time the two do alternate.
 */
function isEarlierPhase({ observation, intent }: Progress, name: RollPhase, current: RollPhase): boolean {
  if (name === 'rollback' || observation === undefined || intent === undefined) return false;
  if (FORWARD_PHASES.indexOf(name) >= FORWARD_PHASES.indexOf(current)) return false;
  return name === 'drain'
    ? listActiveServers(observation, 'old').length === 0
    : listActiveServers(observation, 'new').length >= intent.size;
}

function applyEnd(progress: Progress, result: RollResult, atMs: number): Progress {
  const failed = !['rolled', 'nothing-to-do', 'rolled-back'].includes(result.outcome);
  const stages = progress.phases.map((stage) => stopPhase(stage, atMs, failed));
  const observation = result.observation ?? progress.observation;
  return {
    ...progress,
    phases: stages,
    observation,
    result,
    step: undefined,
    wait: undefined,
    hook: undefined,
  };
}

function stopPhase(stage: PhaseRecord, atMs: number, failed: boolean): PhaseRecord {
  if (stage.sinceMs === undefined) return stage;
  return { ...stage, earlierMs: getPhaseElapsedMs(stage, atMs), sinceMs: undefined, failed };
}
