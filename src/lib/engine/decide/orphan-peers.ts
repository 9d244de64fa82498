import type { Decision, DecisionInput, Phase } from '../../model/decision.js';
import type { Server } from '../../model/server.js';
import { buildWait, decideAction, decideStop, waitOrElse } from './decisions.js';
import { findOrphanPeers, hasSentinel, listRaftMembers } from './servers.js';

/**
 * A member that cannot be asked to leave. Dead for autopilot too: terminated alone, then removed from Raft as a
 * ghost, so that it cannot come back in between. Alive for autopilot: the network between here and there is at
 * fault, and it is waited for.
 */
export function terminateDeadServer(input: DecisionInput, phase: Phase, departing: Server): Decision | undefined {
  const { limits } = input;
  if (departing.agent.kind === 'up') return undefined;
  const { instanceId } = departing;
  const wait = buildWait(input, phase, { kind: 'agent-reachable', instanceId }, limits.leaveTimeoutMs);
  if (!isDead(input, departing)) return waitOrElse(input, wait);
  return decideAction(input, phase, { kind: 'terminate', instanceId }, { kind: 'unreachable' });
}

/**
 * A replacement that has died after old servers have left: the roll does not go back by itself then, and it needs
 * nobody to see that one machine it made itself is gone. Terminated alone, it makes room for another.
 */
export function replaceDeadServer(input: DecisionInput, phase: Phase): Decision | undefined {
  const { observation } = input;
  const dead = listRaftMembers(observation, 'new').find((server) => isDead(input, server));
  if (dead === undefined) return undefined;
  const terminate = { kind: 'terminate', instanceId: dead.instanceId } as const;
  return decideAction(input, phase, terminate, { kind: 'replacement-died' });
}

/** Its agent has not answered for as many looks as a gate needs, and autopilot has given it up too. */
function isDead(input: DecisionInput, { agent, peer, instanceId }: Server): boolean {
  const { limits, memory } = input;
  const silentLooks = memory.silentStreaks[instanceId] ?? 0;
  return agent.kind === 'down' && peer?.healthy !== true && silentLooks >= limits.successThreshold;
}

/**
 * Raft peers whose instance is gone: the leader removes them, the quorum is smaller without them. Only after as many
 * unhealthy looks as a gate needs healthy ones: just after an election autopilot lists nobody. And only from a leader
 * that shows the roll's sentinel; once that is deleted nothing is left to do but to forget the roll.
 */
export function removeOrphanPeer(input: DecisionInput, phase: Phase): Decision | undefined {
  const { observation, intent, limits, memory } = input;
  if (!hasSentinel(observation, intent)) return undefined;
  const orphan = findOrphanPeers(observation).find(
    ({ id }) => (memory.orphanStreaks[id] ?? 0) >= limits.successThreshold,
  );
  if (orphan === undefined) return undefined;
  const remove = { kind: 'remove-peer', peerId: orphan.id, node: orphan.node } as const;
  return decideAction(input, phase, remove, { kind: 'orphan-peer' });
}

/**
 * The end of a roll, either way: no group is deleted and nothing is given back while Raft has a peer that no instance
 * stands behind, for it may be a server of that group. A dead one is removed meanwhile; one that lives is a person's.
 */
export function awaitNoOrphanPeer(input: DecisionInput, phase: Phase): Decision | undefined {
  const { observation, intent, limits } = input;
  const [orphan] = findOrphanPeers(observation);
  if (orphan === undefined || !hasSentinel(observation, intent)) return undefined;
  const { id: peerId, node } = orphan;
  const wait = buildWait(input, phase, { kind: 'orphan-peer', peerId, node }, limits.healthTimeoutMs);
  return waitOrElse(input, wait, () => decideStop('stopped', { kind: 'orphan-peer', peerId, node }));
}
