import type { Checker } from './checker.js';

/** Every wait has a limit, and all that one run may wait for take less. The simulation kills a run that lasts longer. */
export const RUN_LIMIT_MS = 6 * 3_600_000;

/** everything-restored: a run ends, whatever others do meanwhile. */
export function createRunEndChecker(): Checker {
  let beganMs: number | undefined;
  return {
    invariant: 'everything-restored',
    holdsAlways: true,
    after: ({ nowMs }) => {
      beganMs ??= nowMs;
      return undefined;
    },
    ended: (_end, { nowMs }) => {
      const lastedMs = nowMs - (beganMs ?? nowMs);
      beganMs = nowMs;
      return lastedMs < RUN_LIMIT_MS ? undefined : `a run lasts ${Math.round(lastedMs / 3_600_000)} hours`;
    },
  };
}
