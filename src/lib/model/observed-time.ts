/**
 * Time in which nothing was observed: the process was suspended, or did something else. Epoch milliseconds. Limits do not
 * count it, since nothing that happened in it could be seen; what is late is late by time that was observed.
 */
export interface Gap {
  readonly sinceMs: number;
  readonly untilMs: number;
}

/** So many intervals between two observations count, as observations of slow servers take several. */
const MAX_INTERVALS = 4;
/** At least this long counts, as one observation takes seconds, whatever the interval. */
const MIN_COUNTED_MS = 15_000;

/**
 * The gap between two observations that are far more than an interval apart; no more than one. Every observation makes some
 * time count, so that a limit is reached however slow they are.
 */
export function findGaps(lastMs: number | undefined, nowMs: number, intervalMs: number): readonly Gap[] {
  const sinceMs = (lastMs ?? nowMs) + Math.max(MIN_COUNTED_MS, MAX_INTERVALS * intervalMs);
  return nowMs > sinceMs ? [{ sinceMs, untilMs: nowMs }] : [];
}

/** How long it was observed from one time to another, milliseconds. */
export function measureObservedMs(gaps: readonly Gap[], fromMs: number, toMs: number): number {
  const unobservedMs = gaps.map(({ sinceMs, untilMs }) =>
    Math.max(0, Math.min(untilMs, toMs) - Math.max(sinceMs, fromMs)),
  );
  return toMs - fromMs - unobservedMs.reduce((sum, ms) => sum + ms, 0);
}
