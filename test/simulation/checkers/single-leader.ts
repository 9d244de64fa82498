import type { Effect } from '../effect.js';
import type { RunEnd } from '../operator.js';
import { computeMajority, type Oracle } from '../oracle.js';
import type { Checker } from './checker.js';

/**
 * single-leader: when a server is asked to leave, a majority of the voters names the same leader, an instance of the
 * cluster. No run ends for want of a leader because of one new server.
 */
export function createOneLeaderChecker(): Checker {
  return { invariant: 'single-leader', before: findMissingLeader, ended: findFalseAlarm };
}

function findMissingLeader(effect: Effect, oracle: Oracle): string | undefined {
  if (effect.kind !== 'leave' || oracle.peerAt(effect.address) === undefined) return undefined;
  const { leader } = oracle;
  if (leader === undefined) return `${effect.address} is asked to leave while there is no leader`;
  if (oracle.groupOf(leader.nodeName) === undefined)
    return `the leader ${leader.nodeName} is not an instance of the cluster`;
  const naming = oracle.voters.filter((peer) => {
    const server = oracle.serverOf(peer);
    return server?.life === 'running' && server.leaderView === leader;
  }).length;
  if (naming >= computeMajority(oracle.voters.length)) return undefined;
  return `${effect.address} is asked to leave while ${naming} of ${oracle.voters.length} voters name the leader`;
}

function findFalseAlarm(end: RunEnd, oracle: Oracle): string | undefined {
  if (end !== 'quorum-at-risk' || oracle.leader === undefined || oracle.hasLostKeys) return undefined;
  const ill = oracle.peers.filter((peer) => !oracle.isHealthy(peer) || oracle.disturbed.has(peer.host));
  const old = oracle.listActiveMembers('old').filter(({ instance }) => oracle.peerOf(instance.instanceId));
  const isOneNew = ill.every((peer) => oracle.sideOf(oracle.serverOf(peer)?.nodeName ?? '') === 'new');
  if (ill.length !== 1 || !isOneNew || old.length < computeMajority(oracle.voters.length)) return undefined;
  return `the run ends with the quorum at risk, and only the new server ${ill[0]?.host} is ill`;
}
