import type { RunOptions } from './run-way.js';

/** The size of a run and its pace. */
export type BenchPace = Pick<RunOptions, 'size' | 'speed' | 'writeIntervalMs' | 'calmMs' | 'watchMs'>;

/** As `npm start` writes. */
const WRITE_INTERVAL_MS = 10;

export const FULL: BenchPace = {
  size: 5,
  speed: 1,
  writeIntervalMs: WRITE_INTERVAL_MS,
  calmMs: 2_000,
  watchMs: 25_000,
};
/** AWS four times as fast. A real Consul takes its own time. */
export const SHORT: BenchPace = {
  size: 3,
  speed: 4,
  writeIntervalMs: WRITE_INTERVAL_MS,
  calmMs: 1_000,
  watchMs: 12_000,
};
