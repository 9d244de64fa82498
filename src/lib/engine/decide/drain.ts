import semver from 'semver';
import { listDepartingInstances } from '../../model/action.js';
import { type Decision, type DecisionInput, decideAction, type Phase, type StepReason } from '../../model/decision.js';
import type { Group } from '../../model/group.js';
import { findTransferTimeoutMs } from '../../model/limits.js';
import type { Knowledge } from '../../model/memory.js';
import type { Observation } from '../../model/observation.js';
import type { Server, Side } from '../../model/server.js';
import {
  findLeader,
  getOtherSide,
  isLaunching,
  listActiveServers,
  listBalancersOf,
  listRaftMembers,
} from '../../model/servers.js';
import { compareTexts } from '../../model/similar.js';
import { countByZone } from '../../model/zones.js';
import { buildWait, waitOrElse } from './decisions.js';
import { isReady } from './gates.js';
import {
  askToLeave,
  awaitQuorumMargin,
  countSpareOldServers,
  findAgentsStillUp,
  isAlive,
  isLeaving,
  listLeaving,
  mayLeaveBeside,
  removeServer,
} from './leave.js';
import { terminateDeadServer } from './orphan-peers.js';

/**
 * The next step to remove one side's servers; undefined if none is left or none may leave yet. Raft removes a server 5 s
 * after a leave request, and its agent is down 10 s later (measured on 1.8.7): the next one leaves meanwhile.
 */
export function drain(input: DecisionInput, side: Side): Decision | undefined {
  const { intent } = input;
  const phase: Phase = intent.direction === 'rollback' ? 'rollback' : 'drain';
  const leaving = listLeaving(input);
  const departing = sortForDrain(input, side).find((server) => !leaving.includes(server));
  const nextMayGo = departing !== undefined && (side === 'new' || countSpareOldServers(input) > 0);
  const [first, ...others] = findAgentsStillUp(input, side).map((server) => removeServer(input, phase, server));
  const due = nextMayGo ? [first, ...others].find(isTerminationOfLeft) : first;
  if (due === undefined && !nextMayGo) return undefined;
  const remove = () => departing && removeServerSafely(input, departing, phase, findLeavingLeader(input, departing));
  return lowerMinimum(input, phase, side) ?? due ?? remove();
}

/**
 * The leader, if it is of the same side: leadership moves before the first of them leaves, while a rollback is easy. Not
 * to another version of Consul: older followers may not read what a newer leader writes, so there the leader leaves last.
 */
function findLeavingLeader(input: DecisionInput, departing: Server): Server {
  const leader = findLeader(input.observation);
  if (leader?.side !== departing.side) return departing;
  const heir = findHeir(input, leader);
  const [from, to] = [findVersion(leader), heir && findVersion(heir)];
  return from !== undefined && to?.compare(from) === 0 ? leader : departing;
}

/** One that never joined may still do so while it is shut down, so it is terminated when no other leaves. */
function isTerminationOfLeft(decision: Decision | undefined): boolean {
  return decision?.kind === 'act' && decision.step.reason.kind !== 'never-joined';
}

/**
 * The next step while servers are leaving: another one leaves too, as far as the voters allow, or one that has left is
 * terminated. Nothing else is done until Raft has let them go (one-change).
 *
 * @param wait what is waited for otherwise
 * @param next the decision if none was leaving
 */
export function leaveBeside(input: DecisionInput, wait: Decision, next: () => Decision | undefined): Decision {
  const leaving = listLeaving(input);
  const sides = new Set(leaving.map(({ side }) => side));
  const decision = wait.kind === 'wait' ? next() : undefined;
  if (decision?.kind !== 'act') return wait;
  const { action } = decision.step;
  if (action.kind !== 'leave' && action.kind !== 'terminate') return wait;
  const [departing] = listDepartingInstances(action);
  const server = input.observation.servers.find(({ instanceId }) => instanceId === departing);
  if (server === undefined || sides.size > 1 || !sides.has(server.side)) return wait;
  const isRefused =
    (action.kind === 'leave' && (leaving.includes(server) || !mayLeaveBeside(input.observation, server, leaving))) ||
    (action.kind === 'terminate' && server.peer !== undefined);
  return isRefused ? wait : decision;
}

/**
 * As many old servers as have replacements are deregistered before the first one leaves, if their zones keep another in
 * service: beside a new group all of them, so that a deregistration delay is waited for once.
 */
function deregisterOldServers(input: DecisionInput, departing: Server, phase: Phase): Decision | undefined {
  const { observation } = input;
  if (departing.side !== 'old' || phase !== 'drain') return undefined;
  const leaving = sortForDrain(input, 'old').slice(0, countSpareOldServers(input));
  const together: Server[] = [];
  for (const server of leaving) {
    const rest = leaving.filter((one) => !together.includes(one));
    if (rest.some((one) => isLastOfZone(observation, one, together))) break;
    together.push(server);
  }
  return deregisterTogether(input, phase, together, 'draining');
}

/**
 * Takes these servers out of their load balancers, as many at once as are in the same ones; undefined once all are out or
 * draining, side by side.
 */
export function deregisterTogether(
  input: DecisionInput,
  phase: Phase,
  servers: readonly Server[],
  reason: Parameters<typeof decideAction>[3],
): Decision | undefined {
  const [first, ...others] = servers.flatMap(({ instanceId, balancers: states }) => {
    const balancers = Object.keys(states).filter((name) => isRegistered(states[name]));
    return balancers.length > 0 ? [{ instanceId, balancers }] : [];
  });
  if (first === undefined) return undefined;
  const { balancers } = first;
  const alike = [first, ...others.filter((other) => other.balancers.join() === balancers.join())];
  const instanceIds = alike.map(({ instanceId }) => instanceId);
  return decideAction(input, phase, { kind: 'deregister', instanceIds, balancers }, reason);
}

function isRegistered(state: string | undefined): boolean {
  return state !== undefined && state !== 'absent' && state !== 'draining';
}

/**
 * Removes one server: checks the quorum margin, deregisters it, transfers leadership, and asks it to leave.
 *
 * @param leader the server that leadership is taken from, if it leads
 */
export function removeServerSafely(
  input: DecisionInput,
  departing: Server,
  phase: Phase,
  leader: Server = departing,
): Decision {
  const { observation } = input;
  return (
    terminateDeadServer(input, phase, departing) ??
    awaitQuorumMargin(input, departing, phase) ??
    deregisterOldServers(input, departing, phase) ??
    deregisterFirst(input, departing, phase) ??
    transferLeadership(input, leader, phase) ??
    askToLeave(input, phase, departing, findLeaveReason(observation, departing))
  );
}

function findLeaveReason(observation: Observation, { peer, side }: Server): StepReason {
  if (peer?.leader === true) return { kind: 'leader-last' };
  return { kind: 'drained', side, remaining: listRaftMembers(observation, side).length };
}

/** Auto Scaling refuses to terminate below a group's minimum. */
export function lowerMinimum(input: DecisionInput, phase: Phase, side: Side): Decision | undefined {
  const { observation } = input;
  const group: Group | undefined = observation[side];
  if (group === undefined || group.minSize === 0) return undefined;
  return decideAction(input, phase, { kind: 'set-min-size', group: group.name }, 'scale-in-needs-min-size');
}

function deregisterFirst(input: DecisionInput, departing: Server, phase: Phase): Decision | undefined {
  const isListed = listBalancersOf(departing).length > 0;
  return (
    deregisterTogether(input, phase, [departing], 'draining') ??
    (isListed ? awaitDrained(input, phase, departing) : undefined)
  );
}

/** Waits until a server's connections end: the draining time of the load balancers, and `drainTimeoutMs` more. */
export function awaitDrained(input: DecisionInput, phase: Phase, server: Server): Decision {
  const { observation, limits } = input;
  const { instanceId } = server;
  const drainingMs = Math.max(0, ...listBalancersOf(server).map((name) => observation.drainingMs[name] ?? 0));
  const wait = buildWait(input, phase, { kind: 'drained', instanceId }, limits.drainTimeoutMs + drainingMs);
  return waitOrElse(input, wait);
}

/**
 * Members of a side in the order they leave: first dead ones, which only raise the quorum, then those that a lifecycle hook
 * may end, and those that are already out of a load balancer or draining; then non-voters before voters, unhealthy before healthy, by zone, the oldest
 * first, and the leader last: each departure of a leader costs an election, and this order has one (leader-last,
 * docs/safety.md).
 */
export function sortForDrain({ observation, memory }: Knowledge, side: Side): readonly Server[] {
  const members = listRaftMembers(observation, side);
  // What is leaving counts as gone.
  const rankZone = rankZones(
    observation,
    members.filter((server) => !isLeaving({ observation, memory }, server)),
  );
  const rank = (server: Server) => [...rankServer(server), ...rankZone(server), server.launchedAtMs];
  return [...members].sort((a, b) => compareRanks(rank(a), rank(b)) || compareTexts(a.instanceId, b.instanceId));
}

/**
 * Auto Scaling launches the next server in the zone where the group has the fewest. So in place the next to leave is of
 * a zone that the side that stays lacks most, and of those the one with the most servers left. Otherwise it is of a zone
 * that keeps a server in service.
 */
export function rankZones(observation: Observation, members: readonly Server[]): (server: Server) => readonly number[] {
  const [first] = members;
  if (first === undefined) return () => [];
  if (observation.old?.name !== observation.new?.name) return (server) => [Number(isLastOfZone(observation, server))];
  const staying = countByZone([], listActiveServers(observation, getOtherSide(first.side)));
  const leaving = countByZone([], members);
  return ({ zone }) => [staying.get(zone) ?? 0, -(leaving.get(zone) ?? 0)];
}

/**
 * True if a load balancer has no other server in service in its zone: where cross-zone load balancing is off, clients
 * whose node of the load balancer is there would get errors.
 *
 * @param without servers that leave it too
 */
function isLastOfZone({ servers }: Observation, server: Server, without: readonly Server[] = []): boolean {
  const { zone, balancers } = server;
  const others = servers.filter((other) => other.zone === zone && other !== server && !without.includes(other));
  return Object.keys(balancers).some(
    (name) => balancers[name] === 'in-service' && !others.some((other) => other.balancers[name] === 'in-service'),
  );
}

/** Smaller leaves earlier; compared position by position. */
function rankServer(server: Server): readonly number[] {
  const { peer } = server;
  const order = [!isLaunching(server), !isOnItsWay(server), peer?.voter, peer?.healthy].map(Number);
  return [Number(peer?.leader), Number(isAlive(server)), ...order];
}

/** It is already out of a load balancer, or draining. */
export function isOnItsWay({ balancers }: Server): boolean {
  return Object.values(balancers).some((state) => state === 'absent' || state === 'draining');
}

export function compareRanks(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((value, n) => value !== b[n]);
  return at < 0 ? 0 : (a[at] ?? 0) - (b[at] ?? 0);
}

/** First version with `operator/raft/transfer-leader`. */
const TRANSFER_SINCE = '1.15.0';

/**
 * Before the leader leaves: transfers leadership to a ready voter of the side that stays, if Consul supports it. Tried
 * once; without it the cluster elects when its leader leaves, as older versions always do.
 */
export function transferLeadership(input: DecisionInput, departing: Server, phase: Phase): Decision | undefined {
  const { observation, memory } = input;
  if (departing.peer?.leader !== true || !canTransfer(departing)) return undefined;
  const heir = findHeir(input, departing);
  if (heir?.peer === undefined) return undefined;
  const askedMs = memory.leadershipTransfers[heir.peer.id];
  if (askedMs === undefined) {
    const transfer = { kind: 'transfer-leadership', to: heir.instanceId, peerId: heir.peer.id } as const;
    return decideAction(input, phase, transfer, 'avoid-election');
  }
  const wait = buildWait(
    input,
    phase,
    { kind: 'leadership', towards: heir.instanceId },
    findTransferTimeoutMs(observation),
    askedMs,
  );
  return waitOrElse(input, wait, () => undefined);
}

/** A ready voter of the side that stays. */
function findHeir(input: DecisionInput, { side }: Server): Server | undefined {
  const staying = listActiveServers(input.observation, getOtherSide(side));
  return staying.find((server) => isReady(input, server) && server.peer?.voter && !isLeaving(input, server));
}

function canTransfer(server: Server): boolean {
  const version = findVersion(server);
  return version !== undefined && semver.gte(version, TRANSFER_SINCE);
}

function findVersion({ agent }: Server): semver.SemVer | undefined {
  return (agent.kind === 'up' && semver.coerce(agent.version)) || undefined;
}
