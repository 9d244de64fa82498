import type { Effect } from '../effect.js';
import type { Oracle } from '../oracle.js';
import type { Checker } from './checker.js';

/** one-change: nobody is asked to leave, removed or handed leadership while another server is half out of Raft. */
export function createOneChangeChecker(): Checker {
  return { invariant: 'one-change', before: findSecondChange };
}

function findSecondChange(effect: Effect, truth: Oracle): string | undefined {
  if (effect.kind !== 'leave' && effect.kind !== 'transfer-leadership') return undefined;
  const own = effect.kind === 'leave' ? effect.address : undefined;
  if (own !== undefined && truth.peerAt(own) === undefined) return undefined;
  const half = truth.peers.find((peer) => {
    const server = truth.serverOf(peer);
    return server?.life === 'running' && server.leaving && peer.host !== own;
  });
  return half && `${effect.kind} while ${half.address} is leaving and still in Raft`;
}
