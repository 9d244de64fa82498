import {
  type Decision,
  type DecisionInput,
  decideAction,
  type Phase,
  type PlainStepReason,
  type SafetyInput,
  type StepReason,
} from '../../model/decision.js';
import { findLeaveTimeoutMs } from '../../model/limits.js';
import type { Knowledge, Memory } from '../../model/memory.js';
import type { Observation } from '../../model/observation.js';
import { refusesToken, type Server, type Side } from '../../model/server.js';
import {
  findQuorumMargin,
  findQuorumMarginAfterLeave,
  findQuorumMarginIfDead,
  findQuorumMarginWithout,
  isInService,
  isLaunching,
  isTerminating,
  listActiveServers,
  listRaftMembers,
  listServers,
} from '../../model/servers.js';
import { buildTimeout, buildWait, decideStop, decideTimeout, waitOrElse } from './decisions.js';
import { isFounderInRaft } from './founders.js';
import { isReady } from './gates.js';
import { findHold, listHeldCauses } from './lifecycle-hooks.js';

/** Leave requests before the roll stops: a server that keeps rejoining is restarted, for example by its supervisor. */
const MAX_LEAVE_REQUESTS = 3;
/** Observations without an answer after which a server is taken to be out of reach from here. */
const OUT_OF_REACH_STREAK = 3;

/**
 * Waits until the servers that were asked to leave are out of Raft. After the time limit, a dead one is terminated and any
 * other is asked again, unless what was to replace it no longer does: an agent that was restarted does not leave any more.
 */
export function finishLeave(input: DecisionInput, phase: Phase, side: Side): Decision | undefined {
  const inFlight = awaitLeaveInFlight(input, phase, side, (server) => {
    const { instanceId } = server;
    if (isDead(input, server)) return decideAction(input, phase, { kind: 'terminate', instanceId }, 'unreachable');
    if (side === 'old' && countSpareOldServers(input) < 0) return undefined;
    return awaitQuorumMargin(input, server, phase) ?? askToLeave(input, phase, server, 'leave-unfinished');
  });
  return inFlight ?? stopIfRejoined(input, side);
}

/** Two old servers that joined again are restarted by their supervisor. New ones are terminated (mustBeTerminated). */
function stopIfRejoined({ observation, memory }: DecisionInput, side: Side): Decision | undefined {
  const requests = listActiveServers(observation, side).flatMap(({ instanceId, agent, peer }) => {
    const request = memory.leaveRequests[instanceId];
    // A new leader may take in one again that is gone.
    const isBack = peer !== undefined && agent.kind === 'up' && agent.isLeaving !== true;
    return isBack && request?.hasLeft === true ? [{ instanceId, leaves: request.count }] : [];
  });
  const [first] = requests;
  if (side === 'new' || first === undefined || requests.length < 2) return undefined;
  return decideStop('stopped', { kind: 'rejoined', ...first });
}

/** Only waits, on the side that stays. After the time limit the server stays: it is not asked again. */
export function awaitLastLeave(input: DecisionInput, phase: Phase, side: Side): Decision | undefined {
  return awaitLeaveInFlight(input, phase, side, () => undefined);
}

function awaitLeaveInFlight(
  input: DecisionInput,
  phase: Phase,
  side: Side,
  otherwise: (server: Server) => Decision | undefined,
): Decision | undefined {
  const { observation, memory } = input;
  const awaited = listActiveServers(observation, side).flatMap((leaving) => {
    if (!isLeaving(input, leaving)) return [];
    const { instanceId } = leaving;
    const asked = memory.leaveRequests[instanceId];
    // A restarted agent has forgotten the request, so there is nothing to wait for; nor is there where no vote is at stake.
    const forgotten = asked?.crashedMeanwhile === true && (leaving.agent.kind === 'up' || hasNeverVoted(leaving));
    if (forgotten || asked?.isUncertain) return otherwise(leaving) ?? [];
    const outOfRaft = { kind: 'out-of-raft', instanceId } as const;
    const wait = buildWait(input, phase, outOfRaft, findLeaveTimeoutMs(input), asked?.lastRequestedAtMs);
    return waitOrElse(input, wait, () => otherwise(leaving)) ?? [];
  });
  const isDue = (decision: Decision) => decision.kind !== 'wait' && !isTerminationTooSoon(input, decision);
  return awaited.find(isDue) ?? awaited.find(({ kind }) => kind === 'wait') ?? awaited[0];
}

function isTerminationTooSoon(input: DecisionInput, decision: Decision): boolean {
  if (decision.kind !== 'act' || decision.step.action.kind !== 'terminate') return false;
  const { instanceId } = decision.step.action;
  const server = input.observation.servers.find((one) => one.instanceId === instanceId);
  return server !== undefined && findLeavingBeside(input, server) !== undefined;
}

/**
 * Another server that is leaving, and without which this member must not be terminated: it may die before Raft lets it go.
 * One that is dead has no vote to lose.
 */
export function findLeavingBeside(input: Knowledge, server: Server | undefined): Server | undefined {
  const others = listLeaving(input).filter((other) => other.instanceId !== server?.instanceId && isAlive(other));
  const isSpared = server !== undefined && mayLeaveBeside(input.observation, server, others);
  return isSpared ? undefined : others[0];
}

/** Its agent answers, or autopilot calls it healthy. */
export function isAlive({ agent, peer }: Server): boolean {
  return agent.kind === 'up' || peer?.healthy === true;
}

/** Servers that were asked to leave and that Raft still counts. */
export function listLeaving(input: Knowledge): readonly Server[] {
  return input.observation.servers.filter((server) => isLeaving(input, server));
}

/** Whether the server may be asked to leave while these are leaving, were all of them to die before Raft lets them go. */
export function mayLeaveBeside(observation: Observation, departing: Server, leaving: readonly Server[]): boolean {
  const inFlight = [...leaving, departing].flatMap(({ peer }) => peer ?? []);
  const after = findQuorumMarginIfDead(
    observation,
    inFlight.map(({ id }) => id),
  );
  // The leader's departure is an election, in which nothing else changes.
  return after !== undefined && after.margin >= 1 && !inFlight.some(({ leader }) => leader);
}

/**
 * How many more old servers may leave while enough stay in service (replacements-first); negative where those that are
 * leaving already are too many. Nothing replaces a new server, so there the quorum margin alone decides.
 */
export function countSpareOldServers(input: SafetyInput): number {
  const { observation, intent } = input;
  const leaving = new Set(listLeaving(input));
  const staying = listRaftMembers(observation, 'old').filter((server) => !leaving.has(server)).length;
  const fresh = listActiveServers(observation, 'new').filter((server) => !leaving.has(server));
  const replacements = fresh.filter((server) => isReady(input, server) && isInService(server)).length;
  return replacements + staying - intent.size;
}

/** True if the cluster keeps its quorum after the loss of any one server. */
function hasQuorumMargin(observation: Observation): boolean {
  return (findQuorumMargin(observation)?.margin ?? 0) >= 1;
}

/** Whether a live server may leave: what the voters are without it, and how many healthy ones must be left beyond the quorum. */
export function findLeaveMargin(observation: Observation, departing: Server) {
  const { id = '' } = departing.peer ?? {};
  // A founder's vote protects no data.
  if (isFounderInRaft(observation, departing)) return { after: findQuorumMarginWithout(observation, id), least: 0 };
  // Nor may one be counted on that may be ended at any moment.
  return { after: findQuorumMarginAfterLeave(observation, id), least: isLaunching(departing) ? 0 : 1 };
}

/** Waits until the voters can spare this server; if they cannot spare any server, manual action is required. */
export function awaitQuorumMargin(input: DecisionInput, departing: Server, phase: Phase): Decision | undefined {
  const { observation, limits } = input;
  const { after, least } = findLeaveMargin(observation, departing);
  if (after === undefined || after.margin >= least) return undefined;
  const wait = buildWait(input, phase, { kind: 'healthy', margin: after }, limits.healthTimeoutMs);
  return waitOrElse(input, wait, () =>
    decideTimeout(wait, hasQuorumMargin(observation) ? 'stopped' : 'quorum-at-risk'),
  );
}

/** Asks a server to leave, unless it was asked too often. */
export function askToLeave(
  input: DecisionInput,
  phase: Phase,
  server: Server,
  reason: StepReason | PlainStepReason,
): Decision {
  const { memory } = input;
  const { instanceId, address } = server;
  const leaves = memory.leaveRequests[instanceId]?.count ?? 0;
  const refusal = memory.leaveRefusals[instanceId];
  if (mustBeTerminated(input, server)) {
    return decideAction(input, phase, { kind: 'terminate', instanceId }, findTerminationReason(input, server));
  }
  if (refusal !== undefined) return decideStop('stopped', { kind: 'leave-refused', ...refusal });
  if (leaves >= MAX_LEAVE_REQUESTS || address === undefined)
    return decideStop('stopped', { kind: 'rejoined', instanceId, leaves });
  return decideAction(input, phase, { kind: 'leave', servers: [{ instanceId, address }] }, reason);
}

function findTerminationReason({ memory }: Knowledge, server: Server): StepReason | PlainStepReason {
  const { instanceId } = server;
  const refusal = memory.leaveRefusals[instanceId];
  if (refusesToken(server)) return 'token-refused';
  if (refusal !== undefined) return { kind: 'leave-refused', message: refusal.message };
  if (hasNeverVoted(server)) return 'never-voted';
  return { kind: 'keeps-rejoining', requests: memory.leaveRequests[instanceId]?.count ?? 0 };
}

/**
 * True for a new server that was asked to leave `MAX_LEAVE_REQUESTS` times, once if it never voted, and is still there
 * (its agent crashes before it has left, or is restarted), that refuses to, or that cannot be asked. The roll launched it,
 * so the roll terminates it instead.
 */
export function mustBeTerminated({ memory }: Knowledge, server: Server): boolean {
  const { instanceId, side } = server;
  const leaves = memory.leaveRequests[instanceId]?.count ?? 0;
  const isAsked = leaves >= (hasNeverVoted(server) ? 1 : MAX_LEAVE_REQUESTS);
  const refuses = refusesToken(server) || memory.leaveRefusals[instanceId] !== undefined;
  return side === 'new' && (isAsked || refuses || isOutOfReach(memory, server));
}

/**
 * Its port for HTTP is closed to this process, or elsewhere, and Consul itself may run; or its agent has ended since it was
 * up, and runs for moments only.
 */
function isOutOfReach({ agentRuns, silentStreaks }: Memory, { agent, instanceId }: Server): boolean {
  const isUp = agentRuns?.[instanceId]?.isUp ?? true;
  return agent.kind === 'down' && !isUp && (silentStreaks[instanceId] ?? 0) >= OUT_OF_REACH_STREAK;
}

/** Autopilot takes no vote away again, so a non-voter has never had one. */
export function hasNeverVoted({ side, peer }: Server): boolean {
  return side === 'new' && peer?.voter === false;
}

/** Its agent has not answered in as many observations as a gate needs, and autopilot reports it unhealthy. */
export function isDead({ limits, memory }: DecisionInput, server: Server): boolean {
  const silentCount = memory.silentStreaks[server.instanceId] ?? 0;
  return !isAlive(server) && silentCount >= limits.successThreshold;
}

/**
 * Servers that are out of Raft and not terminated, in the order of their leave requests. Not one that Raft has taken out
 * although it did not leave: it comes back by itself.
 */
export function findAgentsStillUp(input: Knowledge, side: Side): readonly Server[] {
  const { observation, memory } = input;
  const askedMs = (server: Server) => memory.leaveRequests[server.instanceId]?.lastRequestedAtMs ?? 0;
  return listActiveServers(observation, side)
    .filter((server) => server.peer === undefined && !isExpelled({ observation, memory }, server))
    .sort((a, b) => askedMs(a) - askedMs(b));
}

/** A new server that is out of Raft is never waited for. */
function isExpelled({ memory }: Knowledge, { expelled, side, instanceId }: Server): boolean {
  return side === 'old' && expelled !== undefined && memory.leaveRequests[instanceId] === undefined;
}

/** Terminates a server that is out of Raft, once its agent is down and stays down. */
export function removeServer(input: DecisionInput, phase: Phase, server: Server): Decision {
  const { limits, memory } = input;
  const { instanceId } = server;
  const terminate = { kind: 'terminate', instanceId } as const;
  const asked = memory.leaveRequests[instanceId];
  if (server.side === 'new' && asked === undefined) {
    // It may still join while it is shut down, so no other server leaves meanwhile.
    const before = awaitTerminated(input, phase, server.side);
    return before ?? decideAction(input, phase, terminate, 'never-joined');
  }
  if (hasLostInstance(server)) return decideAction(input, phase, terminate, 'instance-gone');
  if ((memory.downStreaks[instanceId] ?? 0) >= limits.successThreshold) {
    return decideAction(input, phase, terminate, 'agent-down');
  }
  const wait = buildWait(
    input,
    phase,
    { kind: 'agent-down', instanceId },
    findLeaveTimeoutMs(input),
    asked?.lastRequestedAtMs,
  );
  return waitOrElse(input, wait, () => handleAgentStillUp(input, phase, server));
}

/** The server is out of Raft but its agent is still up: asks it again if it answers, terminates it if it hangs. */
function handleAgentStillUp(input: DecisionInput, phase: Phase, server: Server): Decision {
  if (server.agent.kind === 'up') return askToLeave(input, phase, server, 'agent-still-up');
  return decideAction(input, phase, { kind: 'terminate', instanceId: server.instanceId }, 'agent-hangs');
}

/** Waits until AWS has finished every termination of a side, and lifecycle hooks have let go of it. */
export function awaitTerminated(input: DecisionInput, phase: Phase, side: Side): Decision | undefined {
  const { observation, limits } = input;
  const [first] = listServers(observation, side).filter(isTerminating);
  if (first === undefined) return undefined;
  const { instanceId } = first;
  const held = findHold(observation, [first]);
  // The roll completes these itself (complete-hooks.ts).
  const forMs = isCompletedByRoll(input, side) ? findLeaveTimeoutMs(input) : held?.forMs;
  const what = { kind: 'terminated', instanceId, ...(held && { held: { ...held, forMs: forMs ?? 0 } }) } as const;
  const wait = buildWait(input, phase, what, limits.awsTimeoutMs + (held?.forMs ?? 0));
  return waitOrElse(input, wait, () => decideStop('stopped', buildTimeout(wait, listHeldCauses(observation, [first]))));
}

function isCompletedByRoll({ intent, memory }: DecisionInput, side: Side): boolean {
  return side === 'new' && intent.direction === 'rollback' && memory.hookCompletionDenied !== true;
}

/**
 * True while Raft has a server that was asked to leave: by this process, or, as the server itself says, by an earlier one or
 * an operator. Not once it has left and joined again, as any other member.
 */
export function isLeaving({ memory }: Knowledge, { instanceId, agent, peer }: Server): boolean {
  const request = memory.leaveRequests[instanceId];
  const wasAsked = request !== undefined && request.hasLeft !== true;
  return peer !== undefined && (wasAsked || (agent.kind === 'up' && agent.isLeaving === true));
}

/**
 * The instance was terminated outside its group, whose processes are suspended: the group still counts it and launches
 * no replacement. Terminating it through the group makes room for one.
 */
export function removeGoneInstance(input: DecisionInput, phase: Phase, side: Side): Decision | undefined {
  const { observation } = input;
  const gone = listActiveServers(observation, side).find(hasLostInstance);
  if (gone === undefined) return undefined;
  return decideAction(input, phase, { kind: 'terminate', instanceId: gone.instanceId }, 'instance-gone');
}

/** True if the group counts the server as in service, EC2 has removed its address, and it is not in Raft. */
export function hasLostInstance(server: Server): boolean {
  return server.lifecycle === 'InService' && server.address === undefined && server.peer === undefined;
}
