import { standingOf } from '../decide/servers.js';
import { type Progress, STAGES, type Stage, type StageRecord } from './progress.js';

/** Where a stage stands, for a person: `waiting` for its turn, or never to come (`skipped`). */
export type StageState = 'waiting' | 'running' | 'done' | 'failed' | 'skipped';

/** Stages worth showing: the way forward, and the way back once it is taken. */
export function stagesShown(progress: Progress): readonly Stage[] {
  return recordOf(progress, 'back') === undefined ? STAGES : [...STAGES, 'back'];
}

export function recordOf(progress: Progress, stage: Stage): StageRecord | undefined {
  return progress.stages.find((record) => record.name === stage);
}

/** A stage that was left is done, unless it failed, or will be entered again: grow and drain can alternate. */
export function stateOfStage(progress: Progress, stage: Stage): StageState {
  const record = recordOf(progress, stage);
  if (record === undefined) return isOver(progress, stage) ? 'skipped' : 'waiting';
  if (record.failed) return 'failed';
  if (record.sinceMs !== undefined) return 'running';
  return isUnfinished(progress, stage) ? 'running' : 'done';
}

function isOver(progress: Progress, stage: Stage): boolean {
  if (progress.result !== undefined || recordOf(progress, 'back') !== undefined) return true;
  return progress.stages.some((record) => STAGES.indexOf(record.name) > STAGES.indexOf(stage));
}

function isUnfinished(progress: Progress, stage: Stage): boolean {
  const { survey, intent, result } = progress;
  if (result !== undefined || survey === undefined || intent === undefined) return false;
  if (recordOf(progress, 'finish') !== undefined) return false;
  if (stage === 'grow') return standingOf(survey, 'new').length < intent.size;
  return stage === 'drain' && standingOf(survey, 'old').length > 0;
}
