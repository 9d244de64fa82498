import { drainOrder } from '../../engine/decide/drain.js';
import { budgetKnown, budgetWithout } from '../../engine/decide/servers.js';
import { type Expectation, isEstimate } from '../../engine/plan/estimate.js';
import type { Survey } from '../../model/observation.js';
import type { Server } from '../../model/server.js';
import { recordOf, type StageState, stageSummary, stagesShown, stateOfStage } from '../phase-state.js';
import { currentStage, elapsedIn, isGoingBack, type Progress, type Stage } from '../progress.js';
import { fittingServerLines, type ToneLine, untilVoteMs } from '../server-list.js';
import { describeAction } from '../text/actions.js';
import { capitalized, justified, roughMs, truncated, wholeSpanOf } from '../text/format.js';
import { nameOfMoment } from '../text/hooks.js';
import { describeContest } from '../text/lock.js';
import { describeWaitFor, patienceOf } from '../text/waits.js';

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

const INDENTATION = 4;

const SERVER_STAGES: readonly Stage[] = ['canary', 'grow', 'drain', 'finish', 'back'];

/** What is under the stage that is on: what is being done, and the servers. */
export function detailOf(
  progress: Progress,
  stage: Stage,
  { columns, rows }: Room,
  nowMs: number,
): ToneLine[] {
  const width = columns - INDENTATION - MARGIN;
  const { survey, roster } = progress;
  const activity: ToneLine = { text: truncated(activityOf(progress), width), tone: 'plain' };
  if (survey === undefined || !SERVER_STAGES.includes(stage)) return [activity];
  const raft = (server: Server, word: string) => votingWord(progress, server, word, nowMs);
  return [activity, ...fittingServerLines(roster.servers, survey, width, rows - 1, { sides: true, raft })];
}

/** `voter in 8 s`, where Consul watches a healthy server for a while before it lets it vote. */
function votingWord({ roster }: Progress, server: Server, word: string, nowMs: number): string {
  const leftMs = word === 'non-voter' ? untilVoteMs(roster, server, nowMs) : undefined;
  if (leftMs === undefined) return word;
  return leftMs === 0 ? 'voter soon' : `voter in ${wholeSpanOf(Math.max(1000, leftMs))}`;
}

/** What is being done or waited for. */
function activityOf({ step, wait, rival, hook }: Progress): string {
  if (hook !== undefined) return `hook ${nameOfMoment(hook.moment)}: ${hook.hook.run}`;
  if (rival !== undefined) return describeContest(rival);
  if (step !== undefined) return `${describeAction(step.action)}: ${step.why}`;
  return wait === undefined ? 'looking' : `waiting for ${describeWaitFor(wait.for)}`;
}

/** What Ctrl-C does to one's own roll, however often it was asked to stop; and to a watch of somebody else's. */
const HINTS = {
  running: 'Ctrl-C stops after the step in hand',
  pausing: 'stopping after the step in hand; Ctrl-C again stops at once',
  stopping: 'stopping at once; a third Ctrl-C ends it where it stands',
  watching: 'Ctrl-C ends the watching, not the roll',
  watchingPause: 'asked to stop after the step in hand',
} as const;

/** What no event tells. */
export interface Outlook {
  /** How long the rest of the roll is expected to take; undefined where nobody can tell. */
  readonly expected?: Expectation['latest'];
  /** Somebody else runs the roll. */
  readonly watching?: boolean | undefined;
}

/** The foot of a picture: the voters, the time, and what stands in the way of going on. */
export function footOf(
  progress: Progress,
  width: number,
  nowMs: number,
  { expected, watching = false }: Outlook,
): string[] {
  const { survey, pausing, stopping, lookFailure } = progress;
  const warning = progress.warnings.at(-1);
  const on = currentStage(progress)?.sinceMs !== undefined;
  const time = timeOf(progress, nowMs, on && !pausing ? expected : undefined);
  const own = stopping ? HINTS.stopping : pausing ? HINTS.pausing : HINTS.running;
  const others = pausing ? HINTS.watchingPause : HINTS.watching;
  const hint = watching ? others : own;
  return [
    ...(survey === undefined ? [] : [truncated(votersOf(progress, survey, width), width)]),
    ...(lookFailure === undefined ? [] : [truncated(`cannot look: ${lookFailure}`, width)]),
    ...(warning === undefined ? [] : [truncated(`warning: ${warning}`, width)]),
    justified(on ? hint : '', time, width),
  ];
}

function votersOf(progress: Progress, survey: Survey, width: number): string {
  const budget = budgetKnown(survey);
  if (budget === undefined) return 'no leader that all agree on';
  const { voters, quorum, healthy, spare } = budget;
  if (healthy === undefined) return `voters ${voters}   quorum ${quorum}   healthy not known yet`;
  const now = `voters ${voters}   quorum ${quorum}   healthy ${healthy}   to spare ${spare}`;
  const side = isGoingBack(progress) ? 'new' : 'old';
  const next = survey.new === undefined ? undefined : drainOrder(survey, side)[0]?.peer;
  const after = next && budgetWithout(survey, next.id)?.spare;
  if (after === undefined) return now;
  const long = `${now}, after the next removal ${after}`;
  return long.length <= width ? long : `${now}, then ${after}`;
}

/**
 * `1 m 22 s of an estimated 4 m`, and once enough of it was measured `of about 4 m`; of a roll that takes longer than was
 * expected, `6 m, expected about 4 m`.
 */
function timeOf({ startedAtMs }: Progress, nowMs: number, expected: Expectation['latest']): string {
  const elapsedMs = nowMs - startedAtMs;
  const elapsed = wholeSpanOf(elapsedMs);
  if (expected === undefined) return elapsed;
  const { atMs, forecast } = expected;
  const spentMs = Math.max(0, atMs - startedAtMs);
  const wholeMs = roughMs(spentMs + forecast.leftMs);
  const whole = `${isEstimate(forecast, spentMs) ? 'an estimated' : 'about'} ${wholeSpanOf(wholeMs)}`;
  return elapsedMs <= wholeMs ? `${elapsed} of ${whole}` : `${elapsed}, expected ${whole}`;
}
