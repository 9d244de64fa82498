import type { Effect } from '../effect.js';
import type { Oracle } from '../oracle.js';
import type { Checker } from './checker.js';

/** leader-last: the leader leaves as the last server of its group, unless it bootstrapped a cluster of its own. */
export function createLeaderLastChecker(): Checker {
  return { invariant: 'leader-last', before: findEarlyLeaderLeave };
}

function findEarlyLeaderLeave(effect: Effect, oracle: Oracle): string | undefined {
  const { leader } = oracle;
  if (effect.kind !== 'leave' || leader?.address !== effect.address) return undefined;
  const peer = oracle.peerAt(leader.address);
  if (peer !== undefined && oracle.isFounder(peer)) return undefined;
  const side = oracle.sideOf(leader.nodeName);
  if (side === undefined) return undefined;
  const others = oracle
    .listActiveMembers(side)
    .filter(({ instance: { instanceId } }) => instanceId !== leader.nodeName)
    .filter(({ instance: { instanceId } }) => oracle.peerOf(instanceId) !== undefined);
  return others.length === 0
    ? undefined
    : `the leader ${leader.nodeName} is asked to leave before ${others.length} others of its side`;
}
