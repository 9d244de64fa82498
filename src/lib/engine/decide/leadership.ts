import semver from 'semver';
import type { Decision, Phase } from '../../model/decision.js';
import type { Survey } from '../../model/observation.js';
import type { Server } from '../../model/server.js';
import { act, waitFor, waitOr } from './decisions.js';
import { isReady } from './gates.js';
import { otherSide, standingOf } from './servers.js';

/** First version with `operator/raft/transfer-leader`. */
const TRANSFER_SINCE = '1.15.0';
/** A transfer takes one election; if it has not happened by then, leaving does it too. */
const TRANSFER_LIMIT_MS = 15_000;

/**
 * Before the leader leaves: hands leadership to a ready voter of the side that stays, where Consul can. Tried
 * once; a cluster that will not is one that elects when its leader leaves, as older versions always do.
 */
export function handOver(survey: Survey, victim: Server, phase: Phase): Decision | undefined {
  if (victim.peer?.leader !== true || !canTransfer(victim)) return undefined;
  const heir = standingOf(survey, otherSide(victim.side)).find(
    (server) => isReady(survey, server) && server.peer?.voter,
  );
  if (heir?.peer === undefined) return undefined;
  const askedMs = survey.history.transfers[heir.peer.id];
  if (askedMs === undefined) {
    const transfer = { kind: 'transfer-leadership', to: heir.instanceId, peerId: heir.peer.id } as const;
    return act(survey, phase, transfer, 'a chosen new leader spares the cluster an election');
  }
  const wait = waitFor(
    survey,
    phase,
    { kind: 'leadership', towards: heir.instanceId },
    TRANSFER_LIMIT_MS,
    askedMs,
  );
  return waitOr(survey, wait, () => undefined);
}

function canTransfer(server: Server): boolean {
  const version = server.agent.kind === 'up' ? semver.coerce(server.agent.version) : null;
  return version !== null && semver.gte(version, TRANSFER_SINCE);
}
