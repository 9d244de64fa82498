import type { Eta } from '../../engine/plan/estimate.js';
import type { Server } from '../../model/server.js';
import { findPhaseRecord, getPhaseState, listShownPhases, type PhaseState } from '../phase-state.js';
import { findActivePhase, getPhaseElapsedMs, isRollingBack, type Progress, type RollPhase } from '../progress.js';
import { capitalize, formatWholeDuration, justify, type StyledLine, truncate } from '../text/format.js';
import { chooseKeyHint, describeActivity, formatTimeLeft, formatVoters, formatVotingState } from '../text/live-view.js';
import { formatPhaseSummary } from '../text/phases.js';
import { formatFittingServers } from '../text/servers.js';
import { describeTimeLeft } from '../text/waits.js';

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
 * The picture of a roll at one moment; it always fits the terminal. On a small one the phases that are done share a
 * line, then the skipped ones, then the waiting ones; then servers are left out, the unchanged ones first.
 */
export function buildFrame(progress: Progress, size: Size, nowMs: number, options: FooterOptions = {}): Frame {
  const columns = Math.min(size.columns, MAX_FRAME_WIDTH);
  const footer = formatFooter(progress, columns - RIGHT_MARGIN, nowMs, options);
  const heading = formatFrameHeading(progress, columns - RIGHT_MARGIN);
  const free = size.rows - heading.length - FOOTER_GAP - footer.length;
  const whole = listShownPhases(progress).map((phase) => buildPhaseFrame(progress, phase, columns, nowMs));
  const phases = foldPhases(whole, free - ACTIVITY_LINES - progress.serverList.servers.length, columns);
  const detailSize = { columns, rows: free - phases.length };
  return {
    heading,
    phases: phases.map((one) => ({
      ...one,
      detail: isActivePhase(progress, one) ? formatPhaseDetail(progress, one.phase, detailSize, nowMs) : [],
    })),
    footer,
  };
}

/** Which cluster, and from which image to which. */
function formatFrameHeading(progress: Progress, width: number): string[] {
  const { intent, serverList } = progress;
  if (intent === undefined) return [];
  const { cluster, rollId, imageId } = intent;
  const oldImage = serverList.servers.find(({ side }) => side === 'old')?.imageId;
  const images = isRollingBack(progress)
    ? [imageId, 'back to', oldImage ?? 'the old image']
    : [oldImage ?? '', '->', imageId];
  const long = `${cluster}   roll ${rollId}   ${images.filter(Boolean).join(' ')}`;
  const short = `${cluster}   roll ${rollId}   ${images.slice(1).join(' ')}`;
  return [truncate(long.length <= width ? long : short, width), ''];
}

function buildPhaseFrame(progress: Progress, phase: RollPhase, columns: number, nowMs: number): PhaseFrame {
  const state = getPhaseState(progress, phase);
  const summary = state === 'skipped' ? '' : formatPhaseSummary(progress, phase);
  const left = capitalize(phase).padEnd(PHASE_COLUMN_WIDTH) + summary;
  const title = justify(left.trimEnd(), formatTiming(progress, phase, nowMs), columns - ICON_WIDTH - RIGHT_MARGIN);
  return { phase, state, title: title.trimEnd(), detail: [] };
}

function formatTiming(progress: Progress, phase: RollPhase, nowMs: number): string {
  const record = findPhaseRecord(progress, phase);
  if (record === undefined) return '';
  if (record.sinceMs !== undefined && progress.wait !== undefined) return describeTimeLeft(progress.wait, nowMs);
  return formatWholeDuration(getPhaseElapsedMs(record, nowMs));
}

function isActivePhase(progress: Progress, { phase }: PhaseFrame): boolean {
  return findPhaseRecord(progress, phase)?.sinceMs !== undefined;
}

/** At most `rows` lines, as far as merging phases allows. */
function foldPhases(phases: readonly PhaseFrame[], rows: number, columns: number): readonly PhaseFrame[] {
  if (phases.length <= rows) return phases;
  const width = columns - ICON_WIDTH - RIGHT_MARGIN;
  const doneUntil = phases.findIndex(({ state }) => state !== 'done' && state !== 'skipped');
  const ended = phases.slice(0, Math.max(0, doneUntil));
  const rest = phases.slice(ended.length);
  const lines = [...mergePhasesOfState('done', ended, width), ...mergePhasesOfState('skipped', ended, width)];
  const fewer = [...lines, ...rest];
  if (fewer.length <= rows) return fewer;
  return [...lines, ...rest.filter(({ state }) => state !== 'waiting'), ...mergePhasesOfState('waiting', rest, width)];
}

/** The phases of one state on one line: a line has one icon. */
function mergePhasesOfState(state: PhaseState, phases: readonly PhaseFrame[], width: number): PhaseFrame[] {
  const merged = phases.filter((phase) => phase.state === state);
  const [first] = merged;
  if (first === undefined || merged.length < 2) return merged;
  const names = merged.map(({ phase }) => capitalize(phase)).join(', ');
  return [{ ...first, title: truncate(names, width) }];
}

const DETAIL_INDENT = 4;

const SERVER_PHASES: readonly RollPhase[] = ['canary', 'grow', 'drain', 'finish', 'rollback'];

/** The lines under the active phase: the current activity, and the servers. */
function formatPhaseDetail(progress: Progress, phase: RollPhase, { columns, rows }: Size, nowMs: number): StyledLine[] {
  const width = columns - DETAIL_INDENT - RIGHT_MARGIN;
  const { observation, serverList } = progress;
  const activity: StyledLine = { text: truncate(describeActivity(progress), width), style: 'plain' };
  if (observation === undefined || !SERVER_PHASES.includes(phase)) return [activity];
  const raft = (server: Server, word: string) => formatVotingState(progress, server, word, nowMs);
  return [
    activity,
    ...formatFittingServers(serverList.servers, { observation, memory: progress.memory }, width, rows - 1, {
      showGroup: true,
      formatRaft: raft,
    }),
  ];
}

/** What is not in the events. */
interface FooterOptions {
  /** How long the rest of the roll is expected to take; undefined where it is not known. */
  readonly expected?: Eta['latest'];
  /** Another process runs the roll. */
  readonly watching?: boolean | undefined;
}

/** The last lines: the voters, the time, and problems. */
function formatFooter(
  progress: Progress,
  width: number,
  nowMs: number,
  { expected, watching = false }: FooterOptions,
): string[] {
  const { observation, pausing, observationError } = progress;
  const warning = progress.warnings.at(-1);
  const isActive = findActivePhase(progress)?.sinceMs !== undefined;
  const time = formatTimeLeft(progress, nowMs, isActive && !pausing ? expected : undefined);
  return [
    ...(observation === undefined ? [] : [truncate(formatVoters(progress, observation, width), width)]),
    ...(observationError === undefined ? [] : [truncate(`observation failed: ${observationError}`, width)]),
    ...(warning === undefined ? [] : [truncate(`warning: ${warning}`, width)]),
    justify(isActive ? chooseKeyHint(progress, watching) : '', time, width),
  ];
}
