import type { ActionOf } from '../../model/action.js';
import type { SafetyInput } from '../../model/decision.js';
import { type Group, isUsed } from '../../model/group.js';
import type { Observation } from '../../model/observation.js';
import { countLaunchable, countTowardsDesired, findOrphanPeers, sumDesired } from '../../model/servers.js';
import type { StopReason } from '../../model/stop-reason.js';
import { isRecorded } from '../../model/tags.js';
import { listUnsettled } from '../decide/settled.js';
import { strategyOf } from '../strategy/strategies.js';
import { requireConfirmed, requireSingleLeader } from './leadership.js';

/** only-our-own: the group is the old or the new group of this roll, which the store confirms. */
export function requireOwnGroup(input: SafetyInput, { group }: { readonly group: string }): StopReason | undefined {
  const { intent } = input;
  const isOwn = group === intent.oldGroup || group === intent.newGroup;
  return isOwn ? requireConfirmed(input) : { kind: 'not-owned', resource: group };
}

/** one-change: a size below the number of servers lets Auto Scaling terminate several servers of its own choice. */
export function requireNoScaleIn(
  { observation }: SafetyInput,
  action: ActionOf<'scale-out' | 'restore-size'>,
): StopReason | undefined {
  const { group: name } = action;
  const to = action.kind === 'scale-out' ? action.to : action.sizes.desired;
  const from = Math.max(sumDesired(observation, name), countTowardsDesired(observation, name));
  return to >= from ? undefined : { kind: 'would-scale-in', group: name, from, to };
}

/** own-image-only: the new group launches the image of the roll, whatever others have set. */
export function requireImageOfRoll(
  { observation, intent }: SafetyInput,
  { group }: ActionOf<'scale-out'>,
): StopReason | undefined {
  const { new: arriving } = observation;
  const isForward = intent.direction === 'forward' && arriving?.name === group;
  const imageId = isForward ? arriving.imageId : undefined;
  return imageId === undefined || imageId === intent.imageId ? undefined : { kind: 'not-owned', resource: imageId };
}

/** quorum-margin: the healthy voters keep the quorum if none of the servers lives that are launched together. */
export function requireLaunchBudget(
  { observation, intent }: SafetyInput,
  { group, to }: ActionOf<'scale-out'>,
): StopReason | undefined {
  const wanted = to - sumDesired(observation, group);
  const allowed = countLaunchable(observation, intent.direction === 'rollback' ? 'old' : 'new');
  return wanted <= allowed ? undefined : { kind: 'too-many-launches', group, wanted, allowed };
}

/** one-change: once they are not protected, Auto Scaling terminates servers beyond the desired capacity. */
export function requireNoneInExcess(
  { observation }: SafetyInput,
  { group: name }: ActionOf<'restore-protection'>,
): StopReason | undefined {
  const [from, to] = [countTowardsDesired(observation, name), sumDesired(observation, name)];
  return to >= from ? undefined : { kind: 'would-scale-in', group: name, from, to };
}

/** one-change: desired capacity is lowered only where the group launches nothing and loses no server by it. */
export function requireNoTerminationChoice(
  { observation }: SafetyInput,
  { group: name, to }: ActionOf<'lower-desired'>,
): StopReason | undefined {
  const group = findGroup(observation, name);
  if (group === undefined) return undefined;
  if (!group.suspendedProcesses.includes('Launch'))
    return { kind: 'processes-not-suspended', group: name, running: ['Launch'] };
  const from = countTowardsDesired(observation, name);
  return to >= from ? undefined : { kind: 'would-scale-in', group: name, from, to };
}

/** In place, the group is recorded as the new one only when no old server is left in it. */
export function requireOnlyNewServers(
  { observation }: SafetyInput,
  { group }: ActionOf<'complete-in-place'>,
): StopReason | undefined {
  const oldServers = observation.servers.filter((server) => server.side === 'old');
  const peers = oldServers.filter((server) => server.peer !== undefined).length;
  if (oldServers.length === 0) return undefined;
  return { kind: 'group-not-empty', group, instances: oldServers.length, peers };
}

/**
 * no-group-deleted-with-members, only-our-own: the group is the one that this roll replaces, it has no instance, and
 * Raft has no server of it.
 */
export function requireEmptyGroup(
  input: SafetyInput,
  { group: name }: { readonly group: string },
): StopReason | undefined {
  const { observation, intent } = input;
  const group = findGroup(observation, name);
  if (name !== strategyOf(intent).emptiedGroupOf(intent)) return { kind: 'not-owned', resource: name };
  if (group === undefined) return undefined;
  if (!isRecorded(group)) return { kind: 'not-owned', resource: name };
  const servers = observation.servers.filter((server) => observation[server.side]?.name === name);
  const peers = servers.filter((server) => server.peer !== undefined).length;
  // A group that may still launch servers is not empty: its desired capacity counts.
  const wanted = group.suspendedProcesses.includes('Launch') ? 0 : group.desired;
  const instances = Math.max(group.instanceIds.length, servers.length, wanted);
  if (instances > 0 || peers > 0) return { kind: 'group-not-empty', group: name, instances, peers };
  return requireSingleLeader(input) ?? requireConfirmed(input) ?? requireNoOrphanPeer(observation);
}

/** A peer without an instance may be a server that the group had. */
function requireNoOrphanPeer(observation: Observation): StopReason | undefined {
  const [orphan] = findOrphanPeers(observation);
  return orphan && { kind: 'orphan-peer', peerId: orphan.id, node: orphan.node };
}

const REPLACING_PROCESSES = ['HealthCheck', 'ReplaceUnhealthy'];

/** suspended-until-restored: while servers join and leave, neither group replaces servers by itself. */
export function requireProcessesSuspended({ observation, intent }: SafetyInput): StopReason | undefined {
  const [shrinking, staying] =
    intent.direction === 'rollback' ? [observation.new, observation.old] : [observation.old, observation.new];
  // In place the group launches servers of the side that stays.
  const launching = strategyOf(intent).launchesInOldGroup ? [] : ['Launch'];
  return (
    requireSuspended(shrinking, [...REPLACING_PROCESSES, ...launching]) ??
    requireSuspended(staying, REPLACING_PROCESSES)
  );
}

function requireSuspended(group: Group | undefined, processes: readonly string[]): StopReason | undefined {
  const running = processes.filter((process) => group && !group.suspendedProcesses.includes(process));
  // An operator may have resumed those of an empty group that is kept.
  return group === undefined || !isUsed(group) || running.length === 0
    ? undefined
    : { kind: 'processes-not-suspended', group: group.name, running };
}

/**
 * suspended-until-restored: processes are resumed when the side that leaves has no server left, and never on a group of
 * its own. Before that only `Launch` may be, on the group of the side that stays, so that it can launch servers.
 */
export function requireResumable(
  { observation, intent }: SafetyInput,
  { group, processes }: ActionOf<'resume-processes'>,
): StopReason | undefined {
  // Also once it is empty: it would launch servers beside those that stay.
  if (group === strategyOf(intent).emptiedGroupOf(intent)) return { kind: 'must-stay-suspended', group };
  const isRollback = intent.direction === 'rollback';
  const isOnlyLaunch = processes.length === 1 && processes[0] === 'Launch';
  if (isOnlyLaunch && group === (isRollback ? intent.oldGroup : intent.newGroup)) return undefined;
  const shrinking = isRollback ? observation.new : observation.old;
  const standing = observation.servers.filter((server) => observation[server.side] === shrinking).length;
  if (shrinking === undefined || standing === 0) return undefined;
  return { kind: 'group-not-empty', group, instances: standing, peers: 0 };
}

/**
 * suspended-until-restored: Auto Scaling would change nothing in the group, whichever of its processes are active: health
 * marks, servers in service everywhere, size, zones, instance refreshes. `Launch` alone is resumed to launch servers.
 */
export function requireSettled(
  { observation }: SafetyInput,
  { group: name, processes }: ActionOf<'resume-processes'>,
): StopReason | undefined {
  const group = findGroup(observation, name);
  const isOnlyLaunch = processes.length === 1 && processes[0] === 'Launch';
  const causes = group === undefined || isOnlyLaunch ? [] : listUnsettled(observation, group);
  return causes.length === 0 ? undefined : { kind: 'unsettled', group: name, causes };
}

function findGroup(observation: Observation, name: string): Group | undefined {
  return [observation.old, observation.new].find((group) => group?.name === name);
}
