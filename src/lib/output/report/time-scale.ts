import { type Html, html } from './html.js';
import type { TimeSpan } from './model.js';

/** Places times on an axis of width 100. */
export interface TimeScale {
  /** 0 to 100, for an epoch time. */
  readonly at: (atMs: number) => number;
  readonly ticks: readonly ScaleTick[];
  /** Spans between two runs, in epoch milliseconds. */
  readonly gaps: readonly TimeSpan[];
}

interface ScaleTick {
  readonly at: number;
  /** Since the roll began, in milliseconds. */
  readonly sinceMs: number;
  /** Every other tick; a narrow page hides these. */
  readonly minor: boolean;
}

/** The widest that a gap between two runs is drawn. */
const GAP_WIDTH = 6;
const MAX_TICKS = 8;
const SECOND_MS = 1000;
const TICK_STEPS_MS = [
  1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 43_200, 86_400, 172_800, 604_800,
].map((seconds) => seconds * SECOND_MS);

/**
 * Builds the axis of time. A gap between two runs is narrowed where it is long, so that a roll resumed the next morning
 * still shows both its parts.
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
  const gaps = pieces.filter(({ watched }) => !watched);
  return { at, ticks: buildTicks(pieces, at), gaps: gaps };
}

interface ScalePiece extends TimeSpan {
  readonly watched: boolean;
  readonly left: number;
  readonly width: number;
}

function buildPieces(runs: readonly TimeSpan[]): readonly ScalePiece[] {
  const spans = runs.flatMap((run, index) => {
    const before = runs[index - 1];
    const hasGap = before !== undefined && run.fromMs > before.toMs;
    return [...(hasGap ? [{ fromMs: before.toMs, toMs: run.fromMs, watched: false }] : []), { ...run, watched: true }];
  });
  const lengths = computeWidths(spans);
  const whole = lengths.reduce((sum, length) => sum + length, 0);
  let left = 0;
  return spans.map((span, index) => {
    const width = (100 * (lengths[index] ?? 0)) / whole;
    left += width;
    return { ...span, width, left: left - width };
  });
}

/** The width of every span; a gap takes at most its share of the axis. */
function computeWidths(spans: readonly (TimeSpan & { readonly watched: boolean })[]): readonly number[] {
  const watched = spans.filter((span) => span.watched).reduce((sum, one) => sum + getLengthMs(one), 0);
  const most = (watched * GAP_WIDTH) / (100 - GAP_WIDTH);
  return spans.map((one) => (one.watched ? getLengthMs(one) : Math.min(getLengthMs(one), most)));
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

/** A bar as wide as its span, with a tooltip. Its label is shown where it fits. */
export function renderBar(span: TimeSpan, scale: TimeScale, className: string, label: string, title: string): Html {
  return html`<div class="bar ${className}" style="${formatBarPosition(span, scale)}" title="${title}"><span>${label}</span></div>`;
}

/** `left` and `width` in percent. */
export function formatBarPosition({ fromMs, toMs }: TimeSpan, { at }: Pick<TimeScale, 'at'>): string {
  const left = at(fromMs);
  return `left:${left.toFixed(2)}%;width:${Math.max(0, at(toMs) - left).toFixed(2)}%`;
}

/** One row of the timeline: its name, and its bars on the common axis. */
export function renderLane(name: Html, plot: readonly Html[], className = ''): Html {
  return html`<div class="lane ${className}"><div class="name">${name}</div><div class="plot">${plot}</div></div>`;
}
