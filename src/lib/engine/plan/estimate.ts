import type { DecisionInput, PlannedMove, WaitCondition } from '../../model/decision.js';
import { DURATION_KINDS, type DurationKind, type Estimate, type EstimatePart } from '../../model/estimate.js';
import type { RollEvent } from '../../model/events.js';
import type { Intent } from '../../model/intent.js';
import {
  assumeDurations,
  type DurationEstimates,
  type EstimateConditions,
  findStarted,
  type InFlight,
  type Measurements,
  measureDurations,
  NO_MEASUREMENTS,
  updateMeasurements,
} from './durations.js';
import { findEffectiveIntent, planToEnd } from './fold.js';

/**
 * How long these moves take with these durations. What a step started continues during later steps; only the waits take
 * time.
 *
 * @param inFlight what is already in progress
 */
export function estimateDuration(
  moves: readonly PlannedMove[],
  durations: DurationEstimates,
  nowMs: number,
  inFlight: readonly InFlight[] = [],
): Estimate {
  const spent = new Map<DurationKind, { count: number; ms: number }>();
  const running = [...inFlight];
  let atMs = nowMs;
  const spend = (kind: DurationKind, ms: number) => {
    const { count, ms: before } = spent.get(kind) ?? { count: 0, ms: 0 };
    spent.set(kind, { count: count + 1, ms: before + ms });
    atMs += ms;
  };
  for (const [index, move] of moves.entries()) {
    if (move.kind === 'act') {
      spend('step', durations.step.ms);
      running.push(...findStarted(move.step.action, atMs));
    } else {
      spend('hook', Math.max(0, move.wait.sinceMs + findHoldMs(move.wait.for) - atMs));
      const { kind, subject } = findEnding(move.wait.for);
      const known = running.findLast((one) => matches(one, kind, subject))?.sinceMs;
      const recalled = move.wait.sinceMs <= nowMs ? move.wait.sinceMs : atMs;
      const streakMs = kind === 'stop' || move.wait.for.kind === 'settled' ? durations.streakMs : 0;
      const untilMs = (known ?? recalled) + durations[kind].ms + streakMs;
      // Anything overdue is expected to end with the next observation.
      spend(kind, Math.max(untilMs - atMs, index === 0 ? durations.interval.ms : 0));
    }
  }
  return { remainingMs: atMs - nowMs, parts: buildParts(spent, durations) };
}

/** How long lifecycle hooks may hold what this waits for. */
function findHoldMs(waitFor: WaitCondition): number {
  return 'held' in waitFor ? (waitFor.held?.forMs ?? -Infinity) : -Infinity;
}

function buildParts(
  spent: ReadonlyMap<DurationKind, { count: number; ms: number }>,
  durations: DurationEstimates,
): EstimatePart[] {
  return DURATION_KINDS.flatMap((kind) => {
    const { count = 0, ms = 0 } = spent.get(kind) ?? {};
    if (ms <= 0) return [];
    return [{ kind, count, ms, eachMs: durations[kind].ms || ms / count, basis: durations[kind].basis }];
  });
}

/**
 * True while most of the time is assumed: neither spent already, nor measured, nor set.
 *
 * @param elapsedMs spent so far
 */
export function isMostlyAssumed({ remainingMs, parts }: Estimate, elapsedMs = 0): boolean {
  const assumedMs = parts.reduce((sum, { basis, ms }) => sum + (basis === 'assumed' ? ms : 0), 0);
  return assumedMs * 2 > elapsedMs + remainingMs;
}

/** What this waits for. */
function findEnding(waitFor: WaitCondition): Omit<InFlight, 'sinceMs'> {
  switch (waitFor.kind) {
    case 'ready':
      return { kind: 'boot', subject: '' };
    case 'in-service':
      return { kind: 'service', subject: '' };
    case 'drained':
      return { kind: 'drain', subject: waitFor.instanceId };
    case 'out-of-raft':
      return { kind: 'leave', subject: waitFor.instanceId };
    case 'agent-down':
      return { kind: 'stop', subject: waitFor.instanceId };
    case 'terminated':
      return { kind: 'terminate', subject: waitFor.instanceId };
    case 'deleted':
    case 'warm-pool-deleted':
      return { kind: 'delete', subject: waitFor.group };
    case 'bake':
      return { kind: 'bake', subject: '' };
    case 'leadership':
    case 'healthy':
    case 'agent-reachable':
    case 'orphan-peer':
    case 'settled':
    case 'sentinel':
    case 'convergence':
      return { kind: 'interval', subject: '' };
  }
}

/** Without a subject, any of the kind matches. */
function matches(inFlight: InFlight, kind: DurationKind, subject: string): boolean {
  return inFlight.kind === kind && (subject === '' || inFlight.subject === subject);
}

/** How long a roll is expected to take, from its events so far. */
export interface Eta {
  readonly intent: Intent | undefined;
  /** The durations before anything was measured; undefined before the first observation. */
  readonly assumedDurations: DurationEstimates | undefined;
  readonly measured: Measurements;
  /** As of the last observation that allows an estimate; undefined before that. */
  readonly latest: { readonly atMs: number; readonly forecast: Estimate } | undefined;
}

export const UNKNOWN_ETA: Eta = {
  intent: undefined,
  assumedDurations: undefined,
  measured: NO_MEASUREMENTS,
  latest: undefined,
};

/**
 * The estimate after an event: an observation shows what is left to do, forward or rollback; steps and observations
 * show how long things take. Pure: times come with the events.
 */
export function updateEta(before: Eta, event: RollEvent, conditions: EstimateConditions): Eta {
  const measurements = updateMeasurements(before.measured, event);
  const now = { ...before, measured: measurements };
  if (event.kind === 'started') return { ...now, intent: event.intent };
  if (event.kind !== 'observed' || before.intent === undefined) return now;
  const { observation, memory, atMs } = event;
  const assumed = before.assumedDurations ?? assumeDurations(observation, conditions);
  const intent = findEffectiveIntent(observation, before.intent);
  const moves = planMoves({ observation, memory, intent, limits: conditions.limits });
  if (moves === undefined) return { ...now, assumedDurations: assumed, intent };
  const forecast = estimateDuration(moves, measureDurations(assumed, measurements, atMs), atMs, measurements.inFlight);
  return { ...now, assumedDurations: assumed, intent, latest: { atMs, forecast } };
}

/**
 * Undefined while the remaining steps cannot be determined: during an election, while a server does not answer, or
 * before AWS shows a launched one.
 */
function planMoves(input: DecisionInput): readonly PlannedMove[] | undefined {
  try {
    // A wait is expected to succeed, not to time out; of one that counts observations, some are over.
    const { currentWait } = input.memory;
    const kept = currentWait?.key.startsWith('settled') ? currentWait : undefined;
    return planToEnd({ ...input, memory: { ...input.memory, currentWait: kept } })?.moves;
  } catch {
    // An estimate must never end the roll, even if the plan has no end.
    return undefined;
  }
}
