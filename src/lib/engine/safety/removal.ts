import type { Intent } from '../../model/intent.js';
import { isServing } from '../../model/load-balancer.js';
import type { Survey } from '../../model/observation.js';
import { budgetOf } from '../../model/raft.js';
import type { Server } from '../../model/server.js';
import type { Refusal } from '../../model/stop-reason.js';
import { isStubborn } from '../decide/leave.js';
import { budgetWithout, membersOf } from '../decide/servers.js';

/** The voters there are while no leader says. */
const NOBODY = budgetOf(0, 0);

/** What must hold before a server leaves Raft. One that Raft does not count may always be asked again. */
export function leavable(survey: Survey, intent: Intent, instanceId: string): Refusal | undefined {
  const victim = find(survey, instanceId);
  if (victim === undefined) return { kind: 'not-ours', resource: instanceId };
  if (victim.peer === undefined) return undefined;
  return (
    quiet(survey, instanceId) ??
    affordable(survey, victim) ??
    leaderLast(survey, victim) ??
    removable(survey, intent, instanceId)
  );
}

/**
 * Invariant 2: healthy voters without it, minus the quorum without it, is at least 1. One that is dead takes no vote
 * with it: there it is enough that the quorum stands.
 */
function affordable(survey: Survey, victim: Server): Refusal | undefined {
  const after = budgetWithout(survey, victim.peer?.id ?? '');
  const least = answers(victim) ? 1 : 0;
  if (after !== undefined && after.spare >= least) return undefined;
  return { kind: 'quorum-at-risk', instanceId: victim.instanceId, after: after ?? NOBODY };
}

/** Invariant 3: no other server is half out: asked to leave and still counted by Raft. */
export function quiet(survey: Survey, instanceId: string | undefined): Refusal | undefined {
  const half = survey.servers.find(
    (server) =>
      server.instanceId !== instanceId &&
      server.peer !== undefined &&
      survey.history.leaves[server.instanceId] !== undefined,
  );
  return half?.peer && { kind: 'change-in-flight', node: half.peer.node };
}

/** Invariant 4, forward: as many proved new servers in service as keep the cluster at its size without this one. */
export function removable(survey: Survey, intent: Intent, instanceId: string): Refusal | undefined {
  const victim = find(survey, instanceId);
  if (victim === undefined) return { kind: 'not-ours', resource: instanceId };
  if (intent.direction === 'back' || victim.side !== 'old') return lastInService(survey, victim);
  const serving = survey.servers.filter((server) => server.side === 'new' && serves(survey, server)).length;
  const staying = membersOf(survey, 'old').length - 1;
  const needed = intent.size - staying;
  if (serving < needed) return { kind: 'too-few-replacements', ready: serving, needed };
  return lastInService(survey, victim);
}

/** What is unused counts as in service; where the victim is, somebody else must be so in truth. */
function lastInService(survey: Survey, { instanceId, balancers }: Server): Refusal | undefined {
  const balancer = Object.keys(balancers).find(
    (name) =>
      balancers[name] === 'in-service' &&
      !survey.servers.some(
        (other) => other.instanceId !== instanceId && other.balancers[name] === 'in-service',
      ),
  );
  return balancer === undefined ? undefined : { kind: 'last-in-service', instanceId, balancer };
}

function serves(survey: Survey, server: Server): boolean {
  const inBalancers = Object.values(server.balancers).every(isServing);
  const healthyVoter = server.agent.kind === 'up' && server.peer?.voter === true && server.peer.healthy;
  const { proved, relapsed } = survey.history;
  const isProved = proved.includes(server.instanceId) && !relapsed.includes(server.instanceId);
  return isProved && healthyVoter && inBalancers;
}

/** Invariant 5: the leader never goes while another server of its side remains. */
function leaderLast(survey: Survey, victim: Server): Refusal | undefined {
  if (victim.peer?.leader !== true) return undefined;
  const followers = survey.servers.filter(
    (server) => server.side === victim.side && server.peer !== undefined && server !== victim,
  ).length;
  return followers === 0
    ? undefined
    : { kind: 'leader-before-followers', instanceId: victim.instanceId, followers };
}

/**
 * Invariant 6: out of Raft first; only one that answers nobody, or that will not leave, may go before, alone, if the
 * voters can spare it.
 */
export function terminable(survey: Survey, instanceId: string): Refusal | undefined {
  const victim = find(survey, instanceId);
  if (victim === undefined) return { kind: 'not-ours', resource: instanceId };
  if (survey.raft === undefined) return { kind: 'no-leader', answers: [] };
  if (victim.peer === undefined) return namedByRaft(survey, victim) ?? stillAlive(survey, victim);
  if (answers(victim) && !isStubborn(survey, victim)) {
    return { kind: 'still-in-raft', instanceId, peerId: victim.peer.id };
  }
  return quiet(survey, instanceId) ?? affordable(survey, victim);
}

/** Alive for its own agent, or for autopilot. */
function answers({ agent, peer }: Server): boolean {
  return agent.kind === 'up' || peer?.healthy === true;
}

/** Invariant 6: a member that has left is down before it goes; a new server that never joined may go as it is. */
function stillAlive(survey: Survey, victim: Server): Refusal | undefined {
  const { instanceId, side, agent } = victim;
  const wasMember = side === 'old' || survey.history.leaves[instanceId] !== undefined;
  return wasMember && agent.kind === 'up' ? { kind: 'agent-alive', instanceId } : undefined;
}

/** The same server under another name: Raft may count its address or node name even if the join missed it. */
function namedByRaft(survey: Survey, victim: Server): Refusal | undefined {
  const named = survey.raft?.peers.find(
    (peer) => peer.node === victim.instanceId || peer.address.startsWith(`${victim.address}:`),
  );
  return named && { kind: 'still-in-raft', instanceId: victim.instanceId, peerId: named.id };
}

/** A Raft peer is removed by hand only if nobody finds it alive, and the rest keep their quorum. */
export function ghostly(survey: Survey, peerId: string, node: string): Refusal | undefined {
  const server = survey.servers.find((one) => one.peer?.id === peerId);
  const peer = survey.raft?.peers.find((one) => one.id === peerId);
  if (server?.agent.kind === 'up' || peer?.healthy === true) {
    return { kind: 'agent-alive', instanceId: server?.instanceId ?? node };
  }
  const after = budgetWithout(survey, peerId) ?? NOBODY;
  const refusal = { kind: 'quorum-at-risk', instanceId: node, after } as const;
  return quiet(survey, server?.instanceId) ?? (after.spare >= 0 ? undefined : refusal);
}

function find(survey: Survey, instanceId: string): Server | undefined {
  return survey.servers.find((server) => server.instanceId === instanceId);
}
