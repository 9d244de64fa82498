import { type Decision, type DecisionInput, decideAction } from '../../model/decision.js';
import { keepResults } from '../../model/keep-results.js';
import type { Observation } from '../../model/observation.js';
import { computeQuorum } from '../../model/raft.js';
import { parseHost, type Server } from '../../model/server.js';
import { isLaunchedInRoll, isTerminating, listActiveServers, listServers } from '../../model/servers.js';
import { FOUNDER_SIGNS, type FounderReason, type FounderSign } from '../../model/stop-reason.js';
import { isRecorded, readIntent } from '../../model/tags.js';
import { strategyOf } from '../strategy/strategies.js';
import { changeProcesses, findMissingSuspensions } from '../strategy/suspended-processes.js';
import { findCurrentPhase } from './decisions.js';

/** A server of the roll that bootstrapped a cluster of its own, or is about to, instead of joining. */
interface Founder {
  readonly server: Server;
  readonly sign: FounderSign;
  /** Raft of the cluster does not have it, so the cluster loses nothing with it. */
  readonly isOutsider: boolean;
  /** Servers of the cluster that name it as their leader: more than 0 once it takes the cluster over. */
  readonly followers: number;
}

/**
 * The first of them: outsiders before those that Raft has already. A rollback launches old servers, which bootstrap a
 * cluster just as new ones do.
 */
export function findFounder(observation: Observation): Founder | undefined {
  return findFirstFounder(observation);
}

const findFirstFounder = keepResults((observation: Observation): Founder | undefined => {
  const founders = observation.servers
    .filter(
      (server) => !isTerminating(server) && isLaunchedInRoll(observation, server) && isOfRoll(observation, server),
    )
    .flatMap((server) => examine(observation, server) ?? [])
    .filter(({ server, isOutsider }) => server.side === 'new' || isOutsider || isRelaunched(observation, server));
  return founders.find(({ isOutsider }) => isOutsider) ?? founders[0];
});

/** A new server of an image that others have set is theirs. */
export function isOfRoll({ old, new: group }: Observation, { side, imageId }: Server): boolean {
  const intent = (group && readIntent(group)) ?? (old && readIntent(old));
  return side === 'old' || intent === undefined || imageId === intent.imageId;
}

/**
 * While there is no new server, only the clock of who began the roll tells an old one that the rollback launched from
 * older ones, which may be in bootstrap mode: so it must be the youngest too.
 */
function isRelaunched(observation: Observation, { launchedAtMs }: Server): boolean {
  if (listServers(observation, 'new').length > 0) return true;
  const { old } = observation;
  const isRollback = old !== undefined && readIntent(old)?.direction === 'rollback';
  return isRollback && listActiveServers(observation, 'old').every((other) => other.launchedAtMs <= launchedAtMs);
}

/**
 * True if this server is the founder and a member of Raft. Raft compares index and term only, and two clusters have both
 * alike: what it bootstrapped itself may stay in its log in place of what the cluster committed. So its vote protects no
 * data, and less of it is lost without the server.
 */
export function isFounderInRaft(observation: Observation, { instanceId, peer }: Server): boolean {
  return peer !== undefined && findFounder(observation)?.server.instanceId === instanceId;
}

/** The servers that had the cluster before it: those older than the roll, and the new ones for one that a rollback launched. */
function listHolders(observation: Observation, { side }: Server): readonly Server[] {
  const holds = (one: Server) => !isLaunchedInRoll(observation, one) || (side === 'old' && one.side === 'new');
  return observation.servers.filter((one) => !isTerminating(one) && holds(one));
}

function examine(observation: Observation, server: Server): Founder | undefined {
  const { address } = server;
  if (address === undefined) return undefined;
  const outsider = isOutsider(observation, server, address);
  const sign = FOUNDER_SIGNS.find((one) => shows(one, observation, server, outsider));
  if (sign === undefined) return undefined;
  const followers = listHolders(observation, server).filter(({ agent: { leader } }) => isAt(leader, address));
  return { server, sign, isOutsider: outsider, followers: followers.length };
}

function shows(sign: FounderSign, observation: Observation, server: Server, outsider: boolean): boolean {
  const { agent, address } = server;
  switch (sign) {
    case 'own-cluster':
      return (
        outsider && (isAt(agent.leader, address) || (isElsewhere(observation, server) && agent.peers?.length === 1))
      );
    case 'other-cluster':
      return outsider && isElsewhere(observation, server);
    case 'bootstrap-mode':
      return agent.kind === 'up' && agent.bootstrapExpect === 1;
    case 'state-missing':
      // A new one turns the roll back (gates.ts).
      return server.side === 'old' && server.missing !== undefined && server.missing !== 'pending';
  }
}

/**
 * Its Raft configuration has itself and no member of the cluster, nor does it name one as its leader. A server that
 * joins has the cluster's leader before its first configuration, which may be an old one that it is replaying.
 */
function isElsewhere(observation: Observation, server: Server): boolean {
  const { agent, address } = server;
  const { leader, peers } = agent;
  if (!peers?.some((peer) => isAt(peer, address))) return false;
  const holders = listHolders(observation, server).map((one) => one.address);
  const members = new Set([...holders, ...(observation.raft?.peers ?? []).map((peer) => parseHost(peer.address))]);
  return (
    !peers.some((peer) => !isAt(peer, address) && members.has(parseHost(peer))) && !members.has(parseHost(leader ?? ''))
  );
}

/**
 * True if the cluster loses no vote with this server. Where another server leads and has the sentinel key, which no other
 * cluster has, the leader decides: its Raft must not have the server. Otherwise one of these is enough:
 * - A quorum of the members do not have it in their own Raft configuration, whichever leader they name.
 * - It leads itself, alone in its own Raft configuration, and one member has a configuration without it: the others may be
 *   silent. It would have had to outlive all of them in Raft.
 * - It leads a quorum of the members, which vote in their own Raft configuration, and is the only voter in its own. They
 *   did not elect it: a leader has those who elected it in its configuration. Members that have its configuration in place
 *   of theirs have no vote: they could elect none without it.
 */
function isOutsider(observation: Observation, server: Server, address: string): boolean {
  const { raft, servers } = observation;
  const leads = isAt(raft?.leader, address);
  if (raft?.sentinel !== undefined && !leads) return server.peer === undefined;
  const holders = listHolders(observation, server);
  const members = servers.filter((other) => other !== server && isMember(other, holders));
  const quorum = computeQuorum(Math.max(1, ...members.map(({ agent: { peers = [] } }) => peers.length)));
  const without = members.filter(({ agent }) => !agent.peers?.some((peer) => isAt(peer, address)));
  const { leader, peers = [] } = server.agent;
  const isAlone = isAt(leader, address) && peers.every((peer) => isAt(peer, address));
  if (without.length >= (isAlone ? 1 : quorum)) return true;
  const leadsAlone = leads && raft?.peers.every((peer) => !peer.voter || isAt(peer.address, address));
  const electors = members.filter(({ agent }) => agent.kind === 'up' && agent.votes === true);
  return leadsAlone === true && electors.length >= Math.max(2, quorum);
}

/** It says of itself that it is in the Raft configuration of those that had the cluster before it, and does not lead it. */
export function followsCluster(observation: Observation, server: Server): boolean {
  return isMember(server, listHolders(observation, server));
}

/** It has itself and a holder in its Raft configuration, and leads itself only if it is one. */
function isMember(server: Server, holders: readonly Server[]): boolean {
  const { address, agent } = server;
  const has = (host: string | undefined) => agent.peers?.some((peer) => isAt(peer, host)) === true;
  const leadsBeside = isAt(agent.leader, address) && !holders.includes(server);
  if (isTerminating(server) || leadsBeside) return false;
  return has(address) && holders.some((holder) => has(holder.address));
}

function isAt(raftAddress: string | undefined, address: string | undefined): boolean {
  return raftAddress !== undefined && parseHost(raftAddress) === address;
}

/** Terminates a founder that Raft does not have at once: once it meets the cluster it may lose keys of it. */
export function removeFounder(input: DecisionInput): Decision | undefined {
  const { observation, intent } = input;
  const founder = findFounder(observation);
  if (!founder?.isOutsider) return undefined;
  const { server, sign, followers } = founder;
  const { instanceId, address } = server;
  const terminate = { kind: 'terminate', instanceId, cutOff: address } as const;
  return (
    suspendGroups(input, 'no-next-founder') ??
    decideAction(input, findCurrentPhase(observation, intent), terminate, { kind: 'founder', sign, followers })
  );
}

/** A group that still acts on its own, which may have launched the server, would launch the next one in its place. */
export function suspendGroups(
  input: DecisionInput,
  reason: 'no-next-founder' | 'no-more-launches',
): Decision | undefined {
  const { observation, intent } = input;
  const leaving = intent.direction === 'rollback' ? 'new' : 'old';
  for (const side of ['old', 'new'] as const) {
    const { [side]: group } = observation;
    if (!isRecorded(group) || group.instanceIds.length === 0) continue;
    const missing = findMissingSuspensions(group, side !== leaving || strategyOf(intent).launchesInOldGroup);
    const phase = findCurrentPhase(observation, intent);
    const suspended = changeProcesses(input, phase, 'suspend-processes', group, missing, reason);
    if (suspended !== undefined) return suspended;
  }
  return undefined;
}

/** Why the image cannot be rolled onto, where one of its servers is a founder, or was one and is terminated. */
export function findFounderReason({ observation, memory }: DecisionInput): FounderReason | undefined {
  const founder = findFounder(observation);
  return founder === undefined ? memory.founder : buildFounderReason(founder);
}

export function buildFounderReason({ server: { instanceId, side }, sign, followers }: Founder): FounderReason {
  return { kind: 'founder', instanceId, sign, followers, ...(side === 'old' && { side }) };
}
