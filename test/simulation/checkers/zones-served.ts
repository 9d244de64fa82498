import type { Member } from '../../../src/sandbox/aws/records.js';
import type { Effect } from '../effect.js';
import type { Oracle } from '../oracle.js';
import type { Checker } from './checker.js';

/**
 * replacements-first: beside a new group, no zone loses its last server in service while an old follower could leave
 * whose zone keeps one.
 */
export function createZonesServedChecker(): Checker {
  return { invariant: 'replacements-first', before: findEmptiedZone };
}

function findEmptiedZone(effect: Effect, oracle: Oracle): string | undefined {
  if (effect.kind !== 'deregister' || oracle.inPlaceOnto !== undefined || oracle.isRollingBack) return undefined;
  const old = oracle.listActiveMembers('old');
  const isOrdinary = (member: Member): boolean => isHealthyFollower(oracle, member);
  const leaving = old.find(({ instance }) => effect.instanceIds.includes(instance.instanceId));
  if (leaving === undefined || !isOrdinary(leaving) || keepsOne(oracle, leaving)) return undefined;
  const better = old.find((member) => member !== leaving && isOrdinary(member) && keepsOne(oracle, member));
  return (
    better &&
    `${leaving.instance.instanceId} is deregistered, the last in ${leaving.instance.subnet.zone}, before ${better.instance.instanceId}`
  );
}

function isHealthyFollower(oracle: Oracle, { instance: { instanceId, address } }: Member): boolean {
  const peer = oracle.peerOf(instanceId);
  if (peer === undefined || oracle.leader?.address === address || oracle.disturbed.has(address)) return false;
  return peer.voter && oracle.isHealthy(peer) && oracle.isReportedHealthy(peer) && oracle.isInService(instanceId);
}

/** Another server is in service in its zone. */
function keepsOne(oracle: Oracle, { instance }: Member): boolean {
  const all = [...oracle.listActiveMembers('old'), ...oracle.listActiveMembers('new')];
  return all.some(
    ({ instance: other }) =>
      other.subnet.zone === instance.subnet.zone &&
      other.instanceId !== instance.instanceId &&
      oracle.isInService(other.instanceId),
  );
}
