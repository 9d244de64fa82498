import { elapsedIn, isGoingBack, type Progress, type Stage } from '../progress.js';
import { patienceOf } from '../sentences/wait.js';
import type { ToneLine } from '../server-lines.js';
import { recordOf, type StageState, stagesShown, stateOfStage } from '../stage-state.js';
import { stageSummary } from '../stage-summary.js';
import { capitalized, justified, truncated } from '../text.js';
import { wholeSpanOf } from '../time.js';
import { detailOf } from './detail.js';
import { footOf, type Outlook } from './foot.js';

/** One still picture of a roll: what it is, a line a stage, what is under the one that is on, and the foot. Plain text. */
export interface Frame {
  readonly heading: readonly string[];
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
/** What stands left of the text: an icon and a blank on the stages' own lines. */
const ICON_WIDTH = 2;
/** One column stays free, or some terminals wrap. */
const MARGIN = 3;
/** Between the stages and the foot. */
const GAP = 1;
/** What is being done, above the servers. */
const ACTIVITY = 1;

/**
 * The picture of a roll at one moment; it never needs more than the room there is. Where that is scarce, the stages that
 * are done share a line, and those skipped another, then those to come do, and then servers are left out, the dullest
 * first.
 */
export function frameOf(progress: Progress, room: Room, nowMs: number, outlook: Outlook = {}): Frame {
  const columns = Math.min(room.columns, WIDEST);
  const foot = footOf(progress, columns - MARGIN, nowMs, outlook);
  const heading = headingOf(progress, columns - MARGIN);
  const free = room.rows - heading.length - GAP - foot.length;
  const whole = stagesShown(progress).map((stage) => stageFrame(progress, stage, columns, nowMs));
  const stages = folded(whole, free - ACTIVITY - progress.roster.servers.length, columns);
  const detailRoom = { columns, rows: free - stages.length };
  return {
    heading,
    stages: stages.map((one) => ({
      ...one,
      detail: isOn(progress, one) ? detailOf(progress, one.stage, detailRoom, nowMs) : [],
    })),
    foot,
  };
}

/** Which cluster, and from which image to which. */
function headingOf(progress: Progress, width: number): string[] {
  const { intent, roster } = progress;
  if (intent === undefined) return [];
  const { cluster, rollId, imageId } = intent;
  const was = roster.servers.find(({ side }) => side === 'old')?.imageId;
  const way = isGoingBack(progress)
    ? [imageId, 'back to', was ?? 'the old image']
    : [was ?? '', '->', imageId];
  const long = `${cluster}   roll ${rollId}   ${way.filter(Boolean).join(' ')}`;
  const short = `${cluster}   roll ${rollId}   ${way.slice(1).join(' ')}`;
  return [truncated(long.length <= width ? long : short, width), ''];
}

function stageFrame(progress: Progress, stage: Stage, columns: number, nowMs: number): StageFrame {
  const state = stateOfStage(progress, stage);
  const summary = state === 'skipped' ? '' : stageSummary(progress, stage);
  const left = capitalized(stage).padEnd(NAME_WIDTH) + summary;
  const title = justified(left.trimEnd(), timing(progress, stage, nowMs), columns - ICON_WIDTH - MARGIN);
  return { stage, state, title: title.trimEnd(), detail: [] };
}

function timing(progress: Progress, stage: Stage, nowMs: number): string {
  const record = recordOf(progress, stage);
  if (record === undefined) return '';
  if (record.sinceMs !== undefined && progress.wait !== undefined) return patienceOf(progress.wait, nowMs);
  return wholeSpanOf(elapsedIn(record, nowMs));
}

function isOn(progress: Progress, { stage }: StageFrame): boolean {
  return recordOf(progress, stage)?.sinceMs !== undefined;
}

/** No more than so many lines, as far as that can be had by letting stages share one. */
function folded(stages: readonly StageFrame[], room: number, columns: number): readonly StageFrame[] {
  if (stages.length <= room) return stages;
  const width = columns - ICON_WIDTH - MARGIN;
  const doneUntil = stages.findIndex(({ state }) => state !== 'done' && state !== 'skipped');
  const over = stages.slice(0, Math.max(0, doneUntil));
  const rest = stages.slice(over.length);
  const lines = [...sharedBy('done', over, width), ...sharedBy('skipped', over, width)];
  const fewer = [...lines, ...rest];
  if (fewer.length <= room) return fewer;
  return [...lines, ...rest.filter(({ state }) => state !== 'waiting'), ...sharedBy('waiting', rest, width)];
}

/** The stages of one state on one line, for a line has but one sign. */
function sharedBy(state: StageState, stages: readonly StageFrame[], width: number): StageFrame[] {
  const alike = stages.filter((stage) => stage.state === state);
  const [first] = alike;
  if (first === undefined || alike.length < 2) return alike;
  const names = alike.map(({ stage }) => capitalized(stage)).join(', ');
  return [{ ...first, title: truncated(names, width) }];
}
