import { sortForDrain } from '../../engine/decide/drain.js';
import { findKnownQuorumMargin, findQuorumMarginWithout } from '../../engine/decide/servers.js';
import { type Eta, isMostlyAssumed } from '../../engine/plan/estimate.js';
import type { Observation } from '../../model/observation.js';
import type { Server } from '../../model/server.js';
import {
  findPhaseRecord,
  formatPhaseSummary,
  getPhaseState,
  listShownPhases,
  type PhaseState,
} from '../phase-state.js';
import { findActivePhase, getPhaseElapsedMs, isRollingBack, type Progress, type RollPhase } from '../progress.js';
import { estimateUntilVoteMs } from '../server-list.js';
import { describeAction } from '../text/actions.js';
import {
  capitalize,
  formatWholeDuration,
  justify,
  roundEstimateMs,
  type StyledLine,
  truncate,
} from '../text/format.js';
import { formatHookPoint } from '../text/hooks.js';
import { describeLockContest } from '../text/lock.js';
import { formatFittingServers } from '../text/servers.js';
import { describeStepReason } from '../text/step-reasons.js';
import { describeTimeLeft, describeWaitFor } from '../text/waits.js';

/** One frame: heading, a line a phase with details under the active one, and footer. Plain text. */
export interface Frame {
  readonly heading: readonly string[];
  readonly phases: readonly PhaseFrame[];
  readonly footer: readonly string[];
}

export interface PhaseFrame {
  readonly phase: RollPhase;
  readonly state: PhaseState;
  readonly title: string;
  readonly detail: readonly StyledLine[];
}

/** Columns and lines. */
export interface Size {
  readonly columns: number;
  readonly rows: number;
}

const PHASE_COLUMN_WIDTH = 11;
/** On wider terminals the right edge would be too far from the text it belongs to. */
const MAX_FRAME_WIDTH = 100;
/** An icon and a space. */
const ICON_WIDTH = 2;
/** One column stays free, or some terminals wrap. */
const RIGHT_MARGIN = 3;
/** Between the phases and the footer. */
const FOOTER_GAP = 1;
/** The current activity, above the servers. */
const ACTIVITY_LINES = 1;

/**
 * The picture of a roll at one moment; it never needs more than the room there is. Where that is scarce, the stages that
 * are done share a line, and those skipped another, then those to come do, and then servers are left out, the dullest
 * first.
 */
export function buildFrame(progress: Progress, room: Size, nowMs: number, outlook: FooterOptions = {}): Frame {
  const columns = Math.min(room.columns, MAX_FRAME_WIDTH);
  const foot = formatFooter(progress, columns - RIGHT_MARGIN, nowMs, outlook);
  const heading = formatFrameHeading(progress, columns - RIGHT_MARGIN);
  const free = room.rows - heading.length - FOOTER_GAP - foot.length;
  const whole = listShownPhases(progress).map((stage) => buildPhaseFrame(progress, stage, columns, nowMs));
  const stages = foldPhases(whole, free - ACTIVITY_LINES - progress.serverList.servers.length, columns);
  const detailRoom = { columns, rows: free - stages.length };
  return {
    heading,
    phases: stages.map((one) => ({
      ...one,
      detail: isActivePhase(progress, one) ? formatPhaseDetail(progress, one.phase, detailRoom, nowMs) : [],
    })),
    footer: foot,
  };
}

/** Which cluster, and from which image to which. */
function formatFrameHeading(progress: Progress, width: number): string[] {
  const { intent, serverList: roster } = progress;
  if (intent === undefined) return [];
  const { cluster, rollId, imageId } = intent;
  const was = roster.servers.find(({ side }) => side === 'old')?.imageId;
  const way = isRollingBack(progress) ? [imageId, 'back to', was ?? 'the old image'] : [was ?? '', '->', imageId];
  const long = `${cluster}   roll ${rollId}   ${way.filter(Boolean).join(' ')}`;
  const short = `${cluster}   roll ${rollId}   ${way.slice(1).join(' ')}`;
  return [truncate(long.length <= width ? long : short, width), ''];
}

function buildPhaseFrame(progress: Progress, stage: RollPhase, columns: number, nowMs: number): PhaseFrame {
  const state = getPhaseState(progress, stage);
  const summary = state === 'skipped' ? '' : formatPhaseSummary(progress, stage);
  const left = capitalize(stage).padEnd(PHASE_COLUMN_WIDTH) + summary;
  const title = justify(left.trimEnd(), formatTiming(progress, stage, nowMs), columns - ICON_WIDTH - RIGHT_MARGIN);
  return { phase: stage, state, title: title.trimEnd(), detail: [] };
}

function formatTiming(progress: Progress, stage: RollPhase, nowMs: number): string {
  const record = findPhaseRecord(progress, stage);
  if (record === undefined) return '';
  if (record.sinceMs !== undefined && progress.wait !== undefined) return describeTimeLeft(progress.wait, nowMs);
  return formatWholeDuration(getPhaseElapsedMs(record, nowMs));
}

function isActivePhase(progress: Progress, { phase: stage }: PhaseFrame): boolean {
  return findPhaseRecord(progress, stage)?.sinceMs !== undefined;
}

/** No more than so many lines, as far as that can be had by letting stages share one. */
function foldPhases(stages: readonly PhaseFrame[], room: number, columns: number): readonly PhaseFrame[] {
  if (stages.length <= room) return stages;
  const width = columns - ICON_WIDTH - RIGHT_MARGIN;
  const doneUntil = stages.findIndex(({ state }) => state !== 'done' && state !== 'skipped');
  const over = stages.slice(0, Math.max(0, doneUntil));
  const rest = stages.slice(over.length);
  const lines = [...mergePhasesOfState('done', over, width), ...mergePhasesOfState('skipped', over, width)];
  const fewer = [...lines, ...rest];
  if (fewer.length <= room) return fewer;
  return [...lines, ...rest.filter(({ state }) => state !== 'waiting'), ...mergePhasesOfState('waiting', rest, width)];
}

/** The stages of one state on one line, for a line has but one sign. */
function mergePhasesOfState(state: PhaseState, stages: readonly PhaseFrame[], width: number): PhaseFrame[] {
  const alike = stages.filter((stage) => stage.state === state);
  const [first] = alike;
  if (first === undefined || alike.length < 2) return alike;
  const names = alike.map(({ phase: stage }) => capitalize(stage)).join(', ');
  return [{ ...first, title: truncate(names, width) }];
}

const DETAIL_INDENT = 4;

const SERVER_PHASES: readonly RollPhase[] = ['canary', 'grow', 'drain', 'finish', 'rollback'];

/** What is under the stage that is on: what is being done, and the servers. */
export function formatPhaseDetail(
  progress: Progress,
  stage: RollPhase,
  { columns, rows }: Size,
  nowMs: number,
): StyledLine[] {
  const width = columns - DETAIL_INDENT - RIGHT_MARGIN;
  const { observation, serverList: roster } = progress;
  const activity: StyledLine = { text: truncate(describeActivity(progress), width), style: 'plain' };
  if (observation === undefined || !SERVER_PHASES.includes(stage)) return [activity];
  const raft = (server: Server, word: string) => formatVotingState(progress, server, word, nowMs);
  return [
    activity,
    ...formatFittingServers(roster.servers, { observation, memory: progress.memory }, width, rows - 1, {
      showGroup: true,
      formatRaft: raft,
    }),
  ];
}

/** `voter in 8 s`, where Consul watches a healthy server for a while before it lets it vote. */
function formatVotingState({ serverList: roster }: Progress, server: Server, word: string, nowMs: number): string {
  const leftMs = word === 'non-voter' ? estimateUntilVoteMs(roster, server, nowMs) : undefined;
  if (leftMs === undefined) return word;
  return leftMs === 0 ? 'voter soon' : `voter in ${formatWholeDuration(Math.max(1000, leftMs))}`;
}

/** What is being done or waited for. */
function describeActivity({ step, wait, lockHolder: rival, hook }: Progress): string {
  if (hook !== undefined) return `hook ${formatHookPoint(hook.moment)}: ${hook.hook.run}`;
  if (rival !== undefined) return describeLockContest(rival);
  if (step !== undefined) return `${describeAction(step.action)}: ${describeStepReason(step.reason)}`;
  return wait === undefined ? 'looking' : `waiting for ${describeWaitFor(wait.for)}`;
}

/** What Ctrl-C does to one's own roll, however often it was asked to stop; and to a watch of somebody else's. */
const KEY_HINTS = {
  running: 'Ctrl-C stops after the step in hand',
  pausing: 'stopping after the step in hand; Ctrl-C again stops at once',
  stopping: 'stopping at once; a third Ctrl-C ends it where it stands',
  watching: 'Ctrl-C ends the watching, not the roll',
  watchingPause: 'asked to stop after the step in hand',
} as const;

/** What the events do not say. */
export interface FooterOptions {
  /** How long the rest of the roll is expected to take; undefined where it is not known. */
  readonly expected?: Eta['latest'];
  /** Another process runs the roll. */
  readonly watching?: boolean | undefined;
}

/** The foot of a picture: the voters, the time, and what stands in the way of going on. */
export function formatFooter(
  progress: Progress,
  width: number,
  nowMs: number,
  { expected, watching = false }: FooterOptions,
): string[] {
  const { observation, pausing, stopping, observationError: lookFailure } = progress;
  const warning = progress.warnings.at(-1);
  const on = findActivePhase(progress)?.sinceMs !== undefined;
  const time = formatTimeLeft(progress, nowMs, on && !pausing ? expected : undefined);
  const own = stopping ? KEY_HINTS.stopping : pausing ? KEY_HINTS.pausing : KEY_HINTS.running;
  const others = pausing ? KEY_HINTS.watchingPause : KEY_HINTS.watching;
  const hint = watching ? others : own;
  return [
    ...(observation === undefined ? [] : [truncate(formatVoters(progress, observation, width), width)]),
    ...(lookFailure === undefined ? [] : [truncate(`cannot look: ${lookFailure}`, width)]),
    ...(warning === undefined ? [] : [truncate(`warning: ${warning}`, width)]),
    justify(on ? hint : '', time, width),
  ];
}

function formatVoters(progress: Progress, observation: Observation, width: number): string {
  const margin = findKnownQuorumMargin(observation);
  if (margin === undefined) return 'no leader that all agree on';
  const { voters, quorum, healthy, margin: spare } = margin;
  if (healthy === undefined) return `voters ${voters}   quorum ${quorum}   healthy not known yet`;
  const now = `voters ${voters}   quorum ${quorum}   healthy ${healthy}   to spare ${spare}`;
  const side = isRollingBack(progress) ? 'new' : 'old';
  const next =
    observation.new === undefined ? undefined : sortForDrain({ observation, memory: progress.memory }, side)[0]?.peer;
  const after = next && findQuorumMarginWithout(observation, next.id)?.margin;
  if (after === undefined) return now;
  const long = `${now}, after the next removal ${after}`;
  return long.length <= width ? long : `${now}, then ${after}`;
}

/**
 * `1 m 22 s of an estimated 4 m`, and once enough of it was measured `of about 4 m`; of a roll that takes longer than was
 * expected, `6 m, expected about 4 m`.
 */
function formatTimeLeft({ startedAtMs }: Progress, nowMs: number, expected: Eta['latest']): string {
  const elapsedMs = nowMs - startedAtMs;
  const elapsed = formatWholeDuration(elapsedMs);
  if (expected === undefined) return elapsed;
  const { atMs, forecast } = expected;
  const spentMs = Math.max(0, atMs - startedAtMs);
  const wholeMs = roundEstimateMs(spentMs + forecast.remainingMs);
  const whole = `${isMostlyAssumed(forecast, spentMs) ? 'an estimated' : 'about'} ${formatWholeDuration(wholeMs)}`;
  return elapsedMs <= wholeMs ? `${elapsed} of ${whole}` : `${elapsed}, expected ${whole}`;
}
