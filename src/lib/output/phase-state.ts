import { basename } from 'node:path';
import { leaderOf, serversOf, standingOf } from '../engine/decide/servers.js';
import type { Survey } from '../model/observation.js';
import { type Progress, STAGES, type Stage, type StageRecord } from './progress.js';
import { bytesOf, counted, servingOn } from './text/format.js';

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

/** What there is to say of a stage as a whole, before, while and after it is on; empty for nothing. */
export function stageSummary(progress: Progress, stage: Stage): string {
  const { survey } = progress;
  return survey === undefined ? '' : SUMMARIES[stage](progress, survey);
}

const SUMMARIES: Readonly<Record<Stage, (progress: Progress, survey: Survey) => string>> = {
  preflight: ({ intent }) =>
    intent === undefined ? '' : `${counted(intent.size, 'server')}, nothing in the way`,
  snapshot: (_, { history }) =>
    history.snapshot === undefined
      ? ''
      : `${basename(history.snapshot.path)}, ${bytesOf(history.snapshot.bytes)}, verified`,
  prepare: ({ intent }, survey) => (survey.new === undefined ? '' : `group ${intent?.newGroup ?? ''}`),
  canary: (progress, survey) => {
    const [first] = serversOf(survey, 'new');
    if (first === undefined) return '';
    return stateOfStage(progress, 'canary') === 'done'
      ? `${first.instanceId} passed every gate`
      : first.instanceId;
  },
  grow: (progress, survey) => {
    const size = progress.intent?.size ?? 0;
    // What happens to them later belongs to later stages.
    const serving = stateOfStage(progress, 'grow') === 'done' ? size : servingOn(survey);
    return `${serving} of ${size} in service`;
  },
  drain: drainSummary,
  finish: () => '',
  back: (_, survey) => {
    const count = serversOf(survey, 'new').length;
    return count === 0 ? 'every new server is gone' : `${counted(count, 'new server')} to go`;
  },
};

/** Of a drain that was cut short, how far it had come then: on the way back old servers come again. */
function drainSummary({ intent, result, turnedFrom }: Progress, latest: Survey): string {
  const survey = turnedFrom ?? latest;
  if (survey.raft === undefined) return 'no leader to count the voters';
  const left = serversOf(survey, 'old').filter((server) => server.peer !== undefined).length;
  const gone = `${Math.max(0, (intent?.size ?? left) - left)} of ${intent?.size ?? left} out`;
  const leader = leaderOf(survey);
  return leader?.side === 'old' && result === undefined && turnedFrom === undefined
    ? `${gone}, leader ${leader.instanceId} last`
    : gone;
}
