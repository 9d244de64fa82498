import {
  buildWaitKey,
  type Decision,
  type DecisionInput,
  decideAction,
  type Phase,
  type StopOutcome,
  type Wait,
  type WaitCondition,
} from '../../model/decision.js';
import type { Intent } from '../../model/intent.js';
import { findLeaderTimeoutMs } from '../../model/limits.js';
import type { Knowledge } from '../../model/memory.js';
import type { Observation } from '../../model/observation.js';
import { measureObservedMs } from '../../model/observed-time.js';
import { listServers } from '../../model/servers.js';
import type { StopReason, TimeoutCause } from '../../model/stop-reason.js';
import { isRecorded } from '../../model/tags.js';

/** A decision to stop. */
export function decideStop(outcome: StopOutcome, reason: StopReason): Decision {
  return { kind: 'stop', outcome, reason };
}

/**
 * A wait. It began when this process first decided it, or at `sinceMs` if AWS or Consul tell when; later by the time in
 * which nothing was observed, or something else was waited for. A process that decides it for the first time waits at least
 * `atLeastMs`, if that is given.
 */
export function buildWait(
  input: Knowledge,
  phase: Phase,
  what: WaitCondition,
  limitMs: number,
  sinceMs?: number,
  atLeastMs?: number,
): Wait {
  const { observation, memory } = input;
  const skipGaps = (ms: number) => observation.atMs - measureObservedMs(memory.gaps, ms, observation.atMs);
  const seenMs = observation.atMs - measureWaitedMs(input, buildWaitKey(what));
  const earliestMs = atLeastMs === undefined ? -Infinity : seenMs - limitMs + atLeastMs;
  const beganMs = Math.min(seenMs, Math.max(sinceMs === undefined ? seenMs : skipGaps(sinceMs), earliestMs));
  return { phase, for: what, limitMs, sinceMs: beganMs };
}

/** An interrupted wait counts less by this part of the time since then. */
const FORGOTTEN_PART = 0.1;

/**
 * How long the wait with this key has lasted, as far as it counts. One that gave way to another wait continues: two that
 * take turns would otherwise never end. What it had lasted is forgotten in ten times as long, so that what happens once in
 * a while does not add up.
 */
export function measureWaitedMs({ observation: { atMs }, memory }: Knowledge, key: string): number {
  const { currentWait: current, interruptedWaits, gaps } = memory;
  if (current?.key === key) return measureObservedMs(gaps, current.sinceMs, atMs) + (current.waitedMs ?? 0);
  const before = interruptedWaits?.[key];
  if (before === undefined) return 0;
  return Math.max(0, Math.floor(before.waitedMs - (atMs - before.untilMs) * FORGOTTEN_PART));
}

function hasTimedOut(observation: Observation, wait: Wait): boolean {
  return observation.atMs - wait.sinceMs > wait.limitMs;
}

/** Waits until the limit of the wait; then calls `otherwise`, or stops if it is not given. */
export function waitOrElse(input: DecisionInput, wait: Wait): Decision;
export function waitOrElse<T extends Decision | undefined>(
  input: DecisionInput,
  wait: Wait,
  otherwise: () => T,
): Decision | T;
export function waitOrElse(
  input: DecisionInput,
  wait: Wait,
  otherwise?: () => Decision | undefined,
): Decision | undefined {
  const { observation } = input;
  if (!hasTimedOut(observation, wait)) return { kind: 'wait', wait };
  return otherwise === undefined ? decideTimeout(wait) : otherwise();
}

export function decideTimeout(wait: Wait, outcome: StopOutcome = 'stopped'): Decision {
  return decideStop(outcome, buildTimeout(wait));
}

export function buildTimeout({ for: waitedFor, limitMs }: Wait, causes: readonly TimeoutCause[] = []): StopReason {
  return { kind: 'timed-out', waitedFor, limitMs, causes };
}

/** True once the roll has left a trace: its record, or the new group. Before that nothing was changed. */
export function hasChangedAnything({ old, new: group, raft }: Observation): boolean {
  return isRecorded(old) || group !== undefined || (raft?.record !== undefined && raft.record !== 'damaged');
}

/** The current phase, for a wait that can occur in any phase. */
export function findCurrentPhase(observation: Observation, intent: Intent): Phase {
  if (intent.direction === 'rollback') return 'rollback';
  const old = listServers(observation, 'old').length;
  if (old === 0) return 'finish';
  return old < intent.original.desired || observation.old?.minSize === 0 ? 'drain' : 'grow';
}

/** Waits until the leader has the sentinel key of the roll, which it may not have applied yet. */
export function awaitSentinel(input: DecisionInput, outcome: StopOutcome): Decision {
  const { observation, intent } = input;
  const wait = buildWait(
    input,
    findCurrentPhase(observation, intent),
    { kind: 'sentinel' },
    findLeaderTimeoutMs(input),
  );
  const { cluster, rollId } = intent;
  const change = { kind: 'sentinel', leader: observation.raft?.leader ?? '', cluster, rollId } as const;
  return waitOrElse(input, wait, () => decideStop(outcome, { kind: 'changed-externally', change }));
}

/** The last step: the store has the record for as long as a group has tags of the roll. */
export function deleteRecord(input: DecisionInput, outcome: 'rolled' | 'rolled-back'): Decision {
  const { observation } = input;
  if (observation.raft?.record === undefined) return { kind: 'done', outcome };
  const phase = outcome === 'rolled' ? 'finish' : 'rollback';
  return decideAction(input, phase, { kind: 'delete-record' }, 'roll-over');
}
