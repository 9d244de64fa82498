import type { DecisionInput, Phase, PlannedMove, WaitCondition } from '../../model/decision.js';
import {
  DURATION_KINDS,
  type DurationKind,
  type Estimate,
  type EstimatePart,
  type PathKind,
  type PathPart,
} from '../../model/estimate.js';
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
  const spent = timeMoves(moves, durations, nowMs, inFlight);
  return { remainingMs: spent.reduce((sum, { ms }) => sum + ms, 0), parts: buildParts(spent, durations) };
}

/** A move, and what it adds to the time. */
interface TimedMove {
  readonly move: PlannedMove;
  readonly kind: DurationKind;
  readonly ms: number;
  /** What else of the kind is in progress when it begins. */
  readonly beside: readonly string[];
}

function timeMoves(
  moves: readonly PlannedMove[],
  durations: DurationEstimates,
  nowMs: number,
  inFlight: readonly InFlight[],
): readonly TimedMove[] {
  const spent: TimedMove[] = [];
  const running = [...inFlight];
  let atMs = nowMs;
  for (const [index, move] of moves.entries()) {
    const spend = (kind: DurationKind, ms: number) => {
      const beside = running.filter((one) => one.kind === kind && one.sinceMs + durations[kind].ms > atMs);
      spent.push({
        move,
        kind,
        ms,
        beside: beside.flatMap(({ subject }) => (kind === 'delete' ? subject : subject.split(' '))).filter(Boolean),
      });
      atMs += ms;
    };
    if (move.kind === 'act') {
      spend('step', durations.step.ms);
      running.push(...findStarted(move.step.action, atMs));
    } else {
      const holdMs = move.wait.sinceMs + findHoldMs(move.wait.for) - atMs;
      if (holdMs > 0) spend('hook', holdMs);
      const { kind, subject } = findEnding(move.wait.for);
      const known = running.findLast((one) => matches(one, kind, subject))?.sinceMs;
      const recalled = move.wait.sinceMs <= nowMs ? move.wait.sinceMs : atMs;
      // The observation after a step begins the streak.
      const isSettled = move.wait.for.kind === 'settled';
      const streakMs = kind === 'stop' || isSettled ? durations.streakMs : 0;
      const untilMs = (known ?? recalled) + (isSettled ? 0 : durations[kind].ms) + streakMs;
      // Anything overdue is expected to end with the next observation.
      spend(kind, Math.max(untilMs - atMs, index === 0 ? durations.interval.ms : 0));
    }
  }
  return spent;
}

/** How long lifecycle hooks may hold what this waits for. */
function findHoldMs(waitFor: WaitCondition): number {
  return 'held' in waitFor ? (waitFor.held?.forMs ?? -Infinity) : -Infinity;
}

function buildParts(spent: readonly TimedMove[], durations: DurationEstimates): EstimatePart[] {
  return DURATION_KINDS.flatMap((kind) => {
    const own = spent.filter((one) => one.kind === kind);
    const { length: count } = own;
    const ms = own.reduce((sum, one) => sum + one.ms, 0);
    if (ms <= 0) return [];
    return [{ kind, count, ms, eachMs: durations[kind].ms || ms / count, basis: durations[kind].basis }];
  });
}

/**
 * What the roll waits for, in the order in which it first comes to it, phase by phase: together as long as
 * `estimateDuration` says. A phase that comes again, such as for the next server in place, has its parts again.
 */
export function findCriticalPath(
  moves: readonly PlannedMove[],
  durations: DurationEstimates,
  nowMs: number,
): readonly PathPart[] {
  const spent = timeMoves(moves, durations, nowMs, []);
  const path: PathPart[] = [];
  let begins = 0;
  for (const timed of spent) {
    const phase = timed.move.kind === 'act' ? timed.move.step.phase : timed.move.wait.phase;
    if (path.at(-1)?.phase !== phase) begins = path.length;
    for (const part of splitMove(timed, phase, durations)) {
      const at = path.findIndex(({ kind }, index) => index >= begins && kind === part.kind);
      const known = path[at];
      if (known === undefined) path.push(part);
      else path[at] = joinParts(known, part);
    }
  }
  return path.filter(({ ms }) => ms > 0);
}

function joinParts(one: PathPart, other: PathPart): PathPart {
  const subjects = [...new Set([...one.subjects, ...other.subjects])];
  return { ...one, ms: one.ms + other.ms, count: one.count + other.count, subjects };
}

function splitMove(timed: TimedMove, phase: Phase, durations: DurationEstimates): readonly PathPart[] {
  const { move, kind, ms, beside } = timed;
  const { ms: eachMs, basis } = durations[kind];
  const part = { phase, kind: 'steps', ms, eachMs: eachMs || ms, subjects: [], count: 1, basis } as const;
  if (move.kind === 'act') return [part];
  const subjects = [...new Set([...listSubjects(move.wait.for), ...beside])];
  const named = { ...part, kind: kind === 'hook' ? kind : WAIT_PATHS[move.wait.for.kind], subjects };
  if (kind !== 'boot') return [named];
  // A boot that was measured, or of which a part is over, ends with the same parts.
  const gatesMs = Math.min(ms, durations.gatesMs);
  const joinMs = Math.min(ms - gatesMs, durations.joinMs);
  return [
    { ...named, ms: ms - joinMs - gatesMs, eachMs: eachMs - durations.joinMs - durations.gatesMs },
    { ...named, kind: 'join', ms: joinMs, eachMs: durations.joinMs },
    { ...named, kind: 'gates', ms: gatesMs, eachMs: durations.gatesMs, basis: 'set' },
  ];
}

const WAIT_PATHS: Readonly<Record<WaitCondition['kind'], PathKind>> = {
  ready: 'boot',
  'in-service': 'in-service',
  drained: 'drain',
  'out-of-raft': 'leave',
  'agent-down': 'agent-down',
  'agent-reachable': 'observation',
  terminated: 'terminate',
  leadership: 'leadership',
  healthy: 'observation',
  'orphan-peer': 'observation',
  deleted: 'delete',
  'warm-pool-deleted': 'delete',
  settled: 'settle',
  sentinel: 'observation',
  convergence: 'observation',
  bake: 'bake',
};

function listSubjects(waitFor: WaitCondition): readonly string[] {
  if ('instanceIds' in waitFor) return waitFor.instanceIds;
  if ('instanceId' in waitFor) return [waitFor.instanceId];
  return 'group' in waitFor ? [waitFor.group] : [];
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
    return planToEnd({ ...input, memory: { ...input.memory, currentWait: kept, interruptedWaits: {} } })?.moves;
  } catch {
    // An estimate must never end the roll, even if the plan has no end.
    return undefined;
  }
}
