import type { Effect } from '../effect.js';
import type { Oracle } from '../oracle.js';
import type { Checker } from './checker.js';

/**
 * replacements-first: no old server leaves for new ones that lack a protection which it has, or whose image keeps them
 * from leaving.
 */
export function createWeakerImageChecker(): Checker {
  return {
    invariant: 'replacements-first',
    before: (effect, oracle) => {
      return replacesOldServer(effect, oracle) ? (findWeakServer(oracle) ?? findStuckServer(oracle)) : undefined;
    },
  };
}

function replacesOldServer(effect: Effect, oracle: Oracle): boolean {
  return effect.kind === 'leave' && !oracle.isRollingBack && oracle.sideAt(effect.address) === 'old';
}

function findWeakServer(oracle: Oracle): string | undefined {
  const weak = oracle.peers.find(({ host }) => !oracle.hasAcls(host));
  return weak && `an old server leaves, and ${weak.host} has its ACLs off`;
}

function findStuckServer(oracle: Oracle): string | undefined {
  const stuck = oracle.peers.find((peer) => oracle.serverOf(peer)?.leaveBlocked);
  return stuck && `an old server leaves, and ${stuck.host} could not`;
}
