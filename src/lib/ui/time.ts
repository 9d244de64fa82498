const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

/** A span of time as a person says it, two units at the most: `380 ms`, `9 s`, `1 m 22 s`, `2 h 5 m`. */
export function spanOf(elapsedMs: number): string {
  const ms = Math.max(0, Math.round(elapsedMs));
  if (ms < SECOND_MS) return `${ms} ms`;
  const seconds = Math.floor(ms / SECOND_MS);
  if (ms < MINUTE_MS) return `${seconds} s`;
  if (ms < HOUR_MS) return twoUnits(Math.floor(seconds / 60), 'm', seconds % 60, 's');
  return twoUnits(Math.floor(seconds / 3600), 'h', Math.floor((seconds % 3600) / 60), 'm');
}

/** As spanOf, but in whole seconds: for what is still running, where milliseconds only flicker. */
export function wholeSpanOf(elapsedMs: number): string {
  return elapsedMs < SECOND_MS ? '0 s' : spanOf(elapsedMs);
}

/** Rounded up to what is no finer than a guess may be: 40 s, 2 m 10 s, 12 m; in milliseconds. */
export function roughMs(ms: number): number {
  const grainMs = ms < MINUTE_MS ? 5 * SECOND_MS : ms < 10 * MINUTE_MS ? 10 * SECOND_MS : MINUTE_MS;
  return Math.ceil(ms / grainMs) * grainMs;
}

function twoUnits(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`;
}

/** Time of day, UTC: `12:34:56`. */
export function timeOfDay(atMs: number): string {
  return new Date(atMs).toISOString().slice(11, 19);
}

/** The date, UTC: `2026-01-02`. */
export function dateOf(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 10);
}

/** Date and time, UTC: `2026-01-02 12:34:56 UTC`. */
export function dateAndTime(atMs: number): string {
  return `${dateOf(atMs)} ${timeOfDay(atMs)} UTC`;
}
