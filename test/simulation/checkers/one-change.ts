import type { Effect } from '../effect.js';
import type { Oracle } from '../oracle.js';
import type { Checker } from './checker.js';

/** one-change: no server is asked to leave and no leadership is transferred while another server is leaving Raft. */
export function createOneChangeChecker(): Checker {
  return { invariant: 'one-change', before: findSecondChange };
}

function findSecondChange(effect: Effect, oracle: Oracle): string | undefined {
  if (effect.kind !== 'leave' && effect.kind !== 'transfer-leadership') return undefined;
  const own = effect.kind === 'leave' ? effect.address : undefined;
  if (own !== undefined && oracle.peerAt(own) === undefined) return undefined;
  const half = oracle.peers.find((peer) => {
    const server = oracle.serverOf(peer);
    return server?.life === 'running' && server.leaving && peer.host !== own;
  });
  return half && `${effect.kind} while ${half.address} is leaving and still in Raft`;
}
