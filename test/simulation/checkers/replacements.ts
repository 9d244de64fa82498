import type { Effect } from '../effect.js';
import type { Oracle } from '../oracle.js';
import type { Checker } from './checker.js';

/** replacements-first: going forward, no old server leaves unless proved new ones in service make up for it. */
export function createReplacementsChecker(): Checker {
  return { invariant: 'replacements-first', before: findMissingReplacement };
}

function findMissingReplacement(effect: Effect, truth: Oracle): string | undefined {
  if (effect.kind !== 'leave' || truth.isRollingBack) return undefined;
  const victim = truth.peerAt(effect.address);
  const name = victim && truth.serverOf(victim)?.nodeName;
  if (name === undefined || truth.sideOf(name) !== 'old') return undefined;
  const ready = truth.standing('new').filter(({ instance, lifecycle }) => {
    const peer = truth.peerOf(instance.instanceId);
    if (peer === undefined || !peer.voter || lifecycle !== 'InService') return false;
    return truth.isHealthy(peer) && truth.serves(instance.instanceId);
  }).length;
  const staying = truth
    .standing('old')
    .filter(({ instance }) => instance.instanceId !== name && truth.peerOf(instance.instanceId) !== undefined).length;
  if (ready + staying >= truth.size) return undefined;
  return `${name} leaves with ${ready} new servers ready and ${staying} old ones staying, of ${truth.size}`;
}
