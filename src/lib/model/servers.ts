import { buildFinalSentinel, buildSentinel, type Intent } from './intent.js';
import { keepResults } from './keep-results.js';
import { isInServiceState } from './load-balancer.js';
import type { Observation, Raft } from './observation.js';
import { computeQuorumMargin, type KnownQuorumMargin, type QuorumMargin } from './raft.js';
import { isSameRoll } from './record.js';
import { type Identity, type Peer, refusesToken, type Server, type Side } from './server.js';
import { readIntent } from './tags.js';

/** True once it is being terminated, or is gone. */
export function isTerminating({ lifecycle }: Pick<Server, 'lifecycle'>): boolean {
  return /^(Terminat|Detach)/.test(lifecycle);
}

/** Who a server is: by its own word, or by that of gossip where it says nothing without a token. */
export function identify({ agent, member }: Server): Identity | undefined {
  if (agent.kind === 'up') return { 'node-id': agent.nodeId, 'node-name': agent.nodeName };
  return member && { 'node-id': member.nodeId, 'node-name': member.node };
}

/** Servers of a side, oldest first; those AWS is terminating included. */
export function listServers(observation: Pick<Observation, 'servers'>, side: Side): readonly Server[] {
  return listSides(observation.servers)[side];
}

const listSides = keepResults((servers: readonly Server[]) => {
  return { old: servers.filter(({ side }) => side === 'old'), new: servers.filter(({ side }) => side === 'new') };
});

/**
 * True for a server that was launched since the roll began: every new one, and an old one that a rollback launched. That
 * one is younger than the new servers, by the clock of EC2; the clock of who began the roll may be wrong.
 */
export function isLaunchedInRoll(
  observation: Pick<Observation, 'servers' | 'old'>,
  { side, launchedAtMs }: Server,
): boolean {
  if (side === 'new') return true;
  const [oldestNew] = listServers(observation, 'new');
  if (oldestNew !== undefined) return launchedAtMs > oldestNew.launchedAtMs;
  const { old } = observation;
  return launchedAtMs > ((old && readIntent(old)?.startedAtMs) ?? Infinity);
}

/** Servers of a side that are not being terminated. */
export function listActiveServers(observation: Observation, side: Side): readonly Server[] {
  return listActive(listServers(observation, side));
}

const listActive = keepResults((servers: readonly Server[]) => servers.filter((server) => !isTerminating(server)));

/** Standing servers of a side that are in the Raft configuration, voters or not. */
export function listRaftMembers(observation: Observation, side: Side): readonly Server[] {
  return listActiveServers(observation, side).filter((server) => server.peer !== undefined);
}

/** In service in every load balancer and target group of the cluster. */
export function isInService(server: Server): boolean {
  return Object.values(server.balancers).every(isInServiceState);
}

/** Load balancers that still list the server, draining or not. */
export function listBalancersOf(server: Server): readonly string[] {
  return Object.keys(server.balancers).filter((name) => server.balancers[name] !== 'absent');
}

export function getOtherSide(side: Side): Side {
  return side === 'old' ? 'new' : 'old';
}

/**
 * The voters in the leader's Raft configuration. A voter is healthy when autopilot says so, its own agent answers and
 * AWS is not terminating it.
 */
export function findQuorumMargin(observation: Observation): QuorumMargin | undefined {
  return observation.raft && countVoters(observation, observation.raft);
}

/**
 * True if autopilot reports the health of the servers. For some seconds after an election it reports none as healthy,
 * which means nothing. Decisions then count no server as healthy; views show that it is not known.
 */
export function isHealthKnown({ raft }: Observation): boolean {
  if (raft === undefined) return false;
  return raft.peers.some(({ healthy }) => healthy) || !raft.peers.some(({ voter }) => voter);
}

/** The voters for views: `healthy` is undefined until autopilot has reported it. */
export function findKnownQuorumMargin(observation: Observation): KnownQuorumMargin | undefined {
  const margin = findQuorumMargin(observation);
  if (margin === undefined || isHealthKnown(observation)) return margin;
  return { ...margin, healthy: undefined, margin: undefined };
}

/**
 * The voters without this Raft peer; the same as now if it is not a voter. Non-voters that are being terminated count as
 * dead voters, as they may become.
 */
export function findQuorumMarginWithout(observation: Observation, peerId: string): QuorumMargin | undefined {
  const dying = listDyingNonVoters(observation);
  return observation.raft && countVoters(observation, observation.raft, peerId, dying);
}

/** The same once it has left; those whose launch may be abandoned do not count as healthy. */
export function findQuorumMarginAfterLeave(observation: Observation, peerId: string): QuorumMargin | undefined {
  const dying = listDyingNonVoters(observation);
  return observation.raft && countVoters(without(observation, isLaunching), observation.raft, peerId, dying);
}

/**
 * The voters if these Raft peers died now: until Raft lets them go, they count towards the quorum and do not vote, also
 * those that have no vote yet, as autopilot may give them one until it notices. Nor do those count as healthy whose launch
 * may be abandoned.
 */
export function findQuorumMarginIfDead(observation: Observation, peerIds: readonly string[]): QuorumMargin | undefined {
  const dying = [...listDyingNonVoters(observation), ...peerIds];
  const { servers } = without(observation, isLaunching);
  const standing = servers.filter(({ peer }) => peer === undefined || !peerIds.includes(peer.id));
  return observation.raft && countVoters({ ...observation, servers: standing }, observation.raft, undefined, dying);
}

/** Its launch has not ended: a lifecycle hook may abandon it, and Auto Scaling then ends it, although it votes. */
export function isLaunching({ lifecycle }: Pick<Server, 'lifecycle'>): boolean {
  return lifecycle.startsWith('Pending');
}

function without(observation: Observation, isLeftOut: (server: Server) => boolean): Observation {
  return { ...observation, servers: observation.servers.filter((server) => !isLeftOut(server)) };
}

/**
 * How many more servers of a side may be launched now: so many that the healthy voters would keep the quorum if none of
 * those lived that are on their way then, once each of them has a vote. A lifecycle hook may abandon all that it holds at
 * one moment. One alone may always be launched.
 *
 * @param mayDie which servers do not count as healthy voters, as they may die with the new ones
 */
export function countLaunchable(
  observation: Observation,
  side: Side,
  mayDie: (server: Server) => boolean = isLaunching,
): number {
  const standing = listActiveServers(observation, side);
  const launched = standing.filter((server) => isLaunchedInRoll(observation, server));
  const unjoined = launched.filter(({ peer }) => peer === undefined).length;
  const missing = Math.max(0, (observation[side]?.desired ?? 0) - standing.length);
  const unproved = launched.filter((server) => server.peer?.voter !== true || mayDie(server)).length;
  const healthy = findQuorumMargin(without(observation, mayDie))?.healthy ?? 0;
  const peers = observation.raft?.peers.length ?? 0;
  // The healthy voters are a majority of so many.
  const most = 2 * healthy - 1 - peers - unjoined - missing;
  return Math.max(most, unproved + missing === 0 ? 1 : 0);
}

/**
 * Raft ids of non-voters that are being terminated, or whose instance is gone, and that autopilot may still give a vote: it
 * has not noticed yet.
 */
export function listDyingNonVoters(observation: Observation): readonly string[] {
  return findOrphanPeers(observation).flatMap(({ id, voter, healthy }) => (!voter && healthy ? [id] : []));
}

/** Raft peers without an instance in the groups of the cluster that is not being terminated. */
export function findOrphanPeers(observation: Observation): readonly Peer[] {
  const standing = observation.servers.filter((server) => !isTerminating(server));
  const known = new Set(standing.map((server) => server.peer?.id));
  return (observation.raft?.peers ?? []).filter((peer) => !known.has(peer.id));
}

/** The server that is the undisputed leader. */
export function findLeader(observation: Observation): Server | undefined {
  return observation.servers.find((server) => server.peer?.leader === true);
}

/** True for a voter that autopilot finds healthy and that names the leader, whether it accepts the token or not. */
export function isHealthyVoter({ raft }: Observation, server: Server): boolean {
  const { agent, peer } = server;
  const isAnswering = agent.kind === 'up' || refusesToken(server);
  const isHealthy = peer?.voter === true && peer.healthy && !isTerminating(server);
  return isHealthy && isAnswering && agent.leader === raft?.leader;
}

function countVoters(
  observation: Observation,
  raft: Raft,
  without?: string,
  alsoVoters: readonly string[] = [],
): QuorumMargin {
  const voters = raft.peers.filter(({ id, voter }) => (voter || alsoVoters.includes(id)) && id !== without);
  const healthy = new Set(
    observation.servers.flatMap((server) => (isHealthyVoter(observation, server) ? (server.peer?.id ?? []) : [])),
  );
  return computeQuorumMargin(voters.length, voters.filter(({ id }) => healthy.has(id)).length);
}

/** True if the cluster's own store has the record of this roll. */
export function isConfirmed({ raft }: Observation, intent: Intent): boolean {
  const record = raft?.record;
  return record !== undefined && record !== 'damaged' && isSameRoll(record.intent, intent);
}

/** True if the leader has the sentinel key as this roll wrote it, first or last. */
export function hasSentinel({ raft }: Observation, intent: Intent): boolean {
  return raft?.sentinel === buildSentinel(intent) || raft?.sentinel === buildFinalSentinel(intent);
}

/**
 * Desired capacity with which one side has this many servers; where both sides share a group, the other's are added.
 */
export function computeGroupSize(observation: Observation, side: Side, servers: number): number {
  const [own, other] = [observation[side], observation[getOtherSide(side)]];
  return servers + (own !== undefined && own.name === other?.name ? other.desired : 0);
}

/** Also on its way there and back: the desired capacity of its group does not count it. */
export function isOnStandby({ lifecycle }: Pick<Server, 'lifecycle'>): boolean {
  return lifecycle.endsWith('Standby');
}

/** How many servers Auto Scaling compares with the desired capacity of the group of this name. */
export function countTowardsDesired(observation: Observation, name: string): number {
  return observation.servers.filter(
    (server) => observation[server.side]?.name === name && !isTerminating(server) && !isOnStandby(server),
  ).length;
}

/** Desired capacity of the group of this name, over both sides. */
export function sumDesired(observation: Observation, name: string): number {
  const views = [observation.old, observation.new].flatMap((view) => (view?.name === name ? [view.desired] : []));
  return views.reduce((sum, desired) => sum + desired, 0);
}

/** The old image; undefined once no old server is left. */
export function findOldImage({ old, servers }: Pick<Observation, 'old' | 'servers'>): string | undefined {
  return old?.imageId ?? servers.find(({ side }) => side === 'old')?.imageId;
}
