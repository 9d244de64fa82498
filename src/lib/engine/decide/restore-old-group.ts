import { type Decision, type DecisionInput, decideAction } from '../../model/decision.js';
import { type Group, isHeldByRoll } from '../../model/group.js';
import { buildSentinel } from '../../model/intent.js';
import { isInServiceState } from '../../model/load-balancer.js';
import type { Server } from '../../model/server.js';
import {
  computeGroupSize,
  countLaunchable,
  findLeader,
  hasSentinel,
  isLaunchedInRoll,
  isOnStandby,
  listActiveServers,
  listRaftMembers,
} from '../../model/servers.js';
import { isRecorded } from '../../model/tags.js';
import { countUnjoined } from '../checks/boot-script.js';
import { changeProcesses, findMissingSuspensions } from '../strategy/suspended-processes.js';
import { awaitSentinel, buildTimeout, buildWait, decideStop, waitOrElse } from './decisions.js';
import { isReady } from './gates.js';
import { findAgentsStillUp, removeGoneInstance, removeServer } from './leave.js';
import { awaitReadyOrStop, registerServers, stopIfAbandoned } from './scale-out.js';

/**
 * A rollback after old servers have left: the old group gets its original number of servers, each through every gate
 * and into the load balancers, before the first new server leaves. Undefined when the old side is complete, or replaces
 * servers by itself.
 */
export function restoreOldGroup(input: DecisionInput): Decision | undefined {
  const { observation, intent } = input;
  const { old } = observation;
  if (!isRecorded(old) || !isHeldByRoll(old)) return undefined;
  const voters = listRaftMembers(observation, 'old').filter(({ peer }) => peer?.voter);
  if (voters.filter(isSettledInBalancers).length >= intent.original.desired) return undefined;
  // With one server more it moves a server to another zone.
  if (listActiveServers(observation, 'old').length > intent.original.desired) return undefined;
  return (
    writeSentinelBeforeLeave(input) ??
    removeLeftServers(input, old) ??
    awaitNoStandby(input, old) ??
    launchOldServers(input, old) ??
    awaitOldServers(input) ??
    registerOldServers(input)
  );
}

/**
 * Before a server leaves: a roll that is rolled back early has no sentinel yet. A new server that leads without it may
 * lead a cluster of its own.
 */
export function writeSentinelBeforeLeave(input: DecisionInput): Decision | undefined {
  const { observation, intent } = input;
  if (hasSentinel(observation, intent)) return undefined;
  if (findLeader(observation)?.side === 'new') return awaitSentinel(input, 'stopped');
  const write = { kind: 'write-sentinel', value: buildSentinel(intent) } as const;
  return decideAction(input, 'rollback', write, 'replication-gate');
}

/**
 * Terminates old servers that have left Raft: those this process asked to leave, those another process must have asked,
 * because they are older than the roll, and those whose instance is gone. Newer servers have not joined yet.
 */
function removeLeftServers(input: DecisionInput, old: Group): Decision | undefined {
  const { observation, memory } = input;
  const gone = findAgentsStillUp(input, 'old').find(
    (server) => memory.leaveRequests[server.instanceId] !== undefined || !isLaunchedInRoll(observation, server),
  );
  const cleared =
    gone === undefined ? removeGoneInstance(input, 'rollback', 'old') : removeServer(input, 'rollback', gone);
  if (cleared === undefined || old.minSize === 0) return cleared;
  return decideAction(input, 'rollback', { kind: 'set-min-size', group: old.name }, 'scale-in-needs-min-size');
}

/**
 * How many servers the old group may have now: as on the way forward, at most the surge of them, and never as many as the
 * cluster has, are launched and do not vote yet, or are not in service in their group. More could bootstrap a cluster of
 * their own with a constant `bootstrap_expect`, which is allowed if it is larger than that. Nor more than the quorum could
 * lose.
 */
function countAllowedServers({ observation, intent }: DecisionInput, old: Group): number {
  const present = listActiveServers(observation, 'old');
  const unjoined = present.filter(({ peer, lifecycle }) => peer?.voter !== true || lifecycle !== 'InService').length;
  const launching = Math.max(0, old.desired - present.length);
  const room = Math.min(countUnjoined(intent) - unjoined - launching, countLaunchable(observation, 'old'));
  return Math.min(intent.original.desired, old.desired + Math.max(0, room));
}

/**
 * Auto Scaling does not count a server on standby, and it votes: no size of the group is right until an operator ends
 * the standby.
 */
function awaitNoStandby(input: DecisionInput, old: Group): Decision | undefined {
  const onStandby = listOnStandby(input, old);
  if (onStandby.length === 0) return undefined;
  const instanceIds = onStandby.map(({ instanceId }) => instanceId);
  const wait = buildWait(input, 'rollback', { kind: 'in-service', instanceIds }, input.limits.healthTimeoutMs);
  const causes = onStandby.map(({ instanceId, lifecycle }) => {
    return { kind: 'not-in-group-service', instanceId, lifecycle, group: old.name } as const;
  });
  return waitOrElse(input, wait, () => decideStop('stopped', buildTimeout(wait, causes)));
}

/** In place both sides are views of one group. */
export function listOnStandby({ observation }: Pick<DecisionInput, 'observation'>, { name }: Group): readonly Server[] {
  return observation.servers.filter((server) => observation[server.side]?.name === name && isOnStandby(server));
}

/** The group launches servers again. Each is registered with the load balancers after its gates. */
function launchOldServers(input: DecisionInput, old: Group): Decision | undefined {
  const { observation } = input;
  const allowed = countAllowedServers(input, old);
  const wantsAll = old.desired >= allowed;
  const hasAll = listActiveServers(observation, 'old').length >= allowed;
  if (wantsAll && (hasAll || !old.suspendedProcesses.includes('Launch'))) return undefined;
  const abandoned = stopIfAbandoned(input, 'rollback', 'old');
  if (abandoned !== undefined) return abandoned;
  // A server of them that must end at once, because it bootstraps a cluster of its own, is not refused then.
  if (old.minSize > 0)
    return decideAction(input, 'rollback', { kind: 'set-min-size', group: old.name }, 'scale-in-needs-min-size');
  const missing = findMissingSuspensions(old, true);
  const launch = old.suspendedProcesses.filter((process) => process === 'Launch');
  const changed =
    changeProcesses(input, 'rollback', 'suspend-processes', old, missing, 'before-relaunch') ??
    changeProcesses(input, 'rollback', 'resume-processes', old, launch, 'old-servers-left');
  if (changed !== undefined) return changed;
  const to = computeGroupSize(observation, 'old', allowed);
  if (old.maxSize < to) {
    return decideAction(input, 'rollback', { kind: 'set-max-size', group: old.name, to }, 'room-for-old-servers');
  }
  return decideAction(input, 'rollback', { kind: 'scale-out', group: old.name, to }, 'old-servers-left');
}

function awaitOldServers(input: DecisionInput): Decision | undefined {
  const expected = input.intent.original.desired;
  const standing = listActiveServers(input.observation, 'old');
  const unready = standing.filter((server) => !isReady(input, server));
  if (standing.length - unready.length >= expected) return undefined;
  const instanceIds = unready.map((server) => server.instanceId);
  return awaitReadyOrStop(input, 'rollback', 'old', instanceIds, expected);
}

function registerOldServers(input: DecisionInput): Decision {
  const { observation, limits } = input;
  const ready = listActiveServers(observation, 'old').filter((server) => isReady(input, server));
  const outside = ready.filter((server) => !isSettledInBalancers(server));
  const absent = outside.filter((server) => Object.values(server.balancers).some(isLeavingBalancer));
  if (absent.length > 0) return registerServers(input, 'rollback', absent);
  const instanceIds = outside.map((server) => server.instanceId);
  return waitOrElse(input, buildWait(input, 'rollback', { kind: 'in-service', instanceIds }, limits.healthTimeoutMs));
}

/** Registered, and checked by every load balancer; or put on standby, out of them, by an operator, who has to end that. */
function isSettledInBalancers(server: Server): boolean {
  if (server.lifecycle === 'Standby') return true;
  return Object.values(server.balancers).every((state) => isInServiceState(state) || state === 'out-of-service');
}

function isLeavingBalancer(state: string): boolean {
  return state === 'absent' || state === 'draining';
}
