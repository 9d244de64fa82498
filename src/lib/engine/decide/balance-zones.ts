import { type Decision, type DecisionInput, decideAction, type Phase } from '../../model/decision.js';
import type { Group } from '../../model/group.js';
import type { Server, Side } from '../../model/server.js';
import { listActiveServers } from '../../model/servers.js';
import { countByZone, isUnbalanced } from '../../model/zones.js';
import { changeProcesses, findMissingSuspensions, isSuspendedByRoll } from '../strategy/suspended-processes.js';
import { decideStop } from './decisions.js';
import { removeServerSafely, sortForDrain } from './drain.js';
import { isReady } from './gates.js';
import {
  awaitTerminated,
  findAgentsStillUp,
  finishLeave,
  hasLostInstance,
  removeGoneInstance,
  removeServer,
} from './leave.js';
import { awaitReadyOrStop, awaitService, registerServers } from './scale-out.js';
import { rebalances } from './settled.js';
import { removeSurplus } from './surplus.js';

/**
 * Moves one server of the last group of a roll to the zone with the fewest, as AZRebalance would, but by leaving:
 * Auto Scaling puts one server more where the fewest are, and one of the fullest zone leaves. Tried once: it fails where
 * that zone has no room. Undefined if there is none to move.
 */
export function balanceZones(input: DecisionInput, phase: Phase, side: Side, group: Group): Decision | undefined {
  const { observation, intent, memory } = input;
  if (!isSuspendedByRoll(group, intent)) return undefined;
  const size = intent.original.desired;
  const servers = listActiveServers(observation, side);
  const hasMore = servers.length > size || group.desired > size;
  const mustMove =
    rebalances(group) && isUnbalanced(group, servers) && !memory.movedServer && !servers.some(hasLostInstance);
  const underWay =
    finishLeave(input, phase, side) ?? (hasMore ? removeLeftServer(input, phase, side, servers) : undefined);
  if (underWay !== undefined || !(hasMore || mustMove)) return underWay ?? awaitTerminated(input, phase, side);
  return (
    (hasMore ? undefined : launchOneMore(input, phase, group, size + 1)) ??
    awaitMovedServer(input, phase, side, size + 1) ??
    suspendAgain(input, phase, group) ??
    removeFromFullestZone(input, phase, side, servers)
  );
}

/** A server that this process asked to leave, or another one: the youngest may still have to join. */
function removeLeftServer(input: DecisionInput, phase: Phase, side: Side, servers: readonly Server[]) {
  const gone = removeGoneInstance(input, phase, side);
  if (gone !== undefined) return gone;
  const left = findAgentsStillUp(input, side).find(
    (server) => input.memory.leaveRequests[server.instanceId] !== undefined || server !== servers.at(-1),
  );
  return left && removeServer(input, phase, left);
}

function launchOneMore(input: DecisionInput, phase: Phase, group: Group, to: number): Decision {
  const { name, suspendedProcesses, maxSize } = group;
  const launch = suspendedProcesses.filter((process) => process === 'Launch');
  return (
    changeProcesses(input, phase, 'suspend-processes', group, findMissingSuspensions(group, true), 'balanced-zones') ??
    changeProcesses(input, phase, 'resume-processes', group, launch, 'balanced-zones') ??
    (maxSize < to
      ? decideAction(input, phase, { kind: 'set-max-size', group: name, to }, 'balanced-zones')
      : decideAction(input, phase, { kind: 'scale-out', group: name, to }, 'balanced-zones'))
  );
}

function awaitMovedServer(input: DecisionInput, phase: Phase, side: Side, expected: number): Decision | undefined {
  const servers = listActiveServers(input.observation, side);
  const instanceIds = servers.filter((server) => !isReady(input, server)).map((server) => server.instanceId);
  if (instanceIds.length > 0 || servers.length < expected) {
    const decision = awaitReadyOrStop(input, phase, side, instanceIds, expected);
    // Of another process, or launched by hand: without it, this process may try.
    if (decision.kind !== 'stop' || input.memory.movedServer) return decision;
    return removeSurplus(input, phase, side, expected - 1, 0) ?? decision;
  }
  // Of the others one may be draining already.
  const youngest = servers.slice(-1);
  const absent = youngest.filter(({ balancers }) => Object.values(balancers).includes('absent'));
  if (absent.length > 0) return registerServers(input, phase, absent);
  return awaitService(input, phase, youngest, (reason) => decideStop('stopped', reason));
}

/** Some processes may be active again: others have scaled a group whose roll was almost over. */
function suspendAgain(input: DecisionInput, phase: Phase, group: Group): Decision | undefined {
  return changeProcesses(
    input,
    phase,
    'suspend-processes',
    group,
    findMissingSuspensions(group, false),
    'balanced-zones',
  );
}

/** Of the fullest zone, where that has one that neither leads nor is the youngest, for which it makes room. */
function removeFromFullestZone(input: DecisionInput, phase: Phase, side: Side, servers: readonly Server[]) {
  const counts = countByZone([], servers);
  const fullest = Math.max(...counts.values());
  const others = sortForDrain(input, side).filter(
    (server) => server.peer?.leader !== true && server !== servers.at(-1),
  );
  const departing = others.find(({ zone }) => counts.get(zone) === fullest) ?? others[0];
  return departing && removeServerSafely(input, departing, phase);
}
