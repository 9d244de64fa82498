import type { TimeSpan } from './roll-report.js';

/** Where a moment is on a picture as wide as 100, and the moments worth a mark. */
export interface TimeScale {
  /** 0 to 100, for an epoch time. */
  readonly at: (atMs: number) => number;
  readonly ticks: readonly ScaleTick[];
  /** Stretches in which nobody watched, in epoch milliseconds. */
  readonly gaps: readonly TimeSpan[];
}

export interface ScaleTick {
  readonly at: number;
  /** Since the roll began, in milliseconds. */
  readonly sinceMs: number;
  /** Every other one, for where there is little room. */
  readonly minor: boolean;
}

/** Where nobody watched for long, no more of the picture is spent on it than this. */
const GAP_WIDTH = 6;
/** A hole that would take less than that anyway is drawn as long as it was. */
const MAX_TICKS = 8;
const SECOND_MS = 1000;
const TICK_STEPS_MS = [
  1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 43_200, 86_400, 172_800, 604_800,
].map((seconds) => seconds * SECOND_MS);

/**
 * Time on one axis. The stretches between runs are narrowed where they would push the rest together: a roll that was
 * resumed the next morning still shows both its parts.
 *
 * @param runs at least one, in order
 */
export function buildTimeScale(runs: readonly TimeSpan[]): TimeScale {
  const pieces = buildPieces(runs);
  const at = (atMs: number): number => {
    const piece = pieces.find(({ toMs }) => atMs <= toMs) ?? pieces.at(-1);
    if (piece === undefined) return 0;
    const share = (atMs - piece.fromMs) / Math.max(1, piece.toMs - piece.fromMs);
    return piece.left + Math.min(1, Math.max(0, share)) * piece.width;
  };
  const holes = pieces.filter(({ watched }) => !watched);
  return { at, ticks: buildTicks(pieces, at), gaps: holes };
}

interface ScalePiece extends TimeSpan {
  readonly watched: boolean;
  readonly left: number;
  readonly width: number;
}

function buildPieces(runs: readonly TimeSpan[]): readonly ScalePiece[] {
  const stretches = runs.flatMap((run, index) => {
    const before = runs[index - 1];
    const hole = before !== undefined && run.fromMs > before.toMs;
    return [
      ...(hole ? [{ fromMs: before.toMs, toMs: run.fromMs, watched: false }] : []),
      { ...run, watched: true },
    ];
  });
  const lengths = computeWidths(stretches);
  const whole = lengths.reduce((sum, length) => sum + length, 0);
  let left = 0;
  return stretches.map((stretch, index) => {
    const width = (100 * (lengths[index] ?? 0)) / whole;
    left += width;
    return { ...stretch, width, left: left - width };
  });
}

/** How long every stretch counts for; a hole for no more than its share of what was watched. */
function computeWidths(stretches: readonly (TimeSpan & { readonly watched: boolean })[]): readonly number[] {
  const watched = stretches
    .filter((stretch) => stretch.watched)
    .reduce((sum, one) => sum + getLengthMs(one), 0);
  const most = (watched * GAP_WIDTH) / (100 - GAP_WIDTH);
  return stretches.map((one) => (one.watched ? getLengthMs(one) : Math.min(getLengthMs(one), most)));
}

function getLengthMs({ fromMs, toMs }: TimeSpan): number {
  return Math.max(1, toMs - fromMs);
}

function buildTicks(pieces: readonly ScalePiece[], at: (atMs: number) => number): readonly ScaleTick[] {
  const watched = pieces.filter((piece) => piece.watched);
  const startMs = watched[0]?.fromMs ?? 0;
  const wholeMs = watched.reduce((sum, piece) => sum + getLengthMs(piece), 0);
  const stepMs = TICK_STEPS_MS.find((step) => wholeMs / step <= MAX_TICKS) ?? wholeMs;
  return watched.flatMap(({ fromMs, toMs }) => {
    const first = Math.ceil((fromMs - startMs) / stepMs);
    const count = Math.max(0, Math.floor((toMs - startMs) / stepMs) - first + 1);
    return Array.from({ length: count }, (_, index) => {
      const sinceMs = (first + index) * stepMs;
      return { sinceMs, at: at(startMs + sinceMs), minor: (first + index) % 2 === 1 };
    });
  });
}
