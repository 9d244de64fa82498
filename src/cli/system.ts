import { statSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '../lib/ports.js';

/** The system clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  // An aborted sleep only ends early.
  sleep: (ms, signal) => delay(ms, undefined, { signal }).catch(() => undefined),
};

/** False also for a path that does not exist. */
export function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

/** False also for a path that does not exist. */
export function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}
