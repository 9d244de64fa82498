import type { Effect } from '../effect.js';
import type { Oracle } from '../oracle.js';
import type { Checker } from './checker.js';

/**
 * no-acknowledged-write-lost: while a server lacks entries of the cluster's log, which it never gets, no old server
 * leaves and no leadership is transferred, and none is to a new server that was not proved; where the roll says that it is over, no server of the cluster lacks any.
 */
export function createWholeStateChecker(): Checker {
  /** The roll registers a new server once it has passed its gates. */
  const served = new Set<string>();
  return {
    invariant: 'no-acknowledged-write-lost',
    after: (oracle) => {
      for (const { instance } of oracle.listActiveMembers('new')) {
        if (oracle.isInService(instance.instanceId)) served.add(instance.instanceId);
      }
      return undefined;
    },
    before: (effect, oracle) => {
      const heir = findHeir(effect, oracle);
      if (heir !== undefined && oracle.sideOf(heir) === 'new' && !served.has(heir)) {
        return `leadership is transferred to ${heir}, which was never in service`;
      }
      const leaving = effect.kind === 'leave' ? effect.address : undefined;
      return gives(effect, oracle) ? findIncompleteServer(oracle, leaving) : undefined;
    },
    atEnd: (oracle, { outcome }) =>
      outcome === 'rolled' || outcome === 'rolled-back' ? findIncompleteServer(oracle) : undefined,
  };
}

/** Instance id of the server that is to lead. */
function findHeir(effect: Effect, oracle: Oracle): string | undefined {
  if (effect.kind !== 'transfer-leadership') return undefined;
  const peer = oracle.peers.find(({ id }) => id === effect.peerId);
  return peer && oracle.serverOf(peer)?.nodeName;
}

/** The effect makes it more likely that a new server leads. */
function gives(effect: Effect, oracle: Oracle): boolean {
  if (oracle.isRollingBack) return false;
  if (effect.kind === 'transfer-leadership') return true;
  const departing = effect.kind === 'leave' ? oracle.peerAt(effect.address) : undefined;
  const server = departing && oracle.serverOf(departing);
  return server !== undefined && oracle.sideOf(server.nodeName) === 'old';
}

/** @param leaving address of a server that does not count, as it leaves itself */
function findIncompleteServer(oracle: Oracle, leaving?: string): string | undefined {
  const servers = oracle.peers.map((peer) => oracle.serverOf(peer));
  const incomplete = servers.find((server) => (server?.lacksUpTo ?? 0) > 0 && server?.address !== leaving);
  return incomplete && `${incomplete.nodeName} is in Raft and lacks what was written up to ${incomplete.lacksUpTo}`;
}
