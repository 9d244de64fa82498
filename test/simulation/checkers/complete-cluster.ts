import type { Oracle } from '../oracle.js';
import type { SimulationEnd } from '../simulation-end.js';
import type { Checker } from './checker.js';

/** everything-restored: a roll that says it is over leaves as many healthy voters, in service, as there were before. */
export function createCompleteClusterChecker(): Checker {
  return { invariant: 'everything-restored', atEnd: findMissingVoters };
}

/**
 * everything-restored: a roll that is resumed, or rolled back where its message says so, ends once nothing goes wrong any
 * more. It cannot where neither image gives a server: the old one is gone, and the new one does not work,
 * or weakens the cluster.
 */
export function createDeadEndChecker(): Checker {
  return {
    invariant: 'everything-restored',
    atEnd: (oracle, { outcome, why, imageId: onto }) => {
      const { state, images, weakens } = oracle;
      const works = [...images].some(
        (imageId) => state.images.get(imageId)?.behaviour === 'good' && !(weakens && imageId === onto),
      );
      const isStuck = outcome === 'stopped' || (outcome === 'quorum-at-risk' && isWell(oracle));
      return isStuck && works ? `every run stops: ${why}` : undefined;
    },
  };
}

/** It has a leader, which all voters follow, and its keys. */
function isWell(oracle: Oracle): boolean {
  return oracle.leader !== undefined && !oracle.hasLostKeys && oracle.voters.every((peer) => oracle.isHealthy(peer));
}

/**
 * everything-restored: where nothing goes wrong, a roll onto a good image is neither refused nor rolled back, whatever the
 * cluster and the clocks are like.
 */
export function createFeasibleRollChecker(): Checker {
  return {
    invariant: 'everything-restored',
    atEnd: ({ state, weakens }, { outcome, why, imageId, undisturbed, isFeasible }) => {
      const isGood = state.images.get(imageId)?.behaviour === 'good' && !weakens;
      const mustRoll = undisturbed && isFeasible && isGood;
      return mustRoll && outcome !== 'rolled' ? `nothing goes wrong, and the roll ends ${outcome}: ${why}` : undefined;
    },
  };
}

function findMissingVoters(oracle: Oracle, { outcome }: SimulationEnd): string | undefined {
  if (outcome !== 'rolled' && outcome !== 'rolled-back') return undefined;
  const serving = oracle.voters.filter((peer) => {
    const instanceId = oracle.serverOf(peer)?.nodeName ?? '';
    return oracle.isHealthy(peer) && oracle.isInService(instanceId) && oracle.groupOf(instanceId) !== undefined;
  }).length;
  return serving >= oracle.size ? undefined : `${serving} of ${oracle.size} voters are healthy and in service`;
}
