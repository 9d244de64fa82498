import { serversOf, standingOf } from '../decide/servers.js';
import { servingOn } from './counts.js';
import { type Progress, STAGES, type Stage, type StageRecord } from './progress.js';

/** Where a stage stands, for a person: `waiting` for its turn, or not come to in this run (`skipped`). */
export type StageState = 'waiting' | 'running' | 'done' | 'failed' | 'skipped';

/** Stages worth showing: the way forward, and the way back once it is taken. */
export function stagesShown(progress: Progress): readonly Stage[] {
  return recordOf(progress, 'back') === undefined ? STAGES : [...STAGES, 'back'];
}

export function recordOf(progress: Progress, stage: Stage): StageRecord | undefined {
  return progress.stages.find((record) => record.name === stage);
}

/**
 * A stage that was left is done, unless it failed, or will be entered again: grow and drain can alternate. So is one that
 * was over before this run, where that can be told.
 */
export function stateOfStage(progress: Progress, stage: Stage): StageState {
  const record = recordOf(progress, stage);
  if (record === undefined) {
    if (!isOver(progress, stage)) return 'waiting';
    return wasOver(progress, stage) ? 'done' : 'skipped';
  }
  if (record.failed) return 'failed';
  if (record.sinceMs !== undefined) return 'running';
  return isUnfinished(progress, stage) ? 'running' : 'done';
}

function isOver(progress: Progress, stage: Stage): boolean {
  if (progress.result !== undefined || recordOf(progress, 'back') !== undefined) return true;
  return isPast(progress, stage);
}

/** A later one has come. */
function isPast({ stages }: Progress, stage: Stage): boolean {
  return stages.some(({ name }) => name !== 'back' && STAGES.indexOf(name) > STAGES.indexOf(stage));
}

/**
 * A stage was over before this run of the roll came to it: a roll is recorded after its snapshot, and goes on to a stage
 * when the one before is done. On the way back the last look before it tells how far the roll had come.
 */
function wasOver(progress: Progress, stage: Stage): boolean {
  const { foundBegun, turnedFrom, intent } = progress;
  if (!foundBegun) return false;
  if (stage === 'snapshot' || isPast(progress, stage)) return true;
  if (turnedFrom === undefined || intent === undefined) return false;
  if (stage === 'prepare') return serversOf(turnedFrom, 'new').length > 0;
  if (stage === 'canary') return servingOn(turnedFrom) > 0;
  if (stage === 'grow') return servingOn(turnedFrom) >= intent.size;
  const members = serversOf(turnedFrom, 'old').filter(({ peer }) => peer !== undefined);
  return stage === 'drain' && turnedFrom.raft !== undefined && members.length === 0;
}

function isUnfinished(progress: Progress, stage: Stage): boolean {
  const { survey, intent, result } = progress;
  if (result !== undefined || survey === undefined || intent === undefined) return false;
  if (['finish', 'back'].some((later) => progress.stages.some(({ name }) => name === later))) return false;
  if (stage === 'grow') return standingOf(survey, 'new').length < intent.size;
  return stage === 'drain' && standingOf(survey, 'old').length > 0;
}
