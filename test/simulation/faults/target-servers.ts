import type { Peer } from '../../../src/sandbox/consul/raft/log.js';
import type { Chance } from '../chance.js';
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
 * A quorum remains among the voters, and among all peers, as non-voters may get a vote at any moment; also once a server
 * with the node id of another has taken that one's place, and has no vote.
 */
function canLose(oracle: Oracle, departing: Peer): boolean {
  const displaced = Math.min(1, countClones(oracle));
  return [oracle.voters, oracle.peers].every((electorate) => {
    const rest = electorate.filter((peer) => peer !== departing && isReliable(oracle, peer));
    return rest.length - displaced >= computeMajority(electorate.length);
  });
}

/** Instances that have, or will have as soon as they have booted, the node id of another server. */
function countClones({ state }: Oracle): number {
  return [...state.instances.values()].filter(
    ({ spec, state: life }) => spec.image.behaviour === 'clone' && (life === 'pending' || life === 'running'),
  ).length;
}

function isReliable(oracle: Oracle, peer: Peer): boolean {
  const server = oracle.serverOf(peer);
  if (server === undefined || !oracle.isHealthy(peer)) return false;
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

/** As many running voters as must stop for the rest to lose the majority. */
export function chooseMinority(oracle: Oracle, chance: Chance): string[] {
  const voters = oracle.voters.filter((peer) => oracle.isUp(peer)).map(({ host }) => host);
  const count = voters.length - computeMajority(oracle.voters.length) + 1;
  const start = chance.between(0, Math.max(0, voters.length - 1));
  return [...voters.slice(start), ...voters.slice(0, start)].slice(0, Math.max(0, count));
}
