import type { Loss } from '../others.js';
import type { Checker } from './checker.js';

/** A comparison is at most this old when a roll ends, with some reads that fail. */
const OLD_MS = 60_000;

/**
 * everything-restored: what others had when the roll began, and have lost for a while when it ends, is named in its
 * warnings.
 */
export function createOthersNamedChecker(): Checker {
  /** What was missing already before the roll looked. */
  let before: readonly Loss[] | undefined;
  return {
    invariant: 'everything-restored',
    before: (effect, oracle) => {
      if (effect.kind === 'other' && /^put \S+\/before through /.test(effect.what)) before = oracle.others.losses;
      return undefined;
    },
    ended: (end, { others, nowMs }) => {
      if (before === undefined || (end !== 'rolled' && end !== 'rolled-back')) return undefined;
      const silent = others.losses.find(
        (loss) => !before?.includes(loss) && nowMs - loss.sinceMs > OLD_MS && !others.isNamed(loss),
      );
      return silent && `${silent.kind} ${silent.name} is lost, and the roll did not say so`;
    },
  };
}
