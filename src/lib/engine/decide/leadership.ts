import semver from 'semver';
import type { Decision, DecisionInput, Phase } from '../../model/decision.js';
import type { Server } from '../../model/server.js';
import { buildWait, decideAction, waitOrElse } from './decisions.js';
import { isReady } from './gates.js';
import { getOtherSide, listActiveServers } from './servers.js';

/** First version with `operator/raft/transfer-leader`. */
const TRANSFER_SINCE = '1.15.0';
/** A transfer takes one election. After this limit the leader is asked to leave, which causes one too. */
const TRANSFER_LIMIT_MS = 15_000;

/**
 * Before the leader leaves: transfers leadership to a ready voter of the side that stays, if Consul supports it. Tried
 * once; without it the cluster elects when its leader leaves, as older versions always do.
 */
export function transferLeadership(input: DecisionInput, departing: Server, phase: Phase): Decision | undefined {
  const { observation, memory } = input;
  if (departing.peer?.leader !== true || !canTransfer(departing)) return undefined;
  const heir = listActiveServers(observation, getOtherSide(departing.side)).find(
    (server) => isReady(input, server) && server.peer?.voter,
  );
  if (heir?.peer === undefined) return undefined;
  const askedMs = memory.leadershipTransfers[heir.peer.id];
  if (askedMs === undefined) {
    const transfer = { kind: 'transfer-leadership', to: heir.instanceId, peerId: heir.peer.id } as const;
    return decideAction(input, phase, transfer, 'avoid-election');
  }
  const wait = buildWait(input, phase, { kind: 'leadership', towards: heir.instanceId }, TRANSFER_LIMIT_MS, askedMs);
  return waitOrElse(input, wait, () => undefined);
}

function canTransfer(server: Server): boolean {
  const version = server.agent.kind === 'up' ? semver.coerce(server.agent.version) : null;
  return version !== null && semver.gte(version, TRANSFER_SINCE);
}
