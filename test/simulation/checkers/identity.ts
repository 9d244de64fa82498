import type { Effect } from '../effect.js';
import type { RunEnd } from '../operator.js';
import type { Oracle } from '../oracle.js';
import type { Checker } from './checker.js';

/**
 * single-leader: a server is not taken for another whose node id or node name it has. No old server is removed, nor loses
 * leadership, and no run ends for want of a leader, because a new server has the identity of an old one; nor is the new
 * one asked to leave, which gossip would take for the leave of the old one.
 */
export function createIdentityChecker(): Checker {
  return { invariant: 'single-leader', before: findCopiedServer, ended: findFalseAlarm };
}

function findCopiedServer(effect: Effect, oracle: Oracle): string | undefined {
  const address = findDeparting(effect, oracle);
  if (address === undefined || (effect.kind === 'leave' && refusesWithoutToken(oracle, address))) return undefined;
  if (effect.kind !== 'leave' && oracle.sideAt(address) !== 'old') return undefined;
  const [copy] = oracle.findNamesakes(address);
  return copy && `${effect.kind} of ${address}, whose node id or node name ${copy.address} has`;
}

/** Nothing happens then; nor can the roll know who else is in the cluster that it has joined. */
function refusesWithoutToken({ needsToken, tokenRecipients }: Oracle, address: string): boolean {
  return needsToken && !tokenRecipients.has(address);
}

function findDeparting(effect: Effect, oracle: Oracle): string | undefined {
  if (effect.kind === 'leave') return effect.address;
  if (effect.kind === 'transfer-leadership') return oracle.leader?.address;
  if (effect.kind !== 'terminate') return undefined;
  return oracle.state.instances.get(effect.instanceId)?.address;
}

/**
 * A run that finds the keys of its roll deleted ends like this, whatever servers there are; and one that would need the vote of
 * a server that is in no group, which may end at any moment.
 */
function findFalseAlarm(end: RunEnd, oracle: Oracle): string | undefined {
  if (end !== 'quorum-at-risk' || oracle.leader === undefined || oracle.hasLostKeys) return undefined;
  if (oracle.voters.some((peer) => oracle.groupOf(oracle.serverOf(peer)?.nodeName ?? '') === undefined))
    return undefined;
  const isWell = oracle.voters.every((peer) => oracle.isHealthy(peer) && !oracle.disturbed.has(peer.host));
  const [copy] = oracle.voters.flatMap(({ host }) => oracle.findNamesakes(host));
  return copy && isWell
    ? `the run ends with the quorum at risk, and ${copy.address} has the node id or node name of a healthy voter`
    : undefined;
}
