import { type Decision, type DecisionInput, decideAction, type Phase, type SafetyInput } from '../../model/decision.js';
import { isHeldByRoll } from '../../model/group.js';
import type { Observation } from '../../model/observation.js';
import type { Server, Side } from '../../model/server.js';
import { isHealthyVoter, isLaunchedInRoll, isOnStandby, listActiveServers, sumDesired } from '../../model/servers.js';
import { changeProcesses } from '../strategy/suspended-processes.js';
import { completeOwnHooks } from './complete-hooks.js';
import { findCurrentPhase } from './decisions.js';
import { lowerMinimum } from './drain.js';
import { findFounder, followsCluster, isOfRoll, removeFounder } from './founders.js';
import { findImpostor } from './impostors.js';

/**
 * Servers that the roll has launched and that have not joined the cluster, where none of their side has shown yet that its
 * image and its boot script join: each may still bootstrap a cluster of its own, and take this one over as it meets it.
 */
export function listUnproven(input: SafetyInput): readonly Server[] {
  const { observation } = input;
  return listUnprovenSides(input).flatMap((side) =>
    listLaunched(observation, side).filter((server) => !hasJoined(input, server)),
  );
}

/** True if a group is about to launch such a server. */
export function launchesUnproven(input: SafetyInput): boolean {
  return listUnprovenSides(input).some((side) => isLaunching(input, side));
}

/** To terminate the same server, as an end may not take long. */
const MAX_TRIES = 2;

/**
 * The next step that takes them out, before a run ends early: they have no data, no vote and no traffic. Their group launches
 * no other one in their place, until a run continues the roll.
 *
 * @param tries how often this run has tried to terminate an instance; infinite once it has, whatever AWS shows
 */
export function takeOutUnproven(input: DecisionInput, tries: ReadonlyMap<string, number>): Decision | undefined {
  const { observation, intent } = input;
  const phase = findCurrentPhase(observation, intent);
  const countTries = ({ instanceId }: Pick<Server, 'instanceId'>) => tries.get(instanceId) ?? 0;
  const due = listUnproven(input).filter((one) => countTries(one) < MAX_TRIES);
  // One that is refused does not keep the others.
  const [server] = due.sort((one, other) => countTries(one) - countTries(other));
  const founder = removeFounder(input);
  const action = founder?.kind === 'act' ? founder.step.action : undefined;
  const isTried = action?.kind === 'terminate' && countTries(action) >= MAX_TRIES;
  return (
    (isTried ? undefined : founder) ??
    completeHooksOf(input, tries) ??
    stopLaunches(input, phase, server) ??
    (server && makeRoom(input, phase, server.side)) ??
    (server && decideAction(input, phase, buildTermination(input.observation, server), 'run-ends'))
  );
}

/** One that answers may join while it is shut down. An impostor's leave would be taken for that of another server. */
function buildTermination(observation: Observation, { instanceId, address, agent }: Server) {
  const mayLeave = agent.kind === 'up' && findImpostor(observation)?.instanceId !== instanceId;
  return { kind: 'terminate', instanceId, ...(mayLeave && { cutOff: address }) } as const;
}

/**
 * A rollback launches old servers too, and an operator may have the old group do so; not once the restored group launches
 * servers by itself again.
 */
function listUnprovenSides(input: SafetyInput): readonly Side[] {
  const { observation } = input;
  const { old } = observation;
  const sides: readonly Side[] = old !== undefined && isHeldByRoll(old) ? ['new', 'old'] : ['new'];
  return sides.filter((side) => !listLaunched(observation, side).some((server) => isProved(input, server)));
}

function listLaunched(observation: Observation, side: Side): readonly Server[] {
  return listActiveServers(observation, side).filter(
    (server) => isLaunchedInRoll(observation, server) && isOfRoll(observation, server),
  );
}

/** A resumed run has not seen it pass its gates. */
function isProved({ observation, memory }: SafetyInput, server: Server): boolean {
  const isReady = memory.passedGates.includes(server.instanceId) || isHealthyVoter(observation, server);
  return isReady && findFounder(observation)?.server !== server;
}

/** One that has left was a member. */
function hasJoined({ observation, memory }: SafetyInput, server: Server): boolean {
  const { instanceId, peer, expelled } = server;
  const hasLeft = memory.leaveRequests[instanceId] !== undefined || expelled !== undefined;
  return peer !== undefined || hasLeft || followsCluster(observation, server);
}

/** In place, each view has its own servers, and what the group lacks belongs to the image that it launches. */
function isLaunching({ observation, intent }: SafetyInput, side: Side): boolean {
  const { [side]: group } = observation;
  if (group === undefined || group.suspendedProcesses.includes('Launch')) return false;
  const isOther = side === 'new' && group.imageId !== intent.imageId;
  return !isOther && group.desired > listActiveServers(observation, side).filter((one) => !isOnStandby(one)).length;
}

/**
 * The group keeps its size: the next run lets it launch again.
 *
 * @param due a server that is to be terminated; the old group is to launch none in its place
 */
function stopLaunches(input: DecisionInput, phase: Phase, due: Server | undefined): Decision | undefined {
  const { observation } = input;
  const side = listUnprovenSides(input).find((one) => isLaunching(input, one) || (one === 'old' && due?.side === one));
  const group = side && observation[side];
  const launch = ['Launch'].filter((process) => group?.suspendedProcesses.includes(process) === false);
  return group && changeProcesses(input, phase, 'suspend-processes', group, launch, 'no-more-launches');
}

/** AWS terminates no server of a group that is as small as it may be. */
function makeRoom(input: DecisionInput, phase: Phase, side: Side): Decision | undefined {
  const { observation } = input;
  const { [side]: group } = observation;
  const isSmallest = group !== undefined && sumDesired(observation, group.name) <= group.minSize;
  return isSmallest ? lowerMinimum(input, phase, side) : undefined;
}

/** A server that a lifecycle hook holds runs on. */
function completeHooksOf(input: DecisionInput, tries: ReadonlyMap<string, number>): Decision | undefined {
  const decision = completeOwnHooks(input, 0);
  if (decision?.kind !== 'act' || decision.step.action.kind !== 'complete-lifecycle-hooks') return undefined;
  return decision.step.action.instanceIds.every((id) => tries.has(id)) ? decision : undefined;
}
