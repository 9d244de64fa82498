import type { Effect } from '../effect.js';
import type { Oracle } from '../oracle.js';
import type { Checker } from './checker.js';

/** replacements-first: when rolling forward, an old server leaves only if new servers in service replace it. */
export function createReplacementsChecker(): Checker {
  return { invariant: 'replacements-first', before: findMissingReplacement };
}

function findMissingReplacement(effect: Effect, oracle: Oracle): string | undefined {
  if (effect.kind !== 'leave' || oracle.isRollingBack) return undefined;
  const departing = oracle.peerAt(effect.address);
  const name = departing && oracle.serverOf(departing)?.nodeName;
  if (name === undefined || oracle.sideOf(name) !== 'old') return undefined;
  const ready = oracle.listActiveMembers('new').filter(({ instance, lifecycle }) => {
    const peer = oracle.peerOf(instance.instanceId);
    if (peer === undefined || !peer.voter || lifecycle !== 'InService') return false;
    return oracle.isHealthy(peer) && oracle.isInService(instance.instanceId);
  }).length;
  const staying = oracle
    .listActiveMembers('old')
    .filter(({ instance }) => instance.instanceId !== name && oracle.peerOf(instance.instanceId) !== undefined).length;
  if (ready + staying >= oracle.size) return undefined;
  return `${name} leaves with ${ready} new servers ready and ${staying} old ones staying, of ${oracle.size}`;
}
