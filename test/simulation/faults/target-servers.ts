import type { GroupRecord } from '../../../src/sandbox/aws/records.js';
import type { Peer } from '../../../src/sandbox/consul/raft/log.js';
import type { ImageBehaviour } from '../../../src/sandbox/interfaces.js';
import type { Chance } from '../chance.js';
import { findLaunchedImage } from '../launches.js';
import { computeMajority, type Oracle } from '../oracle.js';
import type { FaultTarget } from './fault.js';

/**
 * A member that the cluster can lose now; undefined if it can lose none of the given kind. A lost quorum is an error
 * of the roll only if every fault alone leaves one.
 */
export function findExpendableServer(oracle: Oracle, whom: FaultTarget, chance: Chance): Peer | undefined {
  const candidates = oracle.peers.filter((peer) => isTarget(oracle, peer, whom) && canLose(oracle, peer));
  return candidates.length === 0 ? undefined : chance.pick(candidates);
}

function isTarget(oracle: Oracle, peer: Peer, whom: FaultTarget): boolean {
  const server = oracle.serverOf(peer);
  if (server?.life !== 'running' || server.leaving) return false;
  if (whom === 'leader') return oracle.leader === server;
  return whom === 'any' || oracle.sideOf(server.nodeName) === whom;
}

/**
 * A quorum remains among the voters, and among all peers with those that are still to join, as each may get a vote at any
 * moment; also once a server with the node id of another has taken that one's place, and has no vote.
 */
export function canLose(oracle: Oracle, departing: Peer): boolean {
  const displaced = listLiving(oracle, 'clone').length > 0 || launchesClones(oracle) ? 1 : 0;
  const unsteady = new Set([...listLiving(oracle, 'crashloop'), ...listDoomed(oracle)]);
  const joining = [...unsteady].filter((id) => oracle.peerOf(id) === undefined).length;
  const isEnough = (electorate: readonly Peer[], further: number): boolean => {
    const rest = electorate.filter((peer) => peer !== departing && isReliable(oracle, peer));
    return rest.length - displaced >= computeMajority(electorate.length + further);
  };
  return isEnough(oracle.voters, 0) && isEnough(oracle.peers, joining);
}

/**
 * Whether a quorum remains where a group launches so many more servers: those of an image that crashes all the time get
 * a vote all the same, and all of them may be down at one moment.
 */
export function canGain(oracle: Oracle, group: GroupRecord, count: number): boolean {
  // Servers that have joined may be abandoned together.
  if (count > 0 && abandonsLaunches(group)) return false;
  const image = oracle.state.images.get(findLaunchedImage(oracle.state, group) ?? '');
  if (count <= 0 || image?.behaviour !== 'crashloop') return true;
  const steady = oracle.voters.filter((peer) => isReliable(oracle, peer)).length;
  const coming = Math.max(0, group.desired - group.members.size) + count;
  return steady >= computeMajority(steady + listLiving(oracle, 'crashloop').length + coming);
}

/** Whether a quorum remains if every launch that has not ended is abandoned, once each of the servers has a vote. */
export function canAbandon(oracle: Oracle): boolean {
  const launching = listLaunching(oracle, () => true);
  const isLasting = (peer: Peer) => !launching.includes(oracle.serverOf(peer)?.nodeName ?? '');
  const rest = oracle.voters.filter((peer) => isReliable(oracle, peer) && isLasting(peer));
  const joining = launching.filter((id) => oracle.peerOf(id) === undefined).length;
  return rest.length >= computeMajority(oracle.peers.length + joining);
}

/** Servers that their group is about to end, because a lifecycle hook abandons their launch. */
function listDoomed(oracle: Oracle): string[] {
  return listLaunching(oracle, abandonsLaunches);
}

function listLaunching(oracle: Oracle, isMeant: (group: GroupRecord) => boolean): string[] {
  const groups = [...new Set([oracle.group('old'), oracle.group('new')])];
  const members = groups.flatMap((group) => (group !== undefined && isMeant(group) ? [...group.members.values()] : []));
  return members.map(({ instance }) => instance.instanceId).filter((id) => oracle.isLaunching(id));
}

function abandonsLaunches({ hooks }: GroupRecord): boolean {
  return [...hooks.values()].some(
    ({ LifecycleTransition = '', DefaultResult }) =>
      LifecycleTransition.endsWith('LAUNCHING') && DefaultResult === 'ABANDON',
  );
}

/** Whether a group launches servers with the node id of another from now on, or will in this roll. */
function launchesClones({ state, images: known }: Oracle): boolean {
  const launched = [...state.groups.values()].map((group) => findLaunchedImage(state, group) ?? '');
  return [...known, ...launched].some((imageId) => state.images.get(imageId)?.behaviour === 'clone');
}

/** Ids of the instances of an image that behaves like this, also of those that have not booted yet. */
function listLiving({ state }: Oracle, behaviour: ImageBehaviour): string[] {
  return [...state.instances.values()]
    .filter(({ spec, state: life }) => spec.image.behaviour === behaviour && (life === 'pending' || life === 'running'))
    .map(({ instanceId }) => instanceId);
}

function isReliable(oracle: Oracle, peer: Peer): boolean {
  const server = oracle.serverOf(peer);
  // A founder may leave at any moment.
  if (server === undefined || !oracle.isHealthy(peer) || oracle.isFounder(peer)) return false;
  if (listDoomed(oracle).includes(server.nodeName)) return false;
  const instance = oracle.state.instances.get(server.nodeName);
  return instance?.state === 'running' && instance.spec.image.behaviour !== 'crashloop';
}

/** Address of the server that was asked to leave and is still in Raft; empty if the cluster cannot lose it. */
export function listLeavingServers(oracle: Oracle): string[] {
  const leaving = oracle.peers.find((peer) => {
    const server = oracle.serverOf(peer);
    return server?.life === 'running' && server.leaving && canLose(oracle, peer);
  });
  return leaving === undefined ? [] : [leaving.host];
}

/**
 * As many running voters as must stop for the rest to lose the majority; none beside servers that crash all the time, as autopilot
 * may take those that stopped out of Raft meanwhile.
 */
export function chooseMinority(oracle: Oracle, chance: Chance): string[] {
  if (listLiving(oracle, 'crashloop').length > 0) return [];
  const voters = oracle.voters.filter((peer) => oracle.isUp(peer)).map(({ host }) => host);
  const count = voters.length - computeMajority(oracle.voters.length) + 1;
  const start = chance.between(0, Math.max(0, voters.length - 1));
  return [...voters.slice(start), ...voters.slice(0, start)].slice(0, Math.max(0, count));
}
