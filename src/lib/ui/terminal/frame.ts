import { budgetNow } from '../../decide/voters.js';
import type { Side } from '../../model/server.js';
import { currentStage, elapsedIn, type Progress, type Stage } from '../progress.js';
import { describeAction } from '../sentences/action.js';
import { describeContest } from '../sentences/lock.js';
import { describeWaitFor, patienceOf } from '../sentences/wait.js';
import { fittingServerLines, type ToneLine } from '../server-lines.js';
import { recordOf, type StageState, stagesShown, stateOfStage } from '../stage-state.js';
import { stageSummary } from '../stage-summary.js';
import { capitalized, justified, truncated } from '../text.js';
import { wholeSpanOf } from '../time.js';

/** One still picture of a roll: a line a stage, what is under the one that is on, and the foot. Plain text. */
export interface Frame {
  readonly stages: readonly StageFrame[];
  readonly foot: readonly string[];
}

export interface StageFrame {
  readonly stage: Stage;
  readonly state: StageState;
  readonly title: string;
  readonly detail: readonly ToneLine[];
}

/** Room of a picture, in columns and lines. */
export interface Room {
  readonly columns: number;
  readonly rows: number;
}

const NAME_WIDTH = 11;
/** Wider than this, the right edge is too far from what it belongs to. */
const WIDEST = 100;
/** What stands left of the text: an icon and a blank on the stages' own lines, an indentation under them. */
const ICON_WIDTH = 2;
const INDENTATION = 4;
/** One column stays free, or some terminals wrap. */
const MARGIN = 3;

/** The picture of a roll at one moment; it never needs more than the room there is. */
export function frameOf(progress: Progress, { columns, rows }: Room, nowMs: number): Frame {
  const room = { columns: Math.min(columns, WIDEST), rows };
  const stages = stagesShown(progress);
  const foot = footOf(progress, room.columns - MARGIN, nowMs);
  const free = room.rows - 1 - stages.length - (foot.length + 1) - 1;
  return {
    stages: stages.map((stage) => stageFrame(progress, stage, { ...room, rows: free }, nowMs)),
    foot,
  };
}

function stageFrame(progress: Progress, stage: Stage, room: Room, nowMs: number): StageFrame {
  const state = stateOfStage(progress, stage);
  const on = recordOf(progress, stage)?.sinceMs !== undefined;
  const width = room.columns - ICON_WIDTH - MARGIN;
  const summary = state === 'skipped' ? '' : stageSummary(progress, stage);
  const left = capitalized(stage).padEnd(NAME_WIDTH) + summary;
  const title = justified(left.trimEnd(), timing(progress, stage, on, nowMs), width);
  return { stage, state, title: title.trimEnd(), detail: on ? detailOf(progress, stage, room) : [] };
}

function timing(progress: Progress, stage: Stage, on: boolean, nowMs: number): string {
  const record = recordOf(progress, stage);
  if (record === undefined) return '';
  if (on && progress.wait !== undefined) return patienceOf(progress.wait, nowMs);
  return wholeSpanOf(elapsedIn(record, nowMs));
}

function detailOf(progress: Progress, stage: Stage, room: Room): ToneLine[] {
  const width = room.columns - INDENTATION - MARGIN;
  const { survey } = progress;
  const activity: ToneLine = { text: truncated(activityOf(progress), width), tone: 'plain' };
  if (survey === undefined || sideOf(progress, stage) === undefined) return [activity];
  return [activity, ...fittingServerLines(survey, sideOf(progress, stage) ?? 'old', width, room.rows)];
}

/** What is being done or waited for. */
function activityOf({ step, wait, rival }: Progress): string {
  if (rival !== undefined) return describeContest(rival);
  if (step !== undefined) return `${describeAction(step.action)}: ${step.why}`;
  return wait === undefined ? 'looking' : `waiting for ${describeWaitFor(wait.for)}`;
}

/** The side a stage works on; undefined where servers have no part in it. */
function sideOf(progress: Progress, stage: Stage): Side | undefined {
  if (stage === 'drain') return 'old';
  if (stage === 'canary' || stage === 'grow' || stage === 'back') return 'new';
  return stage === 'finish' && progress.survey?.new !== undefined ? 'new' : undefined;
}

function footOf(progress: Progress, width: number, nowMs: number): string[] {
  const { survey, pausing, lookFailure, startedAtMs } = progress;
  const budget = survey && budgetNow(survey);
  const voters =
    budget === undefined
      ? 'no leader that all agree on'
      : `voters ${budget.voters}   quorum ${budget.quorum}   healthy ${budget.healthy}   to spare ${budget.spare}`;
  const left = survey === undefined ? '' : voters;
  return [
    justified(left, wholeSpanOf(nowMs - startedAtMs), width),
    ...(lookFailure === undefined ? [] : [truncated(`cannot look: ${lookFailure}`, width)]),
    ...(pausing && currentStage(progress)?.sinceMs !== undefined ? [truncated(PAUSING, width)] : []),
  ];
}

const PAUSING = 'stopping once the step in hand is done; Ctrl-C again stops at once';
