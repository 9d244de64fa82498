import type { Effect } from '../effect.js';
import type { Oracle } from '../oracle.js';
import { type Checker, OVER } from './checker.js';

const SENTINEL_KEY = 'consul-roll/consul/sentinel';

/**
 * no-acknowledged-write-lost: a run that has seen the sentinel key of its roll does not say that the roll is over where the
 * key was deleted since by others, as by a snapshot that is restored: the cluster may have lost all other keys too.
 */
export function createLostStateChecker(): Checker {
  let isSeen = false;
  let isLost = false;
  return {
    invariant: 'no-acknowledged-write-lost',
    // The run has observed the cluster before each effect.
    before: (effect, oracle) => {
      isSeen = !isOwnDelete(effect) && hasSentinel(oracle);
      return undefined;
    },
    after: (oracle) => {
      isLost ||= isSeen && !hasSentinel(oracle);
      return undefined;
    },
    ended: (end) => {
      const what = isLost && OVER.includes(end) ? `the run ends ${end} after the cluster has lost its keys` : undefined;
      isSeen = false;
      isLost = false;
      return what;
    },
  };
}

function isOwnDelete(effect: Effect): boolean {
  return effect.kind === 'other' && effect.what.startsWith(`delete ${SENTINEL_KEY}`);
}

function hasSentinel({ raft }: Oracle): boolean {
  return raft.store.keys.get(SENTINEL_KEY) !== undefined;
}
