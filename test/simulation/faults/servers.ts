import type { Peer } from '../../../src/sandbox/consul/raft/log.js';
import type { Chance } from '../chance.js';
import { computeMajority, type Oracle } from '../oracle.js';
import type { FaultTarget } from './fault.js';

/**
 * A member that the cluster as it really is can lose now; undefined when it can lose none of those. A roll may
 * only be blamed for a lost quorum if every fault alone leaves one.
 */
export function findExpendableServer(truth: Oracle, whom: FaultTarget, chance: Chance): Peer | undefined {
  const candidates = truth.peers.filter((peer) => isTarget(truth, peer, whom) && canSpare(truth, peer));
  return candidates.length === 0 ? undefined : chance.pick(candidates);
}

function isTarget(truth: Oracle, peer: Peer, whom: FaultTarget): boolean {
  const server = truth.serverOf(peer);
  if (server?.life !== 'running' || server.leaving) return false;
  if (whom === 'leader') return truth.leader === server;
  return whom === 'any' || truth.sideOf(server.nodeName) === whom;
}

/** Among the voters, and among those who may vote any moment, a quorum remains. */
function canSpare(truth: Oracle, victim: Peer): boolean {
  return [truth.voters, truth.peers].every((electorate) => {
    const rest = electorate.filter((peer) => peer !== victim && isReliable(truth, peer));
    return rest.length >= computeMajority(electorate.length);
  });
}

function isReliable(truth: Oracle, peer: Peer): boolean {
  const server = truth.serverOf(peer);
  if (server === undefined || !truth.isHealthy(peer)) return false;
  const instance = truth.state.instances.get(server.nodeName);
  return instance?.state === 'running' && instance.spec.image.behaviour !== 'crashloop';
}

/** Where the server is that was asked to leave and is still in Raft; nobody where there is none to spare. */
export function listLeavingServers(truth: Oracle): string[] {
  const leaving = truth.peers.find((peer) => {
    const server = truth.serverOf(peer);
    return server?.life === 'running' && server.leaving && canSpare(truth, peer);
  });
  return leaving === undefined ? [] : [leaving.host];
}

/** As many running voters as it takes to leave fewer than a majority of them. */
export function chooseMinority(truth: Oracle, chance: Chance): string[] {
  const voters = truth.voters.filter((peer) => truth.isUp(peer)).map(({ host }) => host);
  const count = voters.length - computeMajority(truth.voters.length) + 1;
  const start = chance.between(0, Math.max(0, voters.length - 1));
  return [...voters.slice(start), ...voters.slice(0, start)].slice(0, Math.max(0, count));
}
