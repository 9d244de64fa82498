import type { Effect } from '../effect.js';
import type { Oracle } from '../oracle.js';
import type { Checker } from './checker.js';

/** leader-last: the leader leaves only as the last of its side. */
export function createLeaderLastChecker(): Checker {
  return { invariant: 'leader-last', before: findEarlyLeaderLeave };
}

function findEarlyLeaderLeave(effect: Effect, truth: Oracle): string | undefined {
  const { leader } = truth;
  if (effect.kind !== 'leave' || leader?.address !== effect.address) return undefined;
  const side = truth.sideOf(leader.nodeName);
  if (side === undefined) return undefined;
  const others = truth
    .standing(side)
    .filter(({ instance: { instanceId } }) => instanceId !== leader.nodeName)
    .filter(({ instance: { instanceId } }) => truth.peerOf(instanceId) !== undefined);
  return others.length === 0
    ? undefined
    : `the leader ${leader.nodeName} is asked to leave before ${others.length} others of its side`;
}
