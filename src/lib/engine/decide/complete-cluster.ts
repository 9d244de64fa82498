import type { Decision, DecisionInput, Phase } from '../../model/decision.js';
import type { Side } from '../../model/server.js';
import { buildWait, decideStop, waitOrElse } from './decisions.js';
import { buildNotReadyReason } from './gates.js';
import { replaceDeadServer } from './orphan-peers.js';
import { awaitService } from './scale-out.js';
import { isHealthyVoter, listActiveServers } from './servers.js';

/**
 * Both ends of a roll need as many healthy voters, in service everywhere, as the cluster had. A server that left or died
 * shows here, whichever process saw it go. A dead one is replaced, unless its group does that by itself again.
 */
export function awaitCompleteCluster(input: DecisionInput, phase: Phase, side: Side): Decision | undefined {
  const { observation, intent, limits } = input;
  const expected = intent.original.desired;
  const standing = listActiveServers(observation, side);
  const healthy = standing.filter((server) => isHealthyVoter(observation, server));
  if (healthy.length >= expected) {
    return awaitService(input, phase, healthy, (reason) => decideStop('stopped', reason));
  }
  const lacking = standing.filter((server) => !healthy.includes(server));
  const instanceIds = lacking.map(({ instanceId }) => instanceId);
  const wait = buildWait(input, phase, { kind: 'ready', side, instanceIds, expected }, limits.healthTimeoutMs);
  return waitOrElse(input, wait, () => {
    const isSuspended = observation[side]?.suspendedProcesses.includes('ReplaceUnhealthy');
    const replaced = isSuspended ? replaceDeadServer(input, phase, side) : undefined;
    return replaced ?? decideStop('stopped', buildNotReadyReason(input, side, wait.limitMs, expected, lacking));
  });
}
