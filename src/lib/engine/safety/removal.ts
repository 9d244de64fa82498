import type { Intent } from '../../model/intent.js';
import { isInServiceState } from '../../model/load-balancer.js';
import type { Observation } from '../../model/observation.js';
import { computeQuorumMargin } from '../../model/raft.js';
import type { Server } from '../../model/server.js';
import type { StopReason } from '../../model/stop-reason.js';
import { keepsRejoining } from '../decide/leave.js';
import { findQuorumMarginWithout, listRaftMembers } from '../decide/servers.js';

/** The voters there are while no leader says. */
const NO_VOTERS = computeQuorumMargin(0, 0);

/** What must hold before a server leaves Raft. One that Raft does not count may always be asked again. */
export function requireCanLeave(
  observation: Observation,
  intent: Intent,
  instanceId: string,
): StopReason | undefined {
  const departing = findServer(observation, instanceId);
  if (departing === undefined) return { kind: 'not-owned', resource: instanceId };
  if (departing.peer === undefined) return undefined;
  return (
    requireNoPendingMembershipChange(observation, instanceId) ??
    requireQuorumMargin(observation, departing) ??
    requireFollowersLeftFirst(observation, departing) ??
    requireReplacements(observation, intent, instanceId)
  );
}

/**
 * Invariant 2: healthy voters without it, minus the quorum without it, is at least 1. One that is dead takes no vote
 * with it: there it is enough that the quorum stands.
 */
function requireQuorumMargin(observation: Observation, departing: Server): StopReason | undefined {
  const after = findQuorumMarginWithout(observation, departing.peer?.id ?? '');
  const least = isAlive(departing) ? 1 : 0;
  if (after !== undefined && after.margin >= least) return undefined;
  return { kind: 'quorum-at-risk', instanceId: departing.instanceId, after: after ?? NO_VOTERS };
}

/** Invariant 3: no other server is half out: asked to leave and still counted by Raft. */
export function requireNoPendingMembershipChange(
  observation: Observation,
  instanceId: string | undefined,
): StopReason | undefined {
  const half = observation.servers.find(
    (server) =>
      server.instanceId !== instanceId &&
      server.peer !== undefined &&
      observation.memory.leaveRequests[server.instanceId] !== undefined,
  );
  return half?.peer && { kind: 'membership-change-pending', node: half.peer.node };
}

/** Invariant 4, forward: as many proved new servers in service as keep the cluster at its size without this one. */
export function requireReplacements(
  observation: Observation,
  intent: Intent,
  instanceId: string,
): StopReason | undefined {
  const departing = findServer(observation, instanceId);
  if (departing === undefined) return { kind: 'not-owned', resource: instanceId };
  if (intent.direction === 'rollback' || departing.side !== 'old')
    return requireNotLastInService(observation, departing);
  const serving = observation.servers.filter(
    (server) => server.side === 'new' && isServingReplacement(observation, server),
  ).length;
  const staying = listRaftMembers(observation, 'old').length - 1;
  const needed = intent.size - staying;
  if (serving < needed) return { kind: 'too-few-replacements', ready: serving, needed };
  return requireNotLastInService(observation, departing);
}

/** What is unused counts as in service; where the victim is, somebody else must be so in truth. */
function requireNotLastInService(
  observation: Observation,
  { instanceId, balancers }: Server,
): StopReason | undefined {
  const balancer = Object.keys(balancers).find(
    (name) =>
      balancers[name] === 'in-service' &&
      !observation.servers.some(
        (other) => other.instanceId !== instanceId && other.balancers[name] === 'in-service',
      ),
  );
  return balancer === undefined ? undefined : { kind: 'last-in-service', instanceId, balancer };
}

function isServingReplacement(observation: Observation, server: Server): boolean {
  const inBalancers = Object.values(server.balancers).every(isInServiceState);
  const healthyVoter = server.agent.kind === 'up' && server.peer?.voter === true && server.peer.healthy;
  const { passedGates: proved, regressed: relapsed } = observation.memory;
  const isProved = proved.includes(server.instanceId) && !relapsed.includes(server.instanceId);
  return isProved && healthyVoter && inBalancers;
}

/** Invariant 5: the leader never goes while another server of its side remains. */
function requireFollowersLeftFirst(observation: Observation, departing: Server): StopReason | undefined {
  if (departing.peer?.leader !== true) return undefined;
  const followers = observation.servers.filter(
    (server) => server.side === departing.side && server.peer !== undefined && server !== departing,
  ).length;
  return followers === 0
    ? undefined
    : { kind: 'leader-must-leave-last', instanceId: departing.instanceId, followers };
}

/**
 * Invariant 6: out of Raft first; only one that answers nobody, or that will not leave, may go before, alone, if the
 * voters can spare it.
 */
export function requireCanTerminate(observation: Observation, instanceId: string): StopReason | undefined {
  const departing = findServer(observation, instanceId);
  if (departing === undefined) return { kind: 'not-owned', resource: instanceId };
  if (observation.raft === undefined) return { kind: 'no-leader', answers: [] };
  if (departing.peer === undefined)
    return requireNotNamedByRaft(observation, departing) ?? requireAgentDown(observation, departing);
  if (isAlive(departing) && !keepsRejoining(observation, departing)) {
    return { kind: 'still-in-raft', instanceId, peerId: departing.peer.id };
  }
  return (
    requireNoPendingMembershipChange(observation, instanceId) ?? requireQuorumMargin(observation, departing)
  );
}

/** Alive for its own agent, or for autopilot. */
function isAlive({ agent, peer }: Server): boolean {
  return agent.kind === 'up' || peer?.healthy === true;
}

/** Invariant 6: a member that has left is down before it goes; a new server that never joined may go as it is. */
function requireAgentDown(observation: Observation, departing: Server): StopReason | undefined {
  const { instanceId, side, agent } = departing;
  const wasMember = side === 'old' || observation.memory.leaveRequests[instanceId] !== undefined;
  return wasMember && agent.kind === 'up' ? { kind: 'agent-still-up', instanceId } : undefined;
}

/** The same server under another name: Raft may count its address or node name even if the join missed it. */
function requireNotNamedByRaft(observation: Observation, departing: Server): StopReason | undefined {
  const named = observation.raft?.peers.find(
    (peer) => peer.node === departing.instanceId || peer.address.startsWith(`${departing.address}:`),
  );
  return named && { kind: 'still-in-raft', instanceId: departing.instanceId, peerId: named.id };
}

/** A Raft peer is removed by hand only if nobody finds it alive, and the rest keep their quorum. */
export function requireRemovableOrphanPeer(
  observation: Observation,
  peerId: string,
  node: string,
): StopReason | undefined {
  const server = observation.servers.find((one) => one.peer?.id === peerId);
  const peer = observation.raft?.peers.find((one) => one.id === peerId);
  if (server?.agent.kind === 'up' || peer?.healthy === true) {
    return { kind: 'agent-still-up', instanceId: server?.instanceId ?? node };
  }
  const after = findQuorumMarginWithout(observation, peerId) ?? NO_VOTERS;
  const reason = { kind: 'quorum-at-risk', instanceId: node, after } as const;
  return (
    requireNoPendingMembershipChange(observation, server?.instanceId) ??
    (after.margin >= 0 ? undefined : reason)
  );
}

function findServer(observation: Observation, instanceId: string): Server | undefined {
  return observation.servers.find((server) => server.instanceId === instanceId);
}
