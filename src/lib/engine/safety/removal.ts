import type { ActionOf } from '../../model/action.js';
import type { SafetyInput } from '../../model/decision.js';
import { isInServiceState } from '../../model/load-balancer.js';
import { noteLeaveRequests } from '../../model/memory.js';
import type { Observation } from '../../model/observation.js';
import { computeQuorumMargin } from '../../model/raft.js';
import type { Server } from '../../model/server.js';
import {
  findQuorumMarginIfDead,
  findQuorumMarginWithout,
  identify,
  isHealthyVoter,
  isTerminating,
  listRaftMembers,
} from '../../model/servers.js';
import type { StopReason } from '../../model/stop-reason.js';
import { readIntent } from '../../model/tags.js';
import { findFounder, isFounderInRaft } from '../decide/founders.js';
import { findImpostor } from '../decide/impostors.js';
import {
  findLeaveMargin,
  findLeavingBeside,
  isAlive,
  isLeaving,
  listLeaving,
  mayLeaveBeside,
  mustBeTerminated,
} from '../decide/leave.js';
import { requireOwnCluster } from './leadership.js';

/** The voters that are known while the cluster has no leader. */
const NO_VOTERS = computeQuorumMargin(0, 0);

interface Departure {
  readonly instanceId: string;
}

/**
 * What must hold before servers leave Raft: of each, as if those before it in the step were leaving already. A step of
 * several names each once, and none that is leaving or out of Raft; such a one may be asked again, alone.
 */
export function requireCanLeave(input: SafetyInput, { servers }: ActionOf<'leave'>): StopReason | undefined {
  const { observation, memory } = input;
  const before: Server[] = [];
  if (servers.length === 0) return { kind: 'not-owned', resource: 'a step that names no server' };
  for (const { instanceId, address } of servers) {
    const departing = observation.servers.find((one) => one.instanceId === instanceId && one.address === address);
    if (departing === undefined) return { kind: 'not-owned', resource: instanceId };
    const asked = before.map((one) => one.instanceId);
    const leaveRequests = noteLeaveRequests(memory.leaveRequests, asked, observation.atMs, true);
    const known = { ...input, memory: { ...memory, leaveRequests } };
    const isAgain = departing.peer === undefined || before.includes(departing) || isLeaving(known, departing);
    if (servers.length > 1 && isAgain) return explainPending(departing);
    const reason = requireOneCanLeave(known, departing, before);
    if (reason !== undefined) return reason;
    before.push(departing);
  }
  return undefined;
}

/** A server that is not in Raft may always be asked again. @param before those that the same step asks before it */
function requireOneCanLeave(input: SafetyInput, departing: Server, before: readonly Server[]): StopReason | undefined {
  const mistaken = requireOwnIdentity(input.observation, departing);
  if (mistaken !== undefined || departing.peer === undefined) return mistaken;
  return (
    requireVoterBudget(input, departing) ??
    requireQuorumMargin(input.observation, departing) ??
    requireFollowersLeftFirst(input.observation, departing) ??
    requireReplacedBefore(input, [...before, departing])
  );
}

/** single-leader: Consul takes the leave of one of two servers with one node id, or one node name, for that of the other. */
function requireOwnIdentity(observation: Observation, { instanceId }: Server): StopReason | undefined {
  const impostor = findImpostor(observation);
  if (impostor === undefined || ![impostor.instanceId, impostor.owner].includes(instanceId)) return undefined;
  const { owner, shares } = impostor;
  return { kind: 'impostor', instanceId: impostor.instanceId, owner, shares };
}

/**
 * quorum-margin: without the departing server, at least one healthy voter remains beyond the quorum. Where the departing
 * server is dead, a founder, or may be ended by a lifecycle hook, the quorum alone is enough, as no vote is lost with it
 * that can be counted on.
 */
function requireQuorumMargin(observation: Observation, departing: Server): StopReason | undefined {
  const withoutDead = { after: findQuorumMarginWithout(observation, departing.peer?.id ?? ''), least: 0 };
  const { after, least } = isAlive(departing) ? findLeaveMargin(observation, departing) : withoutDead;
  if (after !== undefined && after.margin >= least) return undefined;
  return { kind: 'quorum-at-risk', instanceId: departing.instanceId, after: after ?? NO_VOTERS };
}

/**
 * quorum-margin: servers leave together only where a quorum and one more voter would stand if all of them died before Raft
 * lets them go.
 */
function requireVoterBudget(input: SafetyInput, departing: Server): StopReason | undefined {
  const others = listLeaving(input).filter((server) => server !== departing);
  const [first] = others;
  if (first?.peer === undefined || mayLeaveBeside(input.observation, departing, others)) return undefined;
  return { kind: 'membership-change-pending', node: first.peer.node };
}

/** one-change: no server has been asked to leave and is still in Raft. */
export function requireNoPendingMembershipChange(input: SafetyInput): StopReason | undefined {
  return explainPending(listLeaving(input)[0]);
}

function explainPending(leaving: Server | undefined): StopReason | undefined {
  return leaving && { kind: 'membership-change-pending', node: leaving.peer?.node ?? leaving.instanceId };
}

/** replacements-first, of all servers that leave the load balancers at the same moment. */
export function requireReplacements(
  input: SafetyInput,
  { instanceIds }: ActionOf<'deregister'>,
): StopReason | undefined {
  const departing = input.observation.servers.filter((server) => instanceIds.includes(server.instanceId));
  const unknown = instanceIds.find((id) => findServer(input.observation, id) === undefined);
  return unknown === undefined ? requireReplacedBefore(input, departing) : { kind: 'not-owned', resource: unknown };
}

/**
 * Before old servers leave, enough new servers have passed their gates and are in service to keep the cluster at its size.
 * In a rollback nothing replaces a new server, nor at any time a founder, whose vote protects no data.
 */
function requireReplacedBefore(input: SafetyInput, departing: readonly Server[]): StopReason | undefined {
  const { observation, intent } = input;
  const isReplaced = (one: Server) => one.side === 'old' && !isFounderInRaft(observation, one);
  if (intent.direction === 'rollback' || !departing.some(isReplaced))
    return requireNotLastInService(observation, departing);
  const leaving = new Set([...listLeaving(input), ...departing]);
  const ready = observation.servers.filter(
    (server) => server.side === 'new' && isServingReplacement(input, server) && !leaving.has(server),
  ).length;
  const staying = listRaftMembers(observation, 'old').filter((server) => !leaving.has(server)).length;
  const needed = intent.size - staying;
  if (ready < needed) return { kind: 'too-few-replacements', ready, needed };
  return requireNotLastInService(observation, departing);
}

/** If a departing server is in service, one that stays must be too; `unused` does not count here. */
function requireNotLastInService(observation: Observation, departing: readonly Server[]): StopReason | undefined {
  const staying = observation.servers.filter((server) => !departing.includes(server));
  for (const { instanceId, balancers } of departing) {
    const balancer = Object.keys(balancers).find(
      (name) => balancers[name] === 'in-service' && !staying.some((other) => other.balancers[name] === 'in-service'),
    );
    if (balancer !== undefined) return { kind: 'last-in-service', instanceId, balancer };
  }
  return undefined;
}

function isServingReplacement({ observation, memory }: SafetyInput, server: Server): boolean {
  const { instanceId, balancers, lifecycle } = server;
  const hasPassedGates = memory.passedGates.includes(instanceId) && !memory.regressed.includes(instanceId);
  const isServing = lifecycle === 'InService' && Object.values(balancers).every(isInServiceState);
  return hasPassedGates && isServing && isHealthyVoter(observation, server);
}

/** leader-last: the leader leaves after all other servers of its side. A founder that was elected leaves at once. */
function requireFollowersLeftFirst(observation: Observation, departing: Server): StopReason | undefined {
  if (departing.peer?.leader !== true || isFounderInRaft(observation, departing)) return undefined;
  const followers = observation.servers.filter(
    (server) => server.side === departing.side && server.peer !== undefined && server !== departing,
  ).length;
  return followers === 0 ? undefined : { kind: 'leader-must-leave-last', instanceId: departing.instanceId, followers };
}

/**
 * no-member-terminated: a server is out of Raft before it is terminated. A dead server, or a new one that cannot be
 * made to leave, may be terminated while it is in Raft, alone, if the quorum margin allows it.
 */
export function requireCanTerminate(input: SafetyInput, { instanceId }: Departure): StopReason | undefined {
  const { observation } = input;
  const departing = findServer(observation, instanceId);
  if (departing === undefined) return { kind: 'not-owned', resource: instanceId };
  if (isOwnFounder(input, departing)) return undefined;
  if (findImpostor(observation)?.instanceId === instanceId) return requireQuorumWithoutImpostor(observation, departing);
  if (observation.raft === undefined) return { kind: 'no-leader', answers: [] };
  if (departing.peer === undefined)
    return requireNotNamedByRaft(observation, departing) ?? requireAgentDown(input, departing);
  if (isAlive(departing) && !mustBeTerminated(input, departing)) {
    return { kind: 'still-in-raft', instanceId, peerId: departing.peer.id };
  }
  return explainPending(findLeavingBeside(input, departing)) ?? requireQuorumMargin(observation, departing);
}

/**
 * quorum-margin: the cluster keeps its quorum once a new server is dead that has the identity of another one, and whose vote
 * Raft still counts then. Consul may take the other one out of Raft as long as both run, so the margin of one comes back
 * only without the new one.
 */
function requireQuorumWithoutImpostor(observation: Observation, { instanceId, peer }: Server): StopReason | undefined {
  const after = findQuorumMarginIfDead(observation, peer === undefined ? [] : [peer.id]) ?? NO_VOTERS;
  return after.margin >= 0 || peer?.voter !== true ? undefined : { kind: 'quorum-at-risk', instanceId, after };
}

/**
 * single-leader: the cluster is this one. A server of this roll's own groups that founded another cluster may be terminated
 * under any leader: this cluster loses no vote with it.
 */
export function requireOwnClusterUnlessFounder(
  input: SafetyInput,
  action: ActionOf<'terminate'>,
): StopReason | undefined {
  return isOwnFounder(input, action) ? undefined : requireOwnCluster(input);
}

function isOwnFounder({ observation, intent }: SafetyInput, { instanceId }: Departure): boolean {
  const founder = findFounder(observation);
  if (!founder?.isOutsider || founder.server.instanceId !== instanceId) return false;
  const { side, imageId } = founder.server;
  const group = observation[side];
  // The roll knows its groups without their tags, which others may remove, and which it could write again only with a leader.
  const isOwn = group !== undefined && (readIntent(group)?.rollId ?? intent.rollId) === intent.rollId;
  return isOwn && (side === 'old' || imageId === intent.imageId);
}

/** only-our-own, no-member-terminated: new servers that are being terminated, and would not be missed by Raft. */
export function requireOwnTerminations(
  input: SafetyInput,
  { instanceIds }: ActionOf<'complete-lifecycle-hooks'>,
): StopReason | undefined {
  const { observation, memory } = input;
  for (const instanceId of instanceIds) {
    const server = findServer(observation, instanceId);
    if (server?.side !== 'new' || !isTerminating(server)) return { kind: 'not-owned', resource: instanceId };
    const isFounder = memory.founder?.instanceId === instanceId;
    if (server.peer !== undefined && isAlive(server) && !isFounder && !mustBeTerminated(input, server))
      return { kind: 'still-in-raft', instanceId, peerId: server.peer.id };
  }
  return undefined;
}

/**
 * A server that has left is down before it is terminated; a new server that never joined need not be. An old one that Raft
 * has taken out, although it was not asked to leave, comes back, whether it says who it is or not.
 */
function requireAgentDown({ memory }: SafetyInput, departing: Server): StopReason | undefined {
  const { instanceId, side, agent, expelled } = departing;
  const isAsked = memory.leaveRequests[instanceId] !== undefined;
  const isUp = agent.kind === 'up' || (expelled !== undefined && !isAsked);
  return (side === 'old' || isAsked) && isUp ? { kind: 'agent-still-up', instanceId } : undefined;
}

/** Raft may have the server under its node id, its node name or its address although no peer was matched to it. */
function requireNotNamedByRaft(observation: Observation, departing: Server): StopReason | undefined {
  const named = observation.raft?.peers.find(
    (peer) =>
      peer.id === identify(departing)?.['node-id'] ||
      peer.node === departing.instanceId ||
      peer.address.startsWith(`${departing.address}:`),
  );
  return named && { kind: 'still-in-raft', instanceId: departing.instanceId, peerId: named.id };
}

/** quorum-margin: a Raft peer is removed only where it is dead and the other voters keep their quorum. */
export function requireRemovableOrphanPeer(
  input: SafetyInput,
  { peerId, node }: ActionOf<'remove-peer'>,
): StopReason | undefined {
  const { observation } = input;
  const isNamed = (one: Server) => one.peer?.id === peerId || identify(one)?.['node-id'] === peerId;
  const server = observation.servers.find(isNamed);
  const peer = observation.raft?.peers.find((one) => one.id === peerId);
  if (server?.agent.kind === 'up' || server?.member !== undefined || peer?.healthy === true) {
    return { kind: 'agent-still-up', instanceId: server?.instanceId ?? node };
  }
  const pending = explainPending(findLeavingBeside(input, undefined));
  if (pending !== undefined) return pending;
  const after = findQuorumMarginWithout(observation, peerId) ?? NO_VOTERS;
  return after.margin >= 0 ? undefined : { kind: 'quorum-at-risk', instanceId: node, after };
}

function findServer(observation: Observation, instanceId: string): Server | undefined {
  return observation.servers.find((server) => server.instanceId === instanceId);
}
