import { type Decision, type DecisionInput, decideAction, type Phase } from '../../model/decision.js';
import { type Group, SELF_ACTING_PROCESSES } from '../../model/group.js';
import { refusesToken, type Server, type Side } from '../../model/server.js';
import { isHealthyVoter, listActiveServers } from '../../model/servers.js';
import { changeProcesses } from '../strategy/suspended-processes.js';
import { decideStop } from './decisions.js';
import { lowerMinimum } from './drain.js';
import { isDead } from './leave.js';

/** After so many dead servers of the roll in one run the next one would die too, of its image or of what it starts. */
const MAX_REPLACED = 3;

/**
 * Terminates a dead server of the side that stays, which makes room for another: a replacement after old servers have
 * left, when the roll does not roll back by itself, or an old server during a rollback. Its group must not act on its own
 * meanwhile. Undefined where no server is dead.
 */
export function replaceDeadServer(input: DecisionInput, phase: Phase, side: Side = 'new'): Decision | undefined {
  const { observation, memory } = input;
  const group: Group | undefined = observation[side];
  const dead = listActiveServers(observation, side).find((server) =>
    server.peer === undefined ? isDeadOutsideRaft(input, server) : isDead(input, server),
  );
  if (dead === undefined || group === undefined) return undefined;
  const { instanceId } = dead;
  const replaced = memory.replacedDead?.[side] ?? 0;
  if (replaced >= MAX_REPLACED) return decideStop('stopped', { kind: 'replacements-die', instanceId, replaced });
  const active = SELF_ACTING_PROCESSES.filter((process) => !group.suspendedProcesses.includes(process));
  return (
    changeProcesses(input, phase, 'suspend-processes', group, active, 'only-this-roll') ??
    lowerMinimum(input, phase, side) ??
    decideAction(input, phase, { kind: 'terminate', instanceId }, 'replacement-died')
  );
}

/**
 * Autopilot removes a dead server from Raft, and Auto Scaling does not look at Consul. A new server that never joined is
 * dead only where another one shows that servers of its image do join.
 */
export function isDeadOutsideRaft({ observation, limits, memory }: DecisionInput, server: Server): boolean {
  const { instanceId, side, agent, lifecycle } = server;
  // One that says whom it follows runs, whether it says who it is or not.
  const isSilent = agent.kind === 'down' && agent.leader === undefined && !refusesToken(server);
  const isLong = (memory.silentStreaks[instanceId] ?? 0) >= limits.successThreshold;
  const isProved =
    side === 'old' ||
    memory.passedGates.includes(instanceId) ||
    listActiveServers(observation, side).some((one) => isHealthyVoter(observation, one));
  return isSilent && isLong && lifecycle === 'InService' && isProved;
}
