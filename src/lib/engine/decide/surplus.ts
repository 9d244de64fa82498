import type { Decision, DecisionInput, Phase, SafetyInput } from '../../model/decision.js';
import type { Observation } from '../../model/observation.js';
import type { Server, Side } from '../../model/server.js';
import { computeGroupSize, isLaunching, listActiveServers } from '../../model/servers.js';
import { compareTexts } from '../../model/similar.js';
import type { ExternalChange } from '../../model/stop-reason.js';
import { isRecorded, readIntent } from '../../model/tags.js';
import { countByZone, countMoving } from '../../model/zones.js';
import { strategyOf } from '../strategy/strategies.js';
import {
  changeProcesses,
  findMissingSuspensions,
  isSuspendedByRoll,
  lowerDesired,
  raiseDesired,
} from '../strategy/suspended-processes.js';
import { findCurrentPhase } from './decisions.js';
import { compareRanks, isOnItsWay, lowerMinimum, removeServerSafely } from './drain.js';
import { isLeaving, removeServer } from './leave.js';
import { writeSentinelBeforeLeave } from './restore-old-group.js';

/** How a group was scaled from outside beyond what a roll expects; also if its size was set back, and its servers stay. */
export function findScaling(input: Pick<SafetyInput, 'observation' | 'intent'>): ExternalChange | undefined {
  const { intent } = input;
  const observation = { ...input.observation, ...countServers(input.observation) };
  const { old } = observation;
  const expected = intent.original.desired;
  if (old === undefined || old.desired <= expected) return strategyOf(intent).findScaling({ observation, intent });
  const idle = old.suspendedProcesses.includes('Launch') && old.instanceIds.length <= expected;
  return { kind: 'scaled', group: old.name, desired: old.desired, expected, idle };
}

/** Both sides, each with a desired capacity of at least its servers. */
function countServers(observation: Observation): Pick<Observation, 'old' | 'new'> {
  const atLeast = (side: Side) => {
    const { [side]: group } = observation;
    return group && { ...group, desired: Math.max(group.desired, listActiveServers(observation, side).length) };
  };
  return { old: atLeast('old'), new: atLeast('new') };
}

/** True if no group is bigger than the recorded roll expects; false where it is not known which roll that is. */
export function haveExpectedSizes(observation: Observation): boolean {
  const { raft, old, new: group } = observation;
  const record = raft?.record;
  // Others may have removed the tags.
  const tagged = [old, group].find(isRecorded);
  const intent = record !== undefined && record !== 'damaged' ? record.intent : tagged && readIntent(tagged);
  if (intent === undefined) return raft !== undefined && record === undefined;
  return findScaling({ observation, intent }) === undefined;
}

/**
 * A size was set below the servers that a group has, which stay because they are protected: it follows them. Otherwise
 * it could not be lowered with each server that is terminated.
 */
export function followServers(input: DecisionInput): Decision | undefined {
  const { observation, intent } = input;
  const phase = findCurrentPhase(observation, intent);
  const suspended = [observation.old, observation.new].flatMap((group) =>
    isRecorded(group) && !group.deleting && isSuspendedByRoll(group, intent) ? [group] : [],
  );
  for (const group of suspended) {
    const raised = raiseDesired(input, phase, group);
    if (raised === undefined) continue;
    const launch = group.suspendedProcesses.includes('Launch') ? [] : ['Launch'];
    return changeProcesses(input, phase, 'suspend-processes', group, launch, 'no-more-launches') ?? raised;
  }
  return undefined;
}

/**
 * One side has more servers than it should, or would launch more: others have scaled its group. The group launches
 * nothing more, and servers beyond the size are asked to leave; at a lower size Auto Scaling would choose which to end.
 * A group that acts on its own keeps its servers, and one more may be moving to another zone (balance-zones.ts).
 */
export function removeSurplus(
  input: DecisionInput,
  phase: Phase,
  side: Side,
  size: number,
  moving = countMoving(input.observation),
): Decision | undefined {
  const { observation, intent } = input;
  const group = observation[side];
  if (group === undefined || !isSuspendedByRoll(group, intent)) return undefined;
  const servers = listActiveServers(observation, side);
  // Those that are leaving already are of the surplus.
  const staying = servers.filter((server) => !isLeaving(input, server));
  const launching = group.suspendedProcesses.includes('Launch') ? 0 : moving;
  const most = Math.max(size + launching, servers.length);
  if (group.desired <= most && servers.length <= size + moving) return undefined;
  const missing = findMissingSuspensions(group, false);
  const to = computeGroupSize(observation, side, most);
  return (
    changeProcesses(input, phase, 'suspend-processes', group, missing, 'no-more-launches') ??
    (group.desired > most ? lowerDesired(input, phase, group, to, 'original-size') : undefined) ??
    (staying.length > size + moving ? removeFirst(input, phase, staying) : undefined)
  );
}

function removeFirst(input: DecisionInput, phase: Phase, servers: readonly Server[]): Decision | undefined {
  const [departing] = sortSurplus(input, servers);
  if (departing === undefined) return undefined;
  return (
    writeSentinelBeforeLeave(input) ??
    lowerMinimum(input, phase, departing.side) ??
    (departing.peer === undefined ? removeServer(input, phase, departing) : removeServerSafely(input, departing, phase))
  );
}

/**
 * In the order in which they leave: those out of Raft, of these first those that were asked to leave; the leader last;
 * those that a lifecycle hook may end, are ill or leaving a load balancer first; then of the fullest zone, and the youngest.
 */
function sortSurplus({ memory }: DecisionInput, servers: readonly Server[]): readonly Server[] {
  const counts = countByZone([], servers);
  const rank = (server: Server) => [
    Number(server.peer !== undefined),
    Number(memory.leaveRequests[server.instanceId] === undefined),
    Number(server.peer?.leader === true),
    Number(!isLaunching(server)),
    Number(server.peer?.healthy === true),
    Number(server.peer?.voter === true),
    Number(!isOnItsWay(server)),
    -(counts.get(server.zone) ?? 0),
    -server.launchedAtMs,
  ];
  return [...servers].sort((a, b) => compareRanks(rank(a), rank(b)) || compareTexts(a.instanceId, b.instanceId));
}
