import type { Decision, DecisionInput, Phase } from '../../model/decision.js';
import type { Server, Side } from '../../model/server.js';
import { isHealthyVoter, listActiveServers } from '../../model/servers.js';
import { isSuspendedByRoll } from '../strategy/suspended-processes.js';
import { replaceDeadServer } from './dead-servers.js';
import { buildWait, decideStop, waitOrElse } from './decisions.js';
import { buildNotReadyReason, isReady } from './gates.js';
import { hasLostInstance } from './leave.js';
import { awaitService, registerServers } from './scale-out.js';

/**
 * Both ends of a roll need as many healthy voters, in service everywhere, as the cluster had: a server that left or died
 * shows here, whichever process saw it go. A dead server is replaced. One that no longer exists is left to the group,
 * which replaces it once it is resumed.
 */
export function awaitCompleteCluster(input: DecisionInput, phase: Phase, side: Side): Decision | undefined {
  const { observation, intent, limits } = input;
  const isSuspended = isSuspendedByRoll(observation[side], intent);
  const active = listActiveServers(observation, side);
  const standing = isSuspended ? active.filter((server) => !hasLostInstance(server)) : active;
  const expected = isSuspended ? standing.length : intent.original.desired;
  const healthy = standing.filter((server) => isHealthyVoter(observation, server));
  if (healthy.length >= expected) {
    const unregistered = healthy.filter((server) => isUnregistered(input, server));
    if (unregistered.length > 0) return registerServers(input, phase, unregistered);
    return awaitService(input, phase, healthy, (reason) => decideStop('stopped', reason));
  }
  const lacking = standing.filter((server) => !healthy.includes(server));
  const instanceIds = lacking.map(({ instanceId }) => instanceId);
  const wait = buildWait(input, phase, { kind: 'ready', side, instanceIds, expected }, limits.healthTimeoutMs);
  return waitOrElse(
    input,
    wait,
    () =>
      replaceDeadServer(input, phase, side) ??
      decideStop('stopped', buildNotReadyReason(input, side, wait.limitMs, expected, lacking)),
  );
}

/** Auto Scaling registers no server whose standby ends while it must not register any. */
function isUnregistered(input: DecisionInput, server: Server): boolean {
  const isAbsent = Object.values(server.balancers).includes('absent');
  return isAbsent && server.lifecycle === 'InService' && isReady(input, server);
}
