import type { Observation } from '../model/observation.js';
import { isHealthKnown, isInService, listActiveServers, listServers } from '../model/servers.js';
import { FORWARD_PHASES, findActivePhase, type PhaseRecord, type Progress, type RollPhase } from './progress.js';

/** The state of a phase, for the operator. `skipped`: this run did not enter it. */
export type PhaseState = 'waiting' | 'running' | 'done' | 'failed' | 'skipped';

/** The forward phases, and `rollback` once it has started. */
export function listShownPhases(progress: Progress): readonly RollPhase[] {
  return findPhaseRecord(progress, 'rollback') === undefined ? FORWARD_PHASES : [...FORWARD_PHASES, 'rollback'];
}

export function findPhaseRecord(progress: Progress, phase: RollPhase): PhaseRecord | undefined {
  return progress.phases.find((record) => record.name === phase);
}

/**
 * A phase that was left is done, unless it failed or will be entered again: grow and drain can alternate. A phase that
 * ended before this run is done too, as far as that is known.
 */
export function getPhaseState(progress: Progress, phase: RollPhase): PhaseState {
  const record = findPhaseRecord(progress, phase);
  if (record === undefined) {
    if (!isPhaseOver(progress, phase)) return 'waiting';
    return wasPhaseOver(progress, phase) ? 'done' : 'skipped';
  }
  if (record.failed) return 'failed';
  if (record.sinceMs !== undefined) return 'running';
  return isPhaseUnfinished(progress, phase) ? 'running' : 'done';
}

function isPhaseOver(progress: Progress, phase: RollPhase): boolean {
  if (progress.result !== undefined || findPhaseRecord(progress, 'rollback') !== undefined) return true;
  return isPhasePast(progress, phase);
}

/** A later phase has started. */
function isPhasePast({ phases }: Progress, phase: RollPhase): boolean {
  return phases.some(({ name }) => name !== 'rollback' && FORWARD_PHASES.indexOf(name) > FORWARD_PHASES.indexOf(phase));
}

/**
 * Whether a phase ended before this run. A roll is recorded after its snapshot, and starts a phase when the one before
 * is done. During a rollback, the last observation before it shows how far the roll had come.
 */
function wasPhaseOver(progress: Progress, phase: RollPhase): boolean {
  const { alreadyInProgress, observationBeforeRollback: last, intent } = progress;
  if (!alreadyInProgress) return false;
  if (phase === 'snapshot' || isPhasePast(progress, phase)) return true;
  if (last === undefined || intent === undefined) return false;
  if (phase === 'prepare') return listServers(last, 'new').length > 0;
  if (phase === 'canary') return countServing(last) > 0;
  if (phase === 'grow') return countServing(last) >= intent.size;
  return phase === 'drain' && countDrained(last, intent.size)?.done === intent.size;
}

function isPhaseUnfinished(progress: Progress, phase: RollPhase): boolean {
  const { observation, intent, result } = progress;
  if (result !== undefined || observation === undefined || intent === undefined) return false;
  if (['finish', 'rollback'].some((later) => progress.phases.some(({ name }) => name === later))) return false;
  if (phase === 'grow') return listActiveServers(observation, 'new').length < intent.size;
  return phase === 'drain' && listActiveServers(observation, 'old').length > 0;
}

/** Servers done, and in total, of a phase that counts servers. */
export interface PhaseCount {
  readonly done: number;
  readonly of: number;
}

/** Servers that the active phase has completed: undefined if it counts none, or none can be counted without a leader. */
export function countServers(progress: Progress): PhaseCount | undefined {
  const { observation, intent, observationBeforeRollback: last } = progress;
  const phase = findActivePhase(progress)?.name;
  if (observation === undefined || intent === undefined) return undefined;
  if (phase === 'canary') return { done: Math.min(1, countServing(observation)), of: 1 };
  if (phase === 'grow') return { done: countServing(observation), of: intent.size };
  if (phase === 'drain') return countDrained(observation, intent.size);
  if (phase !== 'rollback') return undefined;
  // A new server may never have joined Raft.
  const left = listServers(observation, 'new').length;
  const of = Math.max(left, last === undefined ? 0 : listServers(last, 'new').length);
  return { done: of - left, of };
}

/** Old servers that are out of Raft; undefined without a leader. */
export function countDrained(observation: Observation, size: number): PhaseCount | undefined {
  if (observation.raft === undefined) return undefined;
  const members = listServers(observation, 'old').filter(({ peer }) => peer !== undefined).length;
  return { done: Math.max(0, size - members), of: size };
}

/** New servers that are healthy voters and take traffic; without a leader, those that take traffic. */
export function countServing(observation: Observation): number {
  const serving = listServers(observation, 'new').filter(isInService);
  if (observation.raft === undefined) return serving.length;
  const known = isHealthKnown(observation);
  return serving.filter(({ peer }) => peer?.voter === true && (peer.healthy || !known)).length;
}
