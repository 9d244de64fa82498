import type { Decision, Phase } from '../../model/decision.js';
import type { Intent, Limits } from '../../model/intent.js';
import type { Survey } from '../../model/observation.js';
import type { Server } from '../../model/server.js';
import { act, stop, waitFor, waitOr } from './decisions.js';
import { showsSentinel } from './record.js';
import { ghostsOf, membersOf } from './servers.js';

/**
 * A member that cannot be asked to leave. Dead for autopilot too: terminated alone, then removed from Raft as a
 * ghost, so that it cannot come back in between. Alive for autopilot: the network between here and there is at
 * fault, and it is waited for.
 */
export function removeDead(
  survey: Survey,
  phase: Phase,
  victim: Server,
  limits: Limits,
): Decision | undefined {
  if (victim.agent.kind === 'up') return undefined;
  const { instanceId } = victim;
  const wait = waitFor(survey, phase, { kind: 'agent-answer', instanceId }, limits.leaveTimeoutMs);
  if (!isDead(survey, victim, limits)) return waitOr(survey, wait);
  return act(
    survey,
    phase,
    { kind: 'terminate', instanceId },
    'it answers nobody, so it cannot be asked to leave',
  );
}

/**
 * A replacement that has died after old servers have left: the roll does not go back by itself then, and it needs
 * nobody to see that one machine it made itself is gone. Terminated alone, it makes room for another.
 */
export function replaceDead(survey: Survey, phase: Phase, limits: Limits): Decision | undefined {
  const dead = membersOf(survey, 'new').find((server) => isDead(survey, server, limits));
  if (dead === undefined) return undefined;
  const terminate = { kind: 'terminate', instanceId: dead.instanceId } as const;
  return act(survey, phase, terminate, 'it died, and another is to take its place');
}

/** Its agent has not answered for as many looks as a gate needs, and autopilot has given it up too. */
function isDead(survey: Survey, { agent, peer, instanceId }: Server, limits: Limits): boolean {
  const silentLooks = survey.history.silentLooks[instanceId] ?? 0;
  return agent.kind === 'down' && peer?.healthy !== true && silentLooks >= limits.looks;
}

/**
 * Raft peers whose instance is gone: the leader removes them, the quorum is smaller without them. Only after as many
 * unhealthy looks as a gate needs healthy ones: just after an election autopilot lists nobody. And only from a leader
 * that shows the roll's sentinel; once that is deleted nothing is left to do but to forget the roll.
 */
export function removeGhost(
  survey: Survey,
  intent: Intent,
  phase: Phase,
  limits: Limits,
): Decision | undefined {
  if (!showsSentinel(survey, intent)) return undefined;
  const ghost = ghostsOf(survey).find(({ id }) => (survey.history.ghostLooks[id] ?? 0) >= limits.looks);
  if (ghost === undefined) return undefined;
  const remove = { kind: 'remove-peer', peerId: ghost.id, node: ghost.node } as const;
  return act(survey, phase, remove, 'its instance is gone, and it still counts towards the quorum');
}

/**
 * The end of a roll, either way: no group is deleted and nothing is given back while Raft has a peer that no instance
 * stands behind, for it may be a server of that group. A dead one is removed meanwhile; one that lives is a person's.
 */
export function awaitNoGhost(
  survey: Survey,
  intent: Intent,
  phase: Phase,
  limits: Limits,
): Decision | undefined {
  const [ghost] = ghostsOf(survey);
  if (ghost === undefined || !showsSentinel(survey, intent)) return undefined;
  const { id: peerId, node } = ghost;
  const wait = waitFor(survey, phase, { kind: 'ghost', peerId, node }, limits.healthTimeoutMs);
  return waitOr(survey, wait, () => stop('stopped', { kind: 'ghost', peerId, node }));
}
