import type { Decision, Phase } from '../../model/decision.js';
import type { Intent, Limits } from '../../model/intent.js';
import type { Observation } from '../../model/observation.js';
import type { Server } from '../../model/server.js';
import { buildWait, decideAction, decideStop, waitOrElse } from './decisions.js';
import { hasSentinel } from './record.js';
import { findOrphanPeers, listRaftMembers } from './servers.js';

/**
 * A member that cannot be asked to leave. Dead for autopilot too: terminated alone, then removed from Raft as a
 * ghost, so that it cannot come back in between. Alive for autopilot: the network between here and there is at
 * fault, and it is waited for.
 */
export function terminateDeadServer(
  observation: Observation,
  phase: Phase,
  departing: Server,
  limits: Limits,
): Decision | undefined {
  if (departing.agent.kind === 'up') return undefined;
  const { instanceId } = departing;
  const wait = buildWait(observation, phase, { kind: 'agent-reachable', instanceId }, limits.leaveTimeoutMs);
  if (!isDead(observation, departing, limits)) return waitOrElse(observation, wait);
  return decideAction(
    observation,
    phase,
    { kind: 'terminate', instanceId },
    'it answers nobody, so it cannot be asked to leave',
  );
}

/**
 * A replacement that has died after old servers have left: the roll does not go back by itself then, and it needs
 * nobody to see that one machine it made itself is gone. Terminated alone, it makes room for another.
 */
export function replaceDeadServer(
  observation: Observation,
  phase: Phase,
  limits: Limits,
): Decision | undefined {
  const dead = listRaftMembers(observation, 'new').find((server) => isDead(observation, server, limits));
  if (dead === undefined) return undefined;
  const terminate = { kind: 'terminate', instanceId: dead.instanceId } as const;
  return decideAction(observation, phase, terminate, 'it died, and another is to take its place');
}

/** Its agent has not answered for as many looks as a gate needs, and autopilot has given it up too. */
function isDead(observation: Observation, { agent, peer, instanceId }: Server, limits: Limits): boolean {
  const silentLooks = observation.memory.silentStreaks[instanceId] ?? 0;
  return agent.kind === 'down' && peer?.healthy !== true && silentLooks >= limits.successThreshold;
}

/**
 * Raft peers whose instance is gone: the leader removes them, the quorum is smaller without them. Only after as many
 * unhealthy looks as a gate needs healthy ones: just after an election autopilot lists nobody. And only from a leader
 * that shows the roll's sentinel; once that is deleted nothing is left to do but to forget the roll.
 */
export function removeOrphanPeer(
  observation: Observation,
  intent: Intent,
  phase: Phase,
  limits: Limits,
): Decision | undefined {
  if (!hasSentinel(observation, intent)) return undefined;
  const orphan = findOrphanPeers(observation).find(
    ({ id }) => (observation.memory.orphanStreaks[id] ?? 0) >= limits.successThreshold,
  );
  if (orphan === undefined) return undefined;
  const remove = { kind: 'remove-peer', peerId: orphan.id, node: orphan.node } as const;
  return decideAction(
    observation,
    phase,
    remove,
    'its instance is gone, and it still counts towards the quorum',
  );
}

/**
 * The end of a roll, either way: no group is deleted and nothing is given back while Raft has a peer that no instance
 * stands behind, for it may be a server of that group. A dead one is removed meanwhile; one that lives is a person's.
 */
export function awaitNoOrphanPeer(
  observation: Observation,
  intent: Intent,
  phase: Phase,
  limits: Limits,
): Decision | undefined {
  const [orphan] = findOrphanPeers(observation);
  if (orphan === undefined || !hasSentinel(observation, intent)) return undefined;
  const { id: peerId, node } = orphan;
  const wait = buildWait(observation, phase, { kind: 'orphan-peer', peerId, node }, limits.healthTimeoutMs);
  return waitOrElse(observation, wait, () => decideStop('stopped', { kind: 'orphan-peer', peerId, node }));
}
