import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from './ports.js';

/** The machine's own clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  // An aborted sleep is over early, which is all its caller wants to know.
  sleep: (ms, signal) => delay(ms, undefined, { signal }).catch(() => undefined),
};
