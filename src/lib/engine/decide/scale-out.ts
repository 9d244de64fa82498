import { type Decision, type DecisionInput, decideAction, type Phase, type SafetyInput } from '../../model/decision.js';
import type { Intent } from '../../model/intent.js';
import { findLeaderTimeoutMs } from '../../model/limits.js';
import { isInServiceState } from '../../model/load-balancer.js';
import type { Knowledge } from '../../model/memory.js';
import type { Observation } from '../../model/observation.js';
import type { Server, Side } from '../../model/server.js';
import { computeGroupSize, countLaunchable, isInService, isLaunching, listActiveServers } from '../../model/servers.js';
import type { StopReason, TimeoutCause } from '../../model/stop-reason.js';
import { changeProcesses } from '../strategy/suspended-processes.js';
import { replaceDeadServer } from './dead-servers.js';
import { buildTimeout, buildWait, decideStop, findCurrentPhase, waitOrElse } from './decisions.js';
import {
  buildNotReadyReason,
  findDowngrade,
  findFailedGates,
  findLeaveRefusal,
  findMissingState,
  findWeakened,
  isGatePending,
  isReady,
} from './gates.js';
import { computeHoldMs, describeHold, findAbandonedLaunch } from './lifecycle-hooks.js';

/** The desired capacity that the group may have now: one canary first, if there is one, then as many as the surge allows. */
function countFreeSlots(observation: Observation, intent: Intent): number {
  const { new: group } = observation;
  if (group === undefined) return 0;
  if (group.desired === 0 && intent.skipCanary !== true) return 1;
  const living = observation.servers.length;
  const spare = intent.size + intent.surge - Math.max(living, group.desired);
  return Math.min(intent.size, group.desired + Math.max(0, spare));
}

/**
 * Launches as many new servers as the surge allows, waits until each has passed every gate, registers them, and waits
 * until they are in service. Undefined if all are in service and no more may be launched.
 */
export function decideScaleOut(input: DecisionInput, late: (reason: StopReason) => Decision): Decision | undefined {
  const { observation, intent } = input;
  const { new: group } = observation;
  if (group === undefined) return undefined;
  const phase: Phase = group.desired <= 1 && intent.skipCanary !== true ? 'canary' : 'grow';
  const standing = listActiveServers(observation, 'new');
  if (group.desired === 0) return launchNext(input, phase, 0) ?? launchUpTo(input, phase, 1);
  const launching = standing.length < group.desired && group.suspendedProcesses.includes('Launch') ? ['Launch'] : [];
  const abandoned = launching.length > 0 ? findAbandonedLaunch(input, 'new') : undefined;
  if (abandoned !== undefined) return late(abandoned);
  return (
    changeProcesses(input, phase, 'resume-processes', group, launching, 'servers-missing') ??
    awaitNewServers(input, choosePhase(input, phase), standing, group.desired, late) ??
    launchAhead(input, phase, group.desired) ??
    register(input, phase, standing) ??
    awaitService(input, phase, standing, late) ??
    launchNext(input, 'grow', group.desired)
  );
}

/** Servers that were ready and fail a gate now do not start a new phase. */
function choosePhase(input: SafetyInput, phase: Phase): Phase {
  const { observation, intent, memory } = input;
  const unproved = listActiveServers(observation, 'new').some(
    ({ instanceId }) => !memory.passedGates.includes(instanceId),
  );
  const complete = listActiveServers(observation, 'new').length >= (observation.new?.desired ?? 0);
  return unproved || !complete ? phase : findCurrentPhase(observation, intent);
}

/**
 * Without a canary, more servers are launched before those so far take traffic, and before all of them have passed their
 * gates: as soon as the others could lose all that have not, and until the first old server leaves.
 */
function launchAhead(input: DecisionInput, phase: Phase, desired: number): Decision | undefined {
  const { observation, intent, memory } = input;
  const standing = listActiveServers(observation, 'new');
  if (intent.skipCanary !== true || listActiveServers(observation, 'old').length < intent.size) return undefined;
  // The surge counts servers that AWS shows.
  if (standing.length < desired) return undefined;
  // A server that crashes again and again has its vote in between, also after it has passed its gates.
  const isProved = (id: string) => memory.passedGates.includes(id) && !memory.regressed.includes(id);
  const unproved = standing.filter(({ instanceId }) => !isProved(instanceId));
  return launchNext(input, phase, desired, (server) => isLaunching(server) || unproved.includes(server));
}

function launchNext(
  input: DecisionInput,
  phase: Phase,
  desired: number,
  mayDie?: (server: Server) => boolean,
): Decision | undefined {
  const { observation, intent } = input;
  const launchable = desired + countLaunchable(observation, 'new', mayDie);
  const room = Math.min(countFreeSlots(observation, intent), launchable);
  return room > desired ? launchUpTo(input, phase, room) : undefined;
}

function launchUpTo(input: DecisionInput, phase: Phase, to: number): Decision {
  const { observation, intent } = input;
  const wanted = computeGroupSize(observation, 'new', to);
  if (wanted > (observation.new?.maxSize ?? wanted)) {
    // In place, with more old servers than it had.
    const raise = { kind: 'set-max-size', group: intent.newGroup, to: wanted } as const;
    return decideAction(input, phase, raise, 'room-for-surge');
  }
  return decideAction(
    input,
    phase,
    { kind: 'scale-out', group: intent.newGroup, to: wanted },
    { kind: phase === 'canary' ? 'canary' : intent.skipCanary ? 'canary-skipped' : 'canary-passed' },
  );
}

function awaitNewServers(
  input: DecisionInput,
  phase: Phase,
  standing: readonly Server[],
  expected: number,
  late: (reason: StopReason) => Decision,
): Decision | undefined {
  const { observation, limits } = input;
  const unready = standing.filter((server) => !isReady(input, server));
  if (unready.length === 0 && standing.length >= expected) return undefined;
  const instanceIds = unready.map((server) => server.instanceId);
  const wait = buildWait(
    input,
    phase,
    { kind: 'ready', side: 'new', instanceIds, expected, ...describeHold(observation, unready) },
    limits.healthTimeoutMs + computeHoldMs(input, unready),
    firstLaunchMs(input, unready),
    findLeaderTimeoutMs(input),
  );
  const older = unready.map((server) => findDowngrade(observation, server)).find((one) => one !== undefined);
  if (older !== undefined) return late({ kind: 'downgrade', ...older });
  const weakened = unready.map((server) => findWeakened(observation, server)).find((one) => one !== undefined);
  if (weakened !== undefined) return late(weakened);
  const incomplete = unready.map(findMissingState).find((one) => one !== undefined);
  if (incomplete !== undefined) return late(incomplete);
  const refusing = unready.map(findLeaveRefusal).find((one) => one !== undefined);
  if (refusing !== undefined) return late(refusing);
  const abandoned = findAbandonedLaunch(input, 'new');
  if (abandoned !== undefined) return late(abandoned);
  const decision = waitOrElse(input, wait, () => late(buildNotReadyReason(input, 'new', wait.limitMs, expected)));
  return (decision.kind === 'wait' ? launchAhead(input, phase, expected) : undefined) ?? decision;
}

/**
 * Stops where a lifecycle hook abandoned a launch. The group launches no more before that: the next servers would be
 * abandoned too, also while no process runs, and each of them may have a vote by then.
 */
export function stopIfAbandoned(input: DecisionInput, phase: Phase, side: Side): Decision | undefined {
  const abandoned = findAbandonedLaunch(input, side);
  const { [side]: group } = input.observation;
  if (abandoned === undefined) return undefined;
  const launch = group?.suspendedProcesses.includes('Launch') === false ? ['Launch'] : [];
  const suspended = group && changeProcesses(input, phase, 'suspend-processes', group, launch, 'no-more-launches');
  return suspended ?? decideStop('stopped', abandoned);
}

/** Waits for these servers of a side to be ready; otherwise replaces a dead one, or stops with what each of them lacks. */
export function awaitReadyOrStop(
  input: DecisionInput,
  phase: Phase,
  side: Side,
  instanceIds: readonly string[],
  expected: number,
): Decision {
  const { observation, limits } = input;
  const unready = observation.servers.filter((server) => instanceIds.includes(server.instanceId));
  const incomplete = unready.map(findMissingState).find((one) => one !== undefined);
  if (incomplete !== undefined) return decideStop('stopped', incomplete);
  const abandoned = stopIfAbandoned(input, phase, side);
  if (abandoned !== undefined) return abandoned;
  const what = { kind: 'ready', side, instanceIds, expected, ...describeHold(observation, unready) } as const;
  const wait = buildWait(input, phase, what, limits.healthTimeoutMs + computeHoldMs(input, unready));
  return waitOrElse(
    input,
    wait,
    () =>
      replaceDeadServer(input, phase, side) ??
      decideStop('stopped', buildNotReadyReason(input, side, wait.limitMs, expected)),
  );
}

/**
 * When the first server that was never ready was launched; Infinity if there is not one. A server that was ready
 * before, or passes every gate now and only needs its streak, or what this process asks it once, is waited for from now on.
 * So neither a missed observation, nor a new process, nor an election ends the roll.
 */
function firstLaunchMs(input: Knowledge, unready: readonly Server[]): number {
  const { observation, memory } = input;
  const isLacking = (server: Server) =>
    findFailedGates(observation, server).some((gate) => !isGatePending(server, gate));
  const never = unready.filter((server) => !memory.passedGates.includes(server.instanceId) && isLacking(server));
  return Math.min(...never.map((server) => server.launchedAtMs));
}

function register(input: DecisionInput, phase: Phase, standing: readonly Server[]): Decision | undefined {
  const absent = standing.filter((server) => Object.values(server.balancers).includes('absent'));
  return absent.length === 0 ? undefined : registerServers(input, phase, absent);
}

/** Registers servers that have passed their gates, with every load balancer of the cluster. */
export function registerServers(input: DecisionInput, phase: Phase, servers: readonly Server[]): Decision {
  const balancers = [...new Set(servers.flatMap((server) => Object.keys(server.balancers)))];
  const action = { kind: 'register', instanceIds: servers.map((server) => server.instanceId), balancers } as const;
  return decideAction(input, phase, action, { kind: 'passed-gates', servers: servers.length });
}

/** Waits until these servers are in service in every load balancer. */
export function awaitService(
  input: DecisionInput,
  phase: Phase,
  standing: readonly Server[],
  late: (reason: StopReason) => Decision,
): Decision | undefined {
  const { limits } = input;
  const outside = standing.filter((server) => !isInService(server));
  if (outside.length === 0) return undefined;
  const instanceIds = outside.map((server) => server.instanceId);
  const wait = buildWait(input, phase, { kind: 'in-service', instanceIds }, limits.healthTimeoutMs);
  const balancers = outside.flatMap(({ balancers: states }) =>
    Object.keys(states).filter((name) => !isInServiceState(states[name] ?? 'absent')),
  );
  const onStandby = outside.filter(({ lifecycle }) => lifecycle === 'Standby');
  const causes: TimeoutCause[] = onStandby.map(({ instanceId, lifecycle, side }) => {
    return { kind: 'not-in-group-service', instanceId, lifecycle, group: input.observation[side]?.name };
  });
  if (onStandby.length < outside.length) causes.push({ kind: 'out-of-service', balancers: [...new Set(balancers)] });
  return waitOrElse(input, wait, () => late(buildTimeout(wait, causes)));
}
