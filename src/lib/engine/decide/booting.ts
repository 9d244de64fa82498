import type { DecisionInput } from '../../model/decision.js';
import { refusesToken, type Server } from '../../model/server.js';
import { isLaunchedInRoll, isTerminating } from '../../model/servers.js';
import { followsCluster } from './founders.js';

/**
 * Servers that the roll has launched, and that have not joined the cluster: each may still bootstrap one of its own.
 */
export function listNotJoined(input: DecisionInput): readonly Server[] {
  const { observation } = input;
  return observation.servers.filter(
    (server) => isLaunchedInRoll(observation, server) && !isTerminating(server) && !hasJoined(input, server),
  );
}

/** Those of them that may still join in time. */
export function listBooting(input: DecisionInput): readonly Server[] {
  const { observation, limits } = input;
  return listNotJoined(input).filter(({ launchedAtMs }) => observation.atMs - launchedAtMs < limits.healthTimeoutMs);
}

/** An answer with the token shows whether it is in bootstrap mode. One that has left was a member. */
function hasJoined({ observation, memory }: DecisionInput, server: Server): boolean {
  const { instanceId, agent, peer } = server;
  if (memory.passedGates.includes(instanceId) || memory.leaveRequests[instanceId] !== undefined) return true;
  const isInRaft = peer !== undefined && observation.raft?.sentinel !== undefined;
  return (agent.kind === 'up' || refusesToken(server)) && (isInRaft || followsCluster(observation, server));
}
