import type { Decision, Phase } from '../../model/decision.js';
import type { Limits } from '../../model/intent.js';
import type { Observation } from '../../model/observation.js';
import type { Server, Side } from '../../model/server.js';
import { buildWait, decideAction, decideStop, waitOrElse } from './decisions.js';
import { isTerminating, listActiveServers, listServers } from './servers.js';

/** How often a server is asked to leave before a person is: one that keeps coming back is restarted by something. */
export const MAX_LEAVE_REQUESTS = 3;

/** A leave that was asked for and that Raft has not finished: everything else waits for it (invariant 3). */
export function awaitLeave(
  observation: Observation,
  phase: Phase,
  side: Side,
  limits: Limits,
): Decision | undefined {
  return awaitLeaveInFlight(
    observation,
    phase,
    side,
    limits,
    (server) =>
      stopIfRejoined(observation, server) ??
      askToLeave(observation, phase, server, 'it was asked before and is still in Raft'),
  );
}

/** One leaves at a time, so where two old servers that were asked are in Raft, something starts them again. */
function stopIfRejoined(observation: Observation, server: Server): Decision | undefined {
  const asked = listActiveServers(observation, server.side).filter((one) => isLeaving(observation, one));
  if (server.side === 'new' || asked.length < 2) return undefined;
  const { instanceId } = server;
  const leaves = observation.memory.leaveRequests[instanceId]?.count ?? 0;
  return decideStop('stopped', { kind: 'rejoined', instanceId, leaves });
}

/** The same on the side that is to stay: waited for, and not asked again. */
export function awaitLastLeave(
  observation: Observation,
  phase: Phase,
  side: Side,
  limits: Limits,
): Decision | undefined {
  return awaitLeaveInFlight(observation, phase, side, limits, () => undefined);
}

function awaitLeaveInFlight(
  observation: Observation,
  phase: Phase,
  side: Side,
  limits: Limits,
  otherwise: (server: Server) => Decision | undefined,
): Decision | undefined {
  const leaving = listActiveServers(observation, side).find((server) => isLeaving(observation, server));
  if (leaving === undefined) return undefined;
  const { instanceId } = leaving;
  const asked = observation.memory.leaveRequests[instanceId];
  // Started again, it knows nothing of leaving: there is nothing to wait for.
  const forgotten = asked?.crashedMeanwhile === true && leaving.agent.kind === 'up';
  if (forgotten) return otherwise(leaving);
  const outOfRaft = { kind: 'out-of-raft', instanceId } as const;
  const wait = buildWait(observation, phase, outOfRaft, limits.leaveTimeoutMs, asked?.lastRequestedAtMs);
  return waitOrElse(observation, wait, () => otherwise(leaving));
}

/** True while a server that was asked to leave is still counted by Raft. */
export function hasLeaveInFlight(observation: Observation): boolean {
  return observation.servers.some((server) => isLeaving(observation, server));
}

/** Asks a server to leave, unless it has been asked too often. */
export function askToLeave(observation: Observation, phase: Phase, server: Server, why: string): Decision {
  const { instanceId, address } = server;
  const leaves = observation.memory.leaveRequests[instanceId]?.count ?? 0;
  if (keepsRejoining(observation, server)) {
    return decideAction(
      observation,
      phase,
      { kind: 'terminate', instanceId },
      'it comes back however often it is asked',
    );
  }
  if (leaves >= MAX_LEAVE_REQUESTS || address === undefined)
    return decideStop('stopped', { kind: 'rejoined', instanceId, leaves });
  return decideAction(observation, phase, { kind: 'leave', instanceId, address }, why);
}

/**
 * A new server that was asked to leave as often as it makes sense, and is still there: its agent crashes before it has
 * left, or something starts it again. It is one machine that the roll made itself, so that goes in its stead.
 */
export function keepsRejoining(observation: Observation, server: Server): boolean {
  return (
    server.side === 'new' &&
    (observation.memory.leaveRequests[server.instanceId]?.count ?? 0) >= MAX_LEAVE_REQUESTS
  );
}

/** Servers that are out of Raft and still stand, in the order they were asked to leave. */
export function findAgentsStillUp(observation: Observation, side: Side): readonly Server[] {
  const askedMs = (server: Server) =>
    observation.memory.leaveRequests[server.instanceId]?.lastRequestedAtMs ?? 0;
  return listActiveServers(observation, side)
    .filter((server) => server.peer === undefined)
    .sort((a, b) => askedMs(a) - askedMs(b));
}

/** Terminates a server that is out of Raft, once its agent is down and stays down. */
export function removeServer(
  observation: Observation,
  phase: Phase,
  server: Server,
  limits: Limits,
): Decision {
  const { instanceId } = server;
  const terminate = { kind: 'terminate', instanceId } as const;
  const asked = observation.memory.leaveRequests[instanceId];
  if (server.side === 'new' && asked === undefined) {
    // It may still join while it is shut down, so no other goes meanwhile.
    const before = awaitTerminated(observation, phase, server.side, limits);
    return before ?? decideAction(observation, phase, terminate, 'it never joined the cluster');
  }
  if (hasLostInstance(server)) return decideAction(observation, phase, terminate, 'its machine is gone');
  if ((observation.memory.downStreaks[instanceId] ?? 0) >= limits.successThreshold) {
    return decideAction(observation, phase, terminate, 'out of Raft, and its agent is down and stays down');
  }
  const wait = buildWait(
    observation,
    phase,
    { kind: 'agent-down', instanceId },
    limits.leaveTimeoutMs,
    asked?.lastRequestedAtMs,
  );
  return waitOrElse(observation, wait, () => handleAgentStillUp(observation, phase, server));
}

/** Out of Raft but its agent would not go: asked again if it answers, terminated if it hangs. */
function handleAgentStillUp(observation: Observation, phase: Phase, server: Server): Decision {
  if (server.agent.kind === 'up')
    return askToLeave(observation, phase, server, 'out of Raft, but its agent runs on');
  const terminate = { kind: 'terminate', instanceId: server.instanceId } as const;
  return decideAction(observation, phase, terminate, 'out of Raft, and its agent hangs');
}

/** Waits until AWS has finished every termination of a side. */
export function awaitTerminated(
  observation: Observation,
  phase: Phase,
  side: Side,
  limits: Limits,
): Decision | undefined {
  const [first] = listServers(observation, side).filter(isTerminating);
  if (first === undefined) return undefined;
  const { instanceId } = first;
  return waitOrElse(
    observation,
    buildWait(observation, phase, { kind: 'terminated', instanceId }, limits.awsTimeoutMs),
  );
}

function isLeaving(observation: Observation, server: Server): boolean {
  return server.peer !== undefined && observation.memory.leaveRequests[server.instanceId] !== undefined;
}

/**
 * Somebody terminated the machine past its group, which is frozen and does not look: it still counts there, and no
 * other is launched for it. Taking it out of the group makes room for another.
 */
export function removeGoneInstance(observation: Observation, phase: Phase, side: Side): Decision | undefined {
  const gone = listActiveServers(observation, side).find(hasLostInstance);
  if (gone === undefined) return undefined;
  const terminate = { kind: 'terminate', instanceId: gone.instanceId } as const;
  return decideAction(observation, phase, terminate, 'its machine is gone, and another is to take its place');
}

/** In service for its group, but EC2 has taken its address away; and Raft has let it go. */
export function hasLostInstance(server: Server): boolean {
  return server.lifecycle === 'InService' && server.address === undefined && server.peer === undefined;
}
