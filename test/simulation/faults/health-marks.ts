import type { Oracle } from '../oracle.js';

/**
 * Marks servers of the cluster as unhealthy, the youngest first. False unless every group has its replacing suspended:
 * before and after that Auto Scaling replaces a marked server by itself, whatever the roll does.
 */
export function markUnhealthy(oracle: Oracle, servers: number): boolean {
  const groups = [...new Set([oracle.group('old'), oracle.group('new')])].filter((group) => group !== undefined);
  const isFrozen = groups.every(({ suspended }) => suspended.has('HealthCheck') && suspended.has('ReplaceUnhealthy'));
  if (!oracle.isRolling || !isFrozen) return false;
  const members = groups.flatMap((group) => [...group.members.values()]);
  const marked = members.filter(({ lifecycle }) => lifecycle === 'InService').slice(-servers);
  for (const member of marked) {
    member.health = 'Unhealthy';
    member.healthIssue = 'an ELB system health check failure.';
  }
  return marked.length > 0;
}
