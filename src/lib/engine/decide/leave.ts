import type { Decision, Phase } from '../../model/decision.js';
import type { Limits } from '../../model/intent.js';
import type { Survey } from '../../model/observation.js';
import type { Server, Side } from '../../model/server.js';
import { act, stop, waitFor, waitOr } from './decisions.js';
import { isTerminating, serversOf, standingOf } from './servers.js';

/** How often a server is asked to leave before a person is: one that keeps coming back is restarted by something. */
export const MOST_LEAVES = 3;

/** A leave that was asked for and that Raft has not finished: everything else waits for it (invariant 3). */
export function awaitLeave(survey: Survey, phase: Phase, side: Side, limits: Limits): Decision | undefined {
  return leaveInFlight(
    survey,
    phase,
    side,
    limits,
    (server) =>
      comeBack(survey, server) ??
      askToLeave(survey, phase, server, 'it was asked before and is still in Raft'),
  );
}

/** One leaves at a time, so where two old servers that were asked are in Raft, something starts them again. */
function comeBack(survey: Survey, server: Server): Decision | undefined {
  const asked = standingOf(survey, server.side).filter((one) => isLeaving(survey, one));
  if (server.side === 'new' || asked.length < 2) return undefined;
  const { instanceId } = server;
  const leaves = survey.history.leaves[instanceId]?.count ?? 0;
  return stop('stopped', { kind: 'came-back', instanceId, leaves });
}

/** The same on the side that is to stay: waited for, and not asked again. */
export function awaitLastLeave(
  survey: Survey,
  phase: Phase,
  side: Side,
  limits: Limits,
): Decision | undefined {
  return leaveInFlight(survey, phase, side, limits, () => undefined);
}

function leaveInFlight(
  survey: Survey,
  phase: Phase,
  side: Side,
  limits: Limits,
  otherwise: (server: Server) => Decision | undefined,
): Decision | undefined {
  const leaving = standingOf(survey, side).find((server) => isLeaving(survey, server));
  if (leaving === undefined) return undefined;
  const { instanceId } = leaving;
  const asked = survey.history.leaves[instanceId];
  // Started again, it knows nothing of leaving: there is nothing to wait for.
  const forgotten = asked?.brokenOff === true && leaving.agent.kind === 'up';
  if (forgotten) return otherwise(leaving);
  const outOfRaft = { kind: 'out-of-raft', instanceId } as const;
  const wait = waitFor(survey, phase, outOfRaft, limits.leaveTimeoutMs, asked?.lastMs);
  return waitOr(survey, wait, () => otherwise(leaving));
}

/** True while a server that was asked to leave is still counted by Raft. */
export function isAmidLeave(survey: Survey): boolean {
  return survey.servers.some((server) => isLeaving(survey, server));
}

/** Asks a server to leave, unless it has been asked too often. */
export function askToLeave(survey: Survey, phase: Phase, server: Server, why: string): Decision {
  const { instanceId, address } = server;
  const leaves = survey.history.leaves[instanceId]?.count ?? 0;
  if (isStubborn(survey, server)) {
    return act(survey, phase, { kind: 'terminate', instanceId }, 'it comes back however often it is asked');
  }
  if (leaves >= MOST_LEAVES || address === undefined)
    return stop('stopped', { kind: 'came-back', instanceId, leaves });
  return act(survey, phase, { kind: 'leave', instanceId, address }, why);
}

/**
 * A new server that was asked to leave as often as it makes sense, and is still there: its agent crashes before it has
 * left, or something starts it again. It is one machine that the roll made itself, so that goes in its stead.
 */
export function isStubborn(survey: Survey, server: Server): boolean {
  return server.side === 'new' && (survey.history.leaves[server.instanceId]?.count ?? 0) >= MOST_LEAVES;
}

/** Servers that are out of Raft and still stand, in the order they were asked to leave. */
export function lingering(survey: Survey, side: Side): readonly Server[] {
  const askedMs = (server: Server) => survey.history.leaves[server.instanceId]?.lastMs ?? 0;
  return standingOf(survey, side)
    .filter((server) => server.peer === undefined)
    .sort((a, b) => askedMs(a) - askedMs(b));
}

/** Terminates a server that is out of Raft, once its agent is down and stays down. */
export function dismiss(survey: Survey, phase: Phase, server: Server, limits: Limits): Decision {
  const { instanceId } = server;
  const terminate = { kind: 'terminate', instanceId } as const;
  const asked = survey.history.leaves[instanceId];
  if (server.side === 'new' && asked === undefined) {
    // It may still join while it is shut down, so no other goes meanwhile.
    const before = awaitTerminated(survey, phase, server.side, limits);
    return before ?? act(survey, phase, terminate, 'it never joined the cluster');
  }
  if (isVanished(server)) return act(survey, phase, terminate, 'its machine is gone');
  if ((survey.history.downLooks[instanceId] ?? 0) >= limits.looks) {
    return act(survey, phase, terminate, 'out of Raft, and its agent is down and stays down');
  }
  const wait = waitFor(
    survey,
    phase,
    { kind: 'agent-down', instanceId },
    limits.leaveTimeoutMs,
    asked?.lastMs,
  );
  return waitOr(survey, wait, () => overstayed(survey, phase, server));
}

/** Out of Raft but its agent would not go: asked again if it answers, terminated if it hangs. */
function overstayed(survey: Survey, phase: Phase, server: Server): Decision {
  if (server.agent.kind === 'up')
    return askToLeave(survey, phase, server, 'out of Raft, but its agent runs on');
  const terminate = { kind: 'terminate', instanceId: server.instanceId } as const;
  return act(survey, phase, terminate, 'out of Raft, and its agent hangs');
}

/** Waits until AWS has finished every termination of a side. */
export function awaitTerminated(
  survey: Survey,
  phase: Phase,
  side: Side,
  limits: Limits,
): Decision | undefined {
  const [first] = serversOf(survey, side).filter(isTerminating);
  if (first === undefined) return undefined;
  const { instanceId } = first;
  return waitOr(survey, waitFor(survey, phase, { kind: 'terminated', instanceId }, limits.awsTimeoutMs));
}

function isLeaving(survey: Survey, server: Server): boolean {
  return server.peer !== undefined && survey.history.leaves[server.instanceId] !== undefined;
}

/**
 * Somebody terminated the machine past its group, which is frozen and does not look: it still counts there, and no
 * other is launched for it. Taking it out of the group makes room for another.
 */
export function clearVanished(survey: Survey, phase: Phase, side: Side): Decision | undefined {
  const gone = standingOf(survey, side).find(isVanished);
  if (gone === undefined) return undefined;
  const terminate = { kind: 'terminate', instanceId: gone.instanceId } as const;
  return act(survey, phase, terminate, 'its machine is gone, and another is to take its place');
}

/** In service for its group, but EC2 has taken its address away; and Raft has let it go. */
export function isVanished(server: Server): boolean {
  return server.lifecycle === 'InService' && server.address === undefined && server.peer === undefined;
}
