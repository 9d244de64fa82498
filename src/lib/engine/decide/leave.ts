import type { Decision, DecisionInput, Phase, StepReason } from '../../model/decision.js';
import type { Knowledge } from '../../model/memory.js';
import type { Server, Side } from '../../model/server.js';
import { buildWait, decideAction, decideStop, waitOrElse } from './decisions.js';
import { isTerminating, listActiveServers, listServers } from './servers.js';

/** How often a server is asked to leave before a person is: one that keeps coming back is restarted by something. */
export const MAX_LEAVE_REQUESTS = 3;

/** A leave that was asked for and that Raft has not finished: everything else waits for it (invariant 3). */
export function awaitLeave(input: DecisionInput, phase: Phase, side: Side): Decision | undefined {
  return awaitLeaveInFlight(
    input,
    phase,
    side,
    (server) => stopIfRejoined(input, server) ?? askToLeave(input, phase, server, { kind: 'leave-unfinished' }),
  );
}

/** One leaves at a time, so where two old servers that were asked are in Raft, something starts them again. */
function stopIfRejoined(input: DecisionInput, server: Server): Decision | undefined {
  const { observation, memory } = input;
  const asked = listActiveServers(observation, server.side).filter((one) => isLeaving(input, one));
  if (server.side === 'new' || asked.length < 2) return undefined;
  const { instanceId } = server;
  const leaves = memory.leaveRequests[instanceId]?.count ?? 0;
  return decideStop('stopped', { kind: 'rejoined', instanceId, leaves });
}

/** The same on the side that is to stay: waited for, and not asked again. */
export function awaitLastLeave(input: DecisionInput, phase: Phase, side: Side): Decision | undefined {
  return awaitLeaveInFlight(input, phase, side, () => undefined);
}

function awaitLeaveInFlight(
  input: DecisionInput,
  phase: Phase,
  side: Side,
  otherwise: (server: Server) => Decision | undefined,
): Decision | undefined {
  const { observation, limits, memory } = input;
  const leaving = listActiveServers(observation, side).find((server) => isLeaving(input, server));
  if (leaving === undefined) return undefined;
  const { instanceId } = leaving;
  const asked = memory.leaveRequests[instanceId];
  // Started again, it knows nothing of leaving: there is nothing to wait for.
  const forgotten = asked?.crashedMeanwhile === true && leaving.agent.kind === 'up';
  if (forgotten) return otherwise(leaving);
  const outOfRaft = { kind: 'out-of-raft', instanceId } as const;
  const wait = buildWait(input, phase, outOfRaft, limits.leaveTimeoutMs, asked?.lastRequestedAtMs);
  return waitOrElse(input, wait, () => otherwise(leaving));
}

/** True while a server that was asked to leave is still counted by Raft. */
export function hasLeaveInFlight(input: Knowledge): boolean {
  const { observation } = input;
  return observation.servers.some((server) => isLeaving(input, server));
}

/** Asks a server to leave, unless it has been asked too often. */
export function askToLeave(input: DecisionInput, phase: Phase, server: Server, reason: StepReason): Decision {
  const { memory } = input;
  const { instanceId, address } = server;
  const leaves = memory.leaveRequests[instanceId]?.count ?? 0;
  if (keepsRejoining(input, server)) {
    return decideAction(input, phase, { kind: 'terminate', instanceId }, { kind: 'keeps-rejoining', requests: leaves });
  }
  if (leaves >= MAX_LEAVE_REQUESTS || address === undefined)
    return decideStop('stopped', { kind: 'rejoined', instanceId, leaves });
  return decideAction(input, phase, { kind: 'leave', instanceId, address }, reason);
}

/**
 * A new server that was asked to leave as often as it makes sense, and is still there: its agent crashes before it has
 * left, or something starts it again. It is one machine that the roll made itself, so that goes in its stead.
 */
export function keepsRejoining(input: Knowledge, server: Server): boolean {
  const { memory } = input;
  return server.side === 'new' && (memory.leaveRequests[server.instanceId]?.count ?? 0) >= MAX_LEAVE_REQUESTS;
}

/** Servers that are out of Raft and still stand, in the order they were asked to leave. */
export function findAgentsStillUp(input: Knowledge, side: Side): readonly Server[] {
  const { observation, memory } = input;
  const askedMs = (server: Server) => memory.leaveRequests[server.instanceId]?.lastRequestedAtMs ?? 0;
  return listActiveServers(observation, side)
    .filter((server) => server.peer === undefined)
    .sort((a, b) => askedMs(a) - askedMs(b));
}

/** Terminates a server that is out of Raft, once its agent is down and stays down. */
export function removeServer(input: DecisionInput, phase: Phase, server: Server): Decision {
  const { limits, memory } = input;
  const { instanceId } = server;
  const terminate = { kind: 'terminate', instanceId } as const;
  const asked = memory.leaveRequests[instanceId];
  if (server.side === 'new' && asked === undefined) {
    // It may still join while it is shut down, so no other goes meanwhile.
    const before = awaitTerminated(input, phase, server.side);
    return before ?? decideAction(input, phase, terminate, { kind: 'never-joined' });
  }
  if (hasLostInstance(server)) return decideAction(input, phase, terminate, { kind: 'instance-gone' });
  if ((memory.downStreaks[instanceId] ?? 0) >= limits.successThreshold) {
    return decideAction(input, phase, terminate, { kind: 'agent-down' });
  }
  const wait = buildWait(
    input,
    phase,
    { kind: 'agent-down', instanceId },
    limits.leaveTimeoutMs,
    asked?.lastRequestedAtMs,
  );
  return waitOrElse(input, wait, () => handleAgentStillUp(input, phase, server));
}

/** Out of Raft but its agent would not go: asked again if it answers, terminated if it hangs. */
function handleAgentStillUp(input: DecisionInput, phase: Phase, server: Server): Decision {
  if (server.agent.kind === 'up') return askToLeave(input, phase, server, { kind: 'agent-still-up' });
  const terminate = { kind: 'terminate', instanceId: server.instanceId } as const;
  return decideAction(input, phase, terminate, { kind: 'agent-hangs' });
}

/** Waits until AWS has finished every termination of a side. */
export function awaitTerminated(input: DecisionInput, phase: Phase, side: Side): Decision | undefined {
  const { observation, limits } = input;
  const [first] = listServers(observation, side).filter(isTerminating);
  if (first === undefined) return undefined;
  const { instanceId } = first;
  return waitOrElse(input, buildWait(input, phase, { kind: 'terminated', instanceId }, limits.awsTimeoutMs));
}

function isLeaving(input: Knowledge, server: Server): boolean {
  const { memory } = input;
  return server.peer !== undefined && memory.leaveRequests[server.instanceId] !== undefined;
}

/**
 * Somebody terminated the machine past its group, which is frozen and does not look: it still counts there, and no
 * other is launched for it. Taking it out of the group makes room for another.
 */
export function removeGoneInstance(input: DecisionInput, phase: Phase, side: Side): Decision | undefined {
  const { observation } = input;
  const gone = listActiveServers(observation, side).find(hasLostInstance);
  if (gone === undefined) return undefined;
  const terminate = { kind: 'terminate', instanceId: gone.instanceId } as const;
  return decideAction(input, phase, terminate, { kind: 'instance-gone' });
}

/** In service for its group, but EC2 has taken its address away; and Raft has let it go. */
export function hasLostInstance(server: Server): boolean {
  return server.lifecycle === 'InService' && server.address === undefined && server.peer === undefined;
}
