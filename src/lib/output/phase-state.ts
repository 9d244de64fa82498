import { basename } from 'node:path';
import { findLeader, isHealthKnown, isInService, listActiveServers, listServers } from '../engine/decide/servers.js';
import type { Observation } from '../model/observation.js';
import type { Server, Side } from '../model/server.js';
import { FORWARD_PHASES, findActivePhase, type PhaseRecord, type Progress, type RollPhase } from './progress.js';
import { formatBytes, formatCount } from './text/format.js';

/** Where a stage stands, for a person: `waiting` for its turn, or not come to in this run (`skipped`). */
export type PhaseState = 'waiting' | 'running' | 'done' | 'failed' | 'skipped';

/** Stages worth showing: the way forward, and the way back once it is taken. */
export function listShownPhases(progress: Progress): readonly RollPhase[] {
  return findPhaseRecord(progress, 'rollback') === undefined ? FORWARD_PHASES : [...FORWARD_PHASES, 'rollback'];
}

export function findPhaseRecord(progress: Progress, stage: RollPhase): PhaseRecord | undefined {
  return progress.phases.find((record) => record.name === stage);
}

/**
 * A stage that was left is done, unless it failed, or will be entered again: grow and drain can alternate. So is one that
 * was over before this run, where that can be told.
 */
export function getPhaseState(progress: Progress, stage: RollPhase): PhaseState {
  const record = findPhaseRecord(progress, stage);
  if (record === undefined) {
    if (!isPhaseOver(progress, stage)) return 'waiting';
    return wasPhaseOver(progress, stage) ? 'done' : 'skipped';
  }
  if (record.failed) return 'failed';
  if (record.sinceMs !== undefined) return 'running';
  return isPhaseUnfinished(progress, stage) ? 'running' : 'done';
}

function isPhaseOver(progress: Progress, stage: RollPhase): boolean {
  if (progress.result !== undefined || findPhaseRecord(progress, 'rollback') !== undefined) return true;
  return isPhasePast(progress, stage);
}

/** A later one has come. */
function isPhasePast({ phases: stages }: Progress, stage: RollPhase): boolean {
  return stages.some(({ name }) => name !== 'rollback' && FORWARD_PHASES.indexOf(name) > FORWARD_PHASES.indexOf(stage));
}

/**
 * A stage was over before this run of the roll came to it: a roll is recorded after its snapshot, and goes on to a stage
 * when the one before is done. On the way back the last look before it tells how far the roll had come.
 */
function wasPhaseOver(progress: Progress, stage: RollPhase): boolean {
  const { alreadyInProgress: foundBegun, observationBeforeRollback: turnedFrom, intent } = progress;
  if (!foundBegun) return false;
  if (stage === 'snapshot' || isPhasePast(progress, stage)) return true;
  if (turnedFrom === undefined || intent === undefined) return false;
  if (stage === 'prepare') return listServers(turnedFrom, 'new').length > 0;
  if (stage === 'canary') return countServing(turnedFrom) > 0;
  if (stage === 'grow') return countServing(turnedFrom) >= intent.size;
  const members = listServers(turnedFrom, 'old').filter(({ peer }) => peer !== undefined);
  return stage === 'drain' && turnedFrom.raft !== undefined && members.length === 0;
}

function isPhaseUnfinished(progress: Progress, stage: RollPhase): boolean {
  const { observation, intent, result } = progress;
  if (result !== undefined || observation === undefined || intent === undefined) return false;
  if (['finish', 'rollback'].some((later) => progress.phases.some(({ name }) => name === later))) return false;
  if (stage === 'grow') return listActiveServers(observation, 'new').length < intent.size;
  return stage === 'drain' && listActiveServers(observation, 'old').length > 0;
}

/** What there is to say of a stage as a whole, before, while and after it is on; empty for nothing. */
export function formatPhaseSummary(progress: Progress, stage: RollPhase): string {
  const { observation } = progress;
  return observation === undefined ? '' : PHASE_SUMMARIES[stage](progress, observation);
}

const PHASE_SUMMARIES: Readonly<Record<RollPhase, (progress: Progress, observation: Observation) => string>> = {
  preflight: ({ intent }) => (intent === undefined ? '' : `${formatCount(intent.size, 'server')}, nothing in the way`),
  snapshot: ({ memory }) =>
    memory.snapshot === undefined
      ? ''
      : `${basename(memory.snapshot.path)}, ${formatBytes(memory.snapshot.bytes)}, verified`,
  prepare: ({ intent }, observation) => (observation.new === undefined ? '' : `group ${intent?.newGroup ?? ''}`),
  canary: (progress, observation) => {
    const [first] = listServers(observation, 'new');
    if (first === undefined) return '';
    return getPhaseState(progress, 'canary') === 'done' ? `${first.instanceId} passed every gate` : first.instanceId;
  },
  grow: (progress, observation) => {
    const size = progress.intent?.size ?? 0;
    // What happens to them later belongs to later stages.
    const serving = getPhaseState(progress, 'grow') === 'done' ? size : countServing(observation);
    return `${serving} of ${size} in service`;
  },
  drain: formatDrainSummary,
  finish: () => '',
  rollback: (_, observation) => {
    const count = listServers(observation, 'new').length;
    return count === 0 ? 'every new server is gone' : `${formatCount(count, 'new server')} to go`;
  },
};

/** Of a drain that was cut short, how far it had come then: on the way back old servers come again. */
function formatDrainSummary(
  { intent, result, observationBeforeRollback: turnedFrom }: Progress,
  latest: Observation,
): string {
  const observation = turnedFrom ?? latest;
  if (observation.raft === undefined) return 'no leader to count the voters';
  const left = listServers(observation, 'old').filter((server) => server.peer !== undefined).length;
  const gone = `${Math.max(0, (intent?.size ?? left) - left)} of ${intent?.size ?? left} out`;
  const leader = findLeader(observation);
  return leader?.side === 'old' && result === undefined && turnedFrom === undefined
    ? `${gone}, leader ${leader.instanceId} last`
    : gone;
}

/** How many of how many, where a stage counts servers. */
export interface PhaseCount {
  readonly done: number;
  readonly of: number;
}

/** Servers the stage that is on has dealt with; where it takes servers out, the one at hand is counted. */
export function countServers(progress: Progress): PhaseCount | undefined {
  const { observation, intent } = progress;
  const stage = findActivePhase(progress)?.name;
  if (observation === undefined || intent === undefined) return undefined;
  if (stage === 'canary') return { done: Math.min(1, countServing(observation)), of: 1 };
  if (stage === 'grow') return { done: countServing(observation), of: intent.size };
  if (stage !== 'drain' && stage !== 'rollback') return undefined;
  const gone = progress.departing.length;
  if (stage === 'rollback') return { done: gone, of: gone + countUntouched('new', progress, observation) };
  if (observation.raft === undefined) return { done: gone, of: intent.size };
  const members = countUntouched('old', progress, observation, (server) => server.peer !== undefined);
  return { done: Math.max(0, intent.size - members), of: intent.size };
}

/** New servers that vote, are healthy and take traffic; what no leader says yet is not asked of them. */
export function countServing(observation: Observation): number {
  const serving = listServers(observation, 'new').filter(isInService);
  if (observation.raft === undefined) return serving.length;
  const judged = isHealthKnown(observation);
  return serving.filter(({ peer }) => peer?.voter === true && (peer.healthy || !judged)).length;
}

function countUntouched(
  side: Side,
  { departing: victims }: Progress,
  observation: Observation,
  counts: (server: Server) => boolean = () => true,
): number {
  return listActiveServers(observation, side).filter((server) => !victims.includes(server.instanceId) && counts(server))
    .length;
}
