import type { Action } from '../../model/action.js';
import type { Decision } from '../../model/decision.js';
import { buildWaitKey } from '../../model/decision.js';
import type { Limits } from '../../model/intent.js';
import type { Memory, Observation } from '../../model/observation.js';
import type { Server } from '../../model/server.js';
import { findFailedGates } from './gates.js';
import { findOrphanPeers, isHealthKnown, listServers } from './servers.js';

/**
 * The history with this look added: the rows of looks that gates and drains count. A look less than `spacingMs`
 * after the last one that counted can break a row, but adds nothing to it.
 */
export function updateMemoryWithObservation(
  observation: Observation,
  limits: Limits,
  spacingMs: number,
): Memory {
  const { memory } = observation;
  const counts =
    memory.lastCountedAtMs === undefined || observation.atMs - memory.lastCountedAtMs >= spacingMs;
  const step = counts ? 1 : 0;
  const ready = (server: Server) => findFailedGates(observation, server).length === 0;
  const readyLooks = updateStreaks(observation, memory.readyStreaks, step, ready);
  const isEnough = (instanceId: string) => (readyLooks[instanceId] ?? 0) >= limits.successThreshold;
  return {
    lastCountedAtMs: counts ? observation.atMs : memory.lastCountedAtMs,
    readyStreaks: readyLooks,
    downStreaks: updateStreaks(
      observation,
      memory.downStreaks,
      step,
      (one) => isRefused(one) && one.peer === undefined,
    ),
    silentStreaks: updateStreaks(observation, memory.silentStreaks, step, (one) => one.agent.kind === 'down'),
    orphanStreaks: updateOrphanStreaks(observation, step),
    currentWait: memory.currentWait,
    leaveRequests: markCrashedLeaves(observation),
    passedGates: addPassedGates(memory.passedGates, Object.keys(readyLooks).filter(isEnough)),
    regressed: updateRegressed(observation, isEnough),
    leadershipTransfers: memory.leadershipTransfers,
    snapshot: memory.snapshot,
    launchConfigurationsInUse: memory.launchConfigurationsInUse,
    launchSourceRefused: memory.launchSourceRefused,
    onlyNewSinceMs: hasOnlyHealthyNewServers(observation)
      ? (memory.onlyNewSinceMs ?? observation.atMs)
      : undefined,
  };
}

/** The history with this decision added: what is being waited for, since when. */
export function updateMemoryWithDecision(observation: Observation, decision: Decision): Memory {
  const { memory } = observation;
  const key = decision.kind === 'wait' ? buildWaitKey(decision.wait.for) : undefined;
  if (key === memory.currentWait?.key) return memory;
  return { ...memory, currentWait: key === undefined ? undefined : { key, sinceMs: observation.atMs } };
}

/** The history with this action added, as far as nothing but who took it knows of it. */
export function updateMemoryWithAction({ atMs, memory }: Observation, action: Action): Memory {
  switch (action.kind) {
    case 'save-snapshot':
      return { ...memory, snapshot: { path: '', bytes: 0 } };
    case 'leave': {
      const count = (memory.leaveRequests[action.instanceId]?.count ?? 0) + 1;
      return {
        ...memory,
        leaveRequests: { ...memory.leaveRequests, [action.instanceId]: { count, lastRequestedAtMs: atMs } },
      };
    }
    case 'transfer-leadership':
      return { ...memory, leadershipTransfers: { ...memory.leadershipTransfers, [action.peerId]: atMs } };
    default:
      return memory;
  }
}

/** A leave ends with the agent, after Raft has let it go: one that is down before that has crashed. */
function markCrashedLeaves({
  servers,
  memory: { leaveRequests: leaves },
}: Observation): Memory['leaveRequests'] {
  const crashed = servers.filter(
    (server) => leaves[server.instanceId] !== undefined && server.peer !== undefined && isRefused(server),
  );
  if (crashed.length === 0) return leaves;
  const marked = crashed.flatMap(({ instanceId }) => {
    const asked = leaves[instanceId];
    return asked === undefined ? [] : [[instanceId, { ...asked, crashedMeanwhile: true }] as const];
  });
  return { ...leaves, ...Object.fromEntries(marked) };
}

function updateStreaks(
  observation: Observation,
  before: Readonly<Record<string, number>>,
  step: number,
  holds: (server: Server) => boolean,
): Record<string, number> {
  const looks: Record<string, number> = {};
  for (const server of observation.servers) {
    if (holds(server)) looks[server.instanceId] = (before[server.instanceId] ?? 0) + step;
  }
  return looks;
}

function addPassedGates(proved: readonly string[], enough: readonly string[]): readonly string[] {
  const fresh = enough.filter((id) => !proved.includes(id));
  return fresh.length === 0 ? proved : [...proved, ...fresh];
}

/**
 * Proved servers whose own agent does not answer, or that autopilot finds unhealthy; until they have passed enough looks
 * again.
 */
function updateRegressed(
  observation: Observation,
  isEnough: (instanceId: string) => boolean,
): readonly string[] {
  const { servers, memory } = observation;
  const { passedGates: proved, regressed: relapsed } = memory;
  const judged = isHealthKnown(observation);
  const isIll = ({ agent, peer }: Server) => agent.kind === 'down' || (judged && peer?.healthy === false);
  const doubted = servers.filter((server) => relapsed.includes(server.instanceId) || isIll(server));
  return doubted.map(({ instanceId }) => instanceId).filter((id) => proved.includes(id) && !isEnough(id));
}

function updateOrphanStreaks(observation: Observation, step: number): Record<string, number> {
  const looks: Record<string, number> = {};
  for (const { id, healthy } of findOrphanPeers(observation)) {
    if (!healthy) looks[id] = (observation.memory.orphanStreaks[id] ?? 0) + step;
  }
  return looks;
}

function isRefused({ agent }: Server): boolean {
  return agent.kind === 'down' && agent.why === 'refused';
}

/** Only new servers, and every one of them answers and is healthy. */
function hasOnlyHealthyNewServers(observation: Observation): boolean {
  if (observation.new === undefined || listServers(observation, 'old').length > 0) return false;
  return listServers(observation, 'new').every(
    ({ agent, peer }) => agent.kind === 'up' && peer?.healthy === true,
  );
}
