import { type Decision, type DecisionInput, decideAction, type Phase } from '../../model/decision.js';
import type { Group } from '../../model/group.js';
import type { Server, Side } from '../../model/server.js';
import { listActiveServers } from '../../model/servers.js';
import type { StopReason } from '../../model/stop-reason.js';
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
import { buildUnbalancedCause, rebalances } from './settled.js';
import { removeSurplus } from './surplus.js';

/**
 * Moves one server of the last group of a roll to the zone with the fewest, as AZRebalance would. Auto Scaling launches one
 * more in that zone, and then a server of the fullest zone is asked to leave, not only terminated. Tried once, because the
 * launch fails where that zone has no room. Undefined if no server has to move.
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
    awaitMovedServer(input, phase, side, group, size + 1) ??
    suspendAgain(input, phase, group) ??
    removeFromFullestZone(input, phase, side, servers)
  );
}

/**
 * Terminates a server that has left Raft: this process asked it to leave, or an earlier process did. The youngest may not
 * have joined yet.
 */
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

function awaitMovedServer(
  input: DecisionInput,
  phase: Phase,
  side: Side,
  group: Group,
  expected: number,
): Decision | undefined {
  const servers = listActiveServers(input.observation, side);
  const instanceIds = servers.filter((server) => !isReady(input, server)).map((server) => server.instanceId);
  if (instanceIds.length > 0 || servers.length < expected) {
    const decision = awaitReadyOrStop(input, phase, side, instanceIds, expected);
    if (decision.kind !== 'stop') return decision;
    const stop = { ...decision, reason: addWhy(decision.reason, group, servers) };
    // An earlier process, or an operator, launched it. It is removed, so that this process may launch one.
    return input.memory.movedServer ? stop : (removeSurplus(input, phase, side, expected - 1, 0) ?? stop);
  }
  // Of the others one may be draining already.
  const youngest = servers.slice(-1);
  const absent = youngest.filter(({ balancers }) => Object.values(balancers).includes('absent'));
  if (absent.length > 0) return registerServers(input, phase, absent);
  return awaitService(input, phase, youngest, (reason) => decideStop('stopped', reason));
}

/** Why a server more is launched: without it an operator would look for one in vain that the cluster does not need. */
function addWhy(reason: StopReason, group: Group, servers: readonly Server[]): StopReason {
  if (reason.kind !== 'timed-out' || !isUnbalanced(group, servers)) return reason;
  return { ...reason, causes: [...reason.causes, buildUnbalancedCause(group, servers)] };
}

/** Processes are active again if the group was scaled from outside after the roll had resumed some of them. */
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

/**
 * Removes one server, of the fullest zone if possible. The leader stays, and so does the youngest server, which was launched
 * into the zone with the fewest.
 */
function removeFromFullestZone(input: DecisionInput, phase: Phase, side: Side, servers: readonly Server[]) {
  const counts = countByZone([], servers);
  const fullest = Math.max(...counts.values());
  const others = sortForDrain(input, side).filter(
    (server) => server.peer?.leader !== true && server !== servers.at(-1),
  );
  const departing = others.find(({ zone }) => counts.get(zone) === fullest) ?? others[0];
  return departing && removeServerSafely(input, departing, phase);
}
