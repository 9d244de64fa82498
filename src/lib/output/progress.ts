import { PHASES, type Phase, type Step, type Wait } from '../model/decision.js';
import type { ObservedEvent, RollEvent } from '../model/events.js';
import type { Hook, HookPoint } from '../model/hook.js';
import type { Intent } from '../model/intent.js';
import { EMPTY_MEMORY, type Memory } from '../model/memory.js';
import type { Observation } from '../model/observation.js';
import type { RollResult } from '../model/outcome.js';
import type { LockHolder } from '../model/plan.js';
import { listActiveServers } from '../model/servers.js';
import { EMPTY_SERVER_LIST, type ServerList, updateServerList } from './server-list.js';
import { describeHookEnd, formatHookPoint } from './text/hooks.js';
import { describeWarning } from './text/warnings.js';

type HookEvent = Extract<RollEvent, { readonly kind: 'hook' }>;

/** The phases shown: those of the roll, and the preflight before them. */
export type RollPhase = 'preflight' | Phase;

/** The phases of a forward roll, in order. */
export const FORWARD_PHASES: readonly RollPhase[] = ['preflight', ...PHASES.filter((phase) => phase !== 'rollback')];

/** A phase that a roll has entered. It can be left and entered again, if servers are replaced a few at a time. */
export interface PhaseRecord {
  readonly name: RollPhase;
  /** Epoch milliseconds of the first entry. */
  readonly startedAtMs: number;
  /** Time spent in it before the current entry. */
  readonly earlierMs: number;
  /** Start of the current entry; undefined while it is not active. */
  readonly sinceMs: number | undefined;
  /** The roll rolled back or stopped in it. */
  readonly failed: boolean;
}

/** The state of a roll, folded from its events. */
export interface Progress {
  readonly startedAtMs: number;
  readonly intent: Intent | undefined;
  /** It started before this run, or before the watch. */
  readonly alreadyInProgress: boolean;
  /** The last observation before the rollback. */
  readonly observationBeforeRollback: Observation | undefined;
  readonly observation: Observation | undefined;
  readonly memory: Memory;
  /** Phase and wait are the watcher's own view: the roll has no journal that says them. */
  readonly isAssumed: boolean;
  /** Every server so far, also those that are gone. */
  readonly serverList: ServerList;
  /** Entered phases, in the order of their first entry; the active one has `sinceMs`. */
  readonly phases: readonly PhaseRecord[];
  readonly step: Step | undefined;
  readonly wait: Wait | undefined;
  /** Holder of the lock, while this run checks whether it is alive. */
  readonly lockHolder: LockHolder | undefined;
  readonly pausing: boolean;
  /** A second request: it stops during a step. */
  readonly stopping: boolean;
  /** Why the last observation failed; undefined if it succeeded. */
  readonly observationError: string | undefined;
  /** The running hook. */
  readonly hook: RunningHook | undefined;
  /** Problems that did not stop the roll, in order. */
  readonly warnings: readonly string[];
  readonly result: RollResult | undefined;
}

interface RunningHook {
  readonly hook: Hook;
  readonly point: HookPoint;
}

export function startProgress(startedAtMs: number): Progress {
  return {
    startedAtMs,
    intent: undefined,
    alreadyInProgress: false,
    observationBeforeRollback: undefined,
    observation: undefined,
    memory: EMPTY_MEMORY,
    isAssumed: false,
    serverList: EMPTY_SERVER_LIST,
    phases: [{ name: 'preflight', startedAtMs, earlierMs: 0, sinceMs: startedAtMs, failed: false }],
    step: undefined,
    wait: undefined,
    lockHolder: undefined,
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
      return { ...progress, intent: event.intent, alreadyInProgress: event.resumed || event.watched !== undefined };
    case 'observed':
      return applyObservation(event.isAssumed ? enterAssumedPhase(progress, event) : progress, event);
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
      return { ...progress, warnings: [...progress.warnings, describeWarning(event.warning)] };
    case 'ended':
      return applyEnd(progress, event.result, event.atMs);
    default:
      return progress;
  }
}

/** The progress of a roll that ended in an error, without a result. */
export function endWithError(progress: Progress, atMs: number): Progress {
  const phases = progress.phases.map((phase) => stopPhase(phase, atMs, true));
  return { ...progress, phases, step: undefined, wait: undefined };
}

/** The active phase, or the last one. */
export function findActivePhase(progress: Progress): PhaseRecord | undefined {
  return progress.phases.find((phase) => phase.sinceMs !== undefined) ?? progress.phases.at(-1);
}

/** The roll rolls back, on request or after a failure. */
export function isRollingBack({ intent, phases }: Progress): boolean {
  return intent?.direction === 'rollback' || phases.some(({ name }) => name === 'rollback');
}

/** Milliseconds spent in a phase, over all its entries. */
export function getPhaseElapsedMs(phase: PhaseRecord, nowMs: number): number {
  return phase.earlierMs + (phase.sinceMs === undefined ? 0 : Math.max(0, nowMs - phase.sinceMs));
}

function applyObservation(progress: Progress, event: ObservedEvent): Progress {
  const { observation, memory, decision, isAssumed = false } = event;
  const observed = {
    ...progress,
    observation,
    memory,
    isAssumed,
    serverList: updateServerList(progress.serverList, event),
    observationError: undefined,
    lockHolder: undefined,
  };
  return decision.kind === 'wait' ? { ...observed, wait: decision.wait, step: undefined } : observed;
}

/** Without a journal, what the watcher would do next is all that says which phase the roll is in. */
function enterAssumedPhase(progress: Progress, { decision, atMs }: ObservedEvent): Progress {
  if (decision.kind === 'act') return enterPhase(progress, decision.step.phase, atMs);
  return decision.kind === 'wait' ? enterPhase(progress, decision.wait.phase, atMs) : progress;
}

function applyHookEvent(progress: Progress, { hook, point, news }: HookEvent): Progress {
  if (news.kind === 'started') return { ...progress, hook: { hook, point }, step: undefined, wait: undefined };
  if (news.kind === 'output') return progress;
  const warns = hook.onFailure === 'warn' && news.end.kind !== 'passed';
  const { warnings } = progress;
  const warning = `hook ${formatHookPoint(point)} ${describeHookEnd(news.end)}`;
  return { ...progress, hook: undefined, warnings: warns ? [...warnings, warning] : warnings };
}

function applyStep(progress: Progress, step: Step): Progress {
  const phases = isRequestedRollback(step) ? progress.phases.flatMap(dropInterruptedPhase) : progress.phases;
  return { ...progress, phases, step, wait: undefined, lockHolder: undefined };
}

/** The operator requested the rollback. */
export function isRequestedRollback({ action }: Step): boolean {
  return action.kind === 'start-rollback' && action.reason.kind === 'operator-request';
}

/** A watch saw the phase before a requested rollback; the process that rolls back never entered it. */
function dropInterruptedPhase(phase: PhaseRecord): readonly PhaseRecord[] {
  if (!phase.failed) return [phase];
  return phase.name === 'preflight' ? [{ ...phase, failed: false }] : [];
}

function enterPhase(progress: Progress, name: Phase, atMs: number): Progress {
  const current = findActivePhase(progress)?.name;
  if (current === name || (current !== undefined && isEarlierPhase(progress, name, current))) return progress;
  // A roll that is a rollback from its start has no failed phase.
  const failed = name === 'rollback' && progress.intent?.direction !== 'rollback';
  const left = progress.phases.map((phase) => stopPhase(phase, atMs, failed));
  const known = left.some((phase) => phase.name === name);
  const phases = known
    ? left.map((phase) => (phase.name === name ? { ...phase, sinceMs: atMs } : phase))
    : [...left, { name, startedAtMs: atMs, earlierMs: 0, sinceMs: atMs, failed: false }];
  const entering = { ...progress, phases, step: undefined, wait: undefined };
  return name === 'rollback' ? { ...entering, observationBeforeRollback: progress.observation } : entering;
}

/**
 * A completed phase is not entered again. If a new server flaps while old servers leave, the roll waits as in `grow`, but
 * the view stays in `drain`. If servers are replaced a few at a time, the two phases alternate.
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
  const phases = progress.phases.map((phase) => stopPhase(phase, atMs, failed));
  const observation = result.observation ?? progress.observation;
  return { ...progress, phases, observation, result, step: undefined, wait: undefined, hook: undefined };
}

function stopPhase(phase: PhaseRecord, atMs: number, failed: boolean): PhaseRecord {
  if (phase.sinceMs === undefined) return phase;
  return { ...phase, earlierMs: getPhaseElapsedMs(phase, atMs), sinceMs: undefined, failed };
}
