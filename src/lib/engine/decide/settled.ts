import { type Decision, type DecisionInput, decideAction, type Phase } from '../../model/decision.js';
import type { Group } from '../../model/group.js';
import type { Intent } from '../../model/intent.js';
import { isInServiceState } from '../../model/load-balancer.js';
import type { Observation } from '../../model/observation.js';
import type { Server } from '../../model/server.js';
import { isHealthyVoter, isInService } from '../../model/servers.js';
import type { TimeoutCause } from '../../model/stop-reason.js';
import { readIntent } from '../../model/tags.js';
import { countByZone, isUnbalanced } from '../../model/zones.js';
import { restoreProtection } from '../strategy/protection.js';
import { isSuspendedByRoll, raiseDesired } from '../strategy/suspended-processes.js';
import { buildTimeout, buildWait, decideStop, waitOrElse } from './decisions.js';
import { isInstanceGone } from './health.js';

/** How long a server must not reach the maximum lifetime of its group, milliseconds. */
const LIFETIME_LEFT_MS = {
  /** Before processes are resumed, which takes minutes, and an operator needs time to see what comes then. */
  suspended: 3_600_000,
  /** Meanwhile: what was found to be long enough stays so. */
  resumed: 60_000,
};

/**
 * Waits until Auto Scaling has had nothing to change in the group for as many observations as a gate needs. A server
 * that is marked unhealthy, and that Consul and the load balancers find healthy, is marked healthy, once: marks outlive
 * the suspension, and Auto Scaling replaces all marked servers at once. What does not settle ends the roll, with the
 * processes still suspended. A group that acts on its own is watched only where this process has resumed it,
 * or has yet to restore its protection.
 */
export function awaitSettled(input: DecisionInput, phase: Phase, group: Group): Decision | undefined {
  const { observation, intent, limits, memory } = input;
  const isProtected = restoreProtection(input, phase, group) !== undefined;
  if (!isSuspendedByRoll(group, intent) && !memory.hasResumed && !isProtected) return undefined;
  if (memory.settledStreak >= limits.successThreshold) return undefined;
  const marked = listServersOf(observation, group).find(
    (server) =>
      server.markedUnhealthy && isFit(observation, server) && !memory.markedHealthy.includes(server.instanceId),
  );
  if (marked !== undefined) {
    const { instanceId } = marked;
    return decideAction(input, phase, { kind: 'set-instance-health', instanceId }, 'marked-unhealthy');
  }
  const wait = buildWait(input, phase, { kind: 'settled', group: group.name }, limits.healthTimeoutMs);
  return waitOrElse(
    input,
    wait,
    () =>
      // Scaled out and in again while its servers were protected: a group that acts on its own keeps them.
      (isSuspendedByRoll(group, intent) ? undefined : raiseDesired(input, phase, group)) ??
      decideStop('stopped', buildTimeout(wait, listUnsettled(observation, group))),
  );
}

/** True if Auto Scaling would change nothing in the groups now or soon, whatever process is active. */
export function hasSettled(observation: Observation): boolean {
  return [observation.old, observation.new].every((group) => !group || listUnsettled(observation, group).length === 0);
}

/** What Auto Scaling would act on, or may soon: it replaces, launches, terminates and moves servers by itself. */
export function listUnsettled(observation: Observation, group: Group): readonly TimeoutCause[] {
  const servers = listServersOf(observation, group);
  const launches = !group.suspendedProcesses.includes('Launch');
  const { length: instances } = servers;
  return [
    ...servers.flatMap((server) => findUnsettledServer(observation, group, server) ?? []),
    // Servers that are missing are launched as soon as the group may.
    ...(instances > group.desired || (launches && instances < group.desired)
      ? [{ kind: 'capacity-differs', instances, desired: group.desired } as const]
      : []),
    ...(rebalances(group) && !isReplacing(group, servers) && isUnbalanced(group, servers)
      ? [buildUnbalancedCause(group, servers)]
      : []),
    ...findRefresh(group, instances),
  ];
}

/** Without an answer one may wait. A group without instances has none to replace. */
function findRefresh({ name: group, refreshWaiting }: Group, instances: number): readonly TimeoutCause[] {
  if (refreshWaiting === false || instances === 0) return [];
  return [{ kind: refreshWaiting === true ? 'refresh-waiting' : 'refresh-unknown', group }];
}

/** It replaces an instance that is gone once it may, in the zone with the fewest: until then no server can be moved. */
function isReplacing({ suspendedProcesses }: Group, servers: readonly Server[]): boolean {
  return suspendedProcesses.includes('ReplaceUnhealthy') && servers.some(isInstanceGone);
}

/** An instance that is gone is for Auto Scaling to replace: it is waited for once that may. */
function findUnsettledServer(observation: Observation, group: Group, server: Server): TimeoutCause | undefined {
  const { instanceId, lifecycle, balancers } = server;
  if (isInstanceGone(server) && group.suspendedProcesses.includes('ReplaceUnhealthy')) return undefined;
  if (lifecycle !== 'InService') return { kind: 'not-in-group-service', instanceId, lifecycle, group: group.name };
  if (isLifetimeOver(observation, group, server))
    return { kind: 'lifetime-over', instanceId, group: group.name, lifetimeMs: group.maxLifetimeMs ?? 0 };
  if (server.markedUnhealthy && replacesMarked(group)) return { kind: 'marked-unhealthy', instanceId };
  if (!isHealthyVoter(observation, server)) return { kind: 'no-healthy-voter', instanceId };
  if (isInService(server)) return undefined;
  const outside = Object.keys(balancers).filter((name) => !isInServiceState(balancers[name] ?? 'absent'));
  return { kind: 'out-of-service', balancers: outside };
}

/** Auto Scaling would replace it soon, unless it is protected, as it will be after the roll. */
function isLifetimeOver({ atMs }: Observation, group: Group, server: Server): boolean {
  const { maxLifetimeMs, suspendedProcesses } = group;
  const leftMs = LIFETIME_LEFT_MS[suspendedProcesses.includes('ReplaceUnhealthy') ? 'suspended' : 'resumed'];
  if (maxLifetimeMs === undefined || atMs - server.launchedAtMs < maxLifetimeMs - leftMs) return false;
  const protection = readIntent(group)?.original.protection;
  if (protection === undefined) return !server.protectedFromScaleIn;
  return protection.newServers === protection.exceptions.includes(server.instanceId);
}

function isFit(observation: Observation, server: Server): boolean {
  return server.lifecycle === 'InService' && isHealthyVoter(observation, server) && isInService(server);
}

/** Whether ReplaceUnhealthy is active, or will be once the roll is over: otherwise nothing acts on a mark. */
function replacesMarked(group: Group): boolean {
  return !readIntent(group)?.original.suspended.includes('ReplaceUnhealthy');
}

/** Servers that stay marked unhealthy after the roll, because their group has replaced none since before it. */
export function listIdleMarks({ servers }: Observation, { original }: Intent): readonly string[] {
  if (!original.suspended.includes('ReplaceUnhealthy')) return [];
  return servers.filter(({ markedUnhealthy }) => markedUnhealthy).map(({ instanceId }) => instanceId);
}

/** Whether AZRebalance is active, or will be once the roll is over. */
export function rebalances(group: Group): boolean {
  return !readIntent(group)?.original.suspended.includes('AZRebalance');
}

export function buildUnbalancedCause({ zones }: Group, servers: readonly Server[]): TimeoutCause {
  return {
    kind: 'zones-unbalanced',
    zones: [...countByZone(zones, servers)].map(([zone, count]) => `${zone} ${count}`),
  };
}

/** In place both sides are views of one group. */
function listServersOf(observation: Observation, { name }: Group): readonly Server[] {
  return observation.servers.filter(({ side }) => observation[side]?.name === name);
}
