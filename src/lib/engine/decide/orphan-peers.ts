import { type Decision, type DecisionInput, decideAction, type Phase } from '../../model/decision.js';
import { findLeaveTimeoutMs } from '../../model/limits.js';
import { refusesToken, type Server } from '../../model/server.js';
import { findOrphanPeers, hasSentinel, identify } from '../../model/servers.js';
import { buildWait, decideStop, decideTimeout, waitOrElse } from './decisions.js';
import { hasNeverVoted, isDead, mustBeTerminated } from './leave.js';

/**
 * A member that cannot be asked to leave. If autopilot finds it dead too, it is terminated, and then removed from Raft
 * as an orphan peer, so that it cannot rejoin in between. If autopilot finds it alive, only the network from here to it
 * fails, and the roll waits; a new server that never answered from here, or whose agent keeps ending, is terminated then.
 */
export function terminateDeadServer(input: DecisionInput, phase: Phase, departing: Server): Decision | undefined {
  if (departing.agent.kind === 'up' || refusesToken(departing)) return undefined;
  const { instanceId } = departing;
  const wait = buildWait(input, phase, { kind: 'agent-reachable', instanceId }, findLeaveTimeoutMs(input));
  const isLossless = hasNeverVoted(departing) && departing.peer?.healthy !== true;
  const terminate = () => decideAction(input, phase, { kind: 'terminate', instanceId }, 'unreachable');
  if (isDead(input, departing) || isLossless) return terminate();
  return waitOrElse(input, wait, () => (mustBeTerminated(input, departing) ? terminate() : decideTimeout(wait)));
}

/**
 * Removes Raft peers whose instance is gone, which lowers the quorum. Only after as many unhealthy observations as a
 * gate needs healthy ones: just after an election autopilot lists no server as healthy. And only if the leader has the
 * sentinel key of the roll; once that is deleted, only the record is left to remove.
 */
export function removeOrphanPeer(input: DecisionInput, phase: Phase): Decision | undefined {
  const { observation, intent, limits, memory } = input;
  if (!hasSentinel(observation, intent)) return undefined;
  // The leader takes a server that answers in again under its own id.
  const isClaimed = (id: string) => observation.servers.some((server) => identify(server)?.['node-id'] === id);
  const orphan = findOrphanPeers(observation).find(
    ({ id }) => (memory.orphanStreaks[id] ?? 0) >= limits.successThreshold && !isClaimed(id),
  );
  if (orphan === undefined) return undefined;
  return decideAction(input, phase, { kind: 'remove-peer', peerId: orphan.id, node: orphan.node }, 'orphan-peer');
}

/**
 * Deletes and restores nothing while Raft has an orphan peer, which may be a server of the group. A dead one is removed
 * meanwhile; for one that is alive manual action is required.
 */
export function awaitNoOrphanPeer(input: DecisionInput, phase: Phase): Decision | undefined {
  const { observation, intent, limits } = input;
  const [orphan] = findOrphanPeers(observation);
  if (orphan === undefined || !hasSentinel(observation, intent)) return undefined;
  const { id: peerId, node } = orphan;
  const wait = buildWait(input, phase, { kind: 'orphan-peer', peerId, node }, limits.healthTimeoutMs);
  return waitOrElse(input, wait, () => decideStop('stopped', { kind: 'orphan-peer', peerId, node }));
}
