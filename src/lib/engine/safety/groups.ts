import type { Group } from '../../model/group.js';
import { type Intent, isInPlace } from '../../model/intent.js';
import type { Observation } from '../../model/observation.js';
import type { StopReason } from '../../model/stop-reason.js';
import { isRecorded } from '../../model/tags.js';
import { findOrphanPeers } from '../decide/servers.js';
import { sumDesired } from '../strategy/in-place.js';
import { requireSingleLeader } from './leadership.js';

/** Invariant 3: servers leave by name, one at a time; a size below what there is lets Auto Scaling pick several. */
export function requireNoScaleIn(observation: Observation, name: string, to: number): StopReason | undefined {
  const group = findGroup(observation, name);
  if (group === undefined) return undefined;
  const standing = observation.servers.filter((server) => observation[server.side]?.name === name).length;
  const from = Math.max(sumDesired(observation, name), group.instanceIds.length, standing);
  return to >= from ? undefined : { kind: 'would-scale-in', group: name, from, to };
}

/** Invariant 3: a group may want less only where it launches nothing and loses nobody by it. */
export function requireNoTerminationChoice(
  observation: Observation,
  name: string,
  to: number,
): StopReason | undefined {
  const group = findGroup(observation, name);
  if (group === undefined) return undefined;
  if (!group.suspendedProcesses.includes('Launch'))
    return { kind: 'processes-not-suspended', group: name, running: ['Launch'] };
  const own = observation.servers.filter(({ side }) => observation[side]?.name === name);
  const from = own.filter(({ lifecycle }) => !/^(Terminat|Detach)/.test(lifecycle)).length;
  return to >= from ? undefined : { kind: 'would-scale-in', group: name, from, to };
}

/** Invariant 4: in place, the group is the new one once no old server is left in it. */
export function requireOnlyNewServers(observation: Observation, name: string): StopReason | undefined {
  const older = observation.servers.filter((server) => server.side === 'old');
  const peers = older.filter((server) => server.peer !== undefined).length;
  if (older.length === 0) return undefined;
  return { kind: 'group-not-empty', group: name, instances: older.length, peers };
}

/** Invariant 7 and 10: only an empty group of this roll, none of whose servers Raft counts. */
export function requireEmptyGroup(
  observation: Observation,
  intent: Intent,
  name: string,
): StopReason | undefined {
  const group = findGroup(observation, name);
  if (isInPlace(intent)) return { kind: 'not-owned', resource: name };
  if (group === undefined) return undefined;
  const expected = intent.direction === 'rollback' ? intent.newGroup : intent.oldGroup;
  if (name !== expected || !isRecorded(group)) return { kind: 'not-owned', resource: name };
  const servers = observation.servers.filter((server) => observation[server.side]?.name === name);
  const peers = servers.filter((server) => server.peer !== undefined).length;
  // What a group still wants to have counts as long as it may launch it.
  const wanted = group.suspendedProcesses.includes('Launch') ? 0 : group.desired;
  const instances = Math.max(group.instanceIds.length, servers.length, wanted);
  if (instances > 0 || peers > 0) return { kind: 'group-not-empty', group: name, instances, peers };
  return requireSingleLeader(observation) ?? requireNoOrphanPeer(observation);
}

/** A peer that no instance stands behind may be one of the servers that the group had. */
function requireNoOrphanPeer(observation: Observation): StopReason | undefined {
  const [orphan] = findOrphanPeers(observation);
  return orphan && { kind: 'orphan-peer', peerId: orphan.id, node: orphan.node };
}

/** Invariant 8: while servers come and go, neither group may act on its own. */
export function requireProcessesSuspended(observation: Observation, intent: Intent): StopReason | undefined {
  const shrinking = intent.direction === 'rollback' ? observation.new : observation.old;
  // In place what the group launches is on the side that grows; only the way back must not launch the new image.
  const launching = isInPlace(intent) ? [] : ['Launch'];
  const staying = intent.direction === 'rollback' ? observation.old : observation.new;
  return (
    requireSuspended(shrinking, [...REPLACING_PROCESSES, ...launching]) ??
    requireSuspended(staying, REPLACING_PROCESSES)
  );
}

const REPLACING_PROCESSES = ['HealthCheck', 'ReplaceUnhealthy'];

function requireSuspended(group: Group | undefined, processes: readonly string[]): StopReason | undefined {
  const running = processes.filter((process) => group && !group.suspendedProcesses.includes(process));
  return group === undefined || running.length === 0
    ? undefined
    : { kind: 'processes-not-suspended', group: group.name, running };
}

/** Invariant 8: thawed only at the end, or to let the old group grow again on the way back. */
export function requireResumable(
  observation: Observation,
  intent: Intent,
  name: string,
  processes: readonly string[],
): StopReason | undefined {
  const launches = processes.length === 1 && processes[0] === 'Launch' && name === intent.oldGroup;
  const onlyLaunch = intent.direction === 'rollback' && launches;
  const doomed = intent.direction === 'rollback' ? observation.new : observation.old;
  const standing = observation.servers.filter((server) => observation[server.side] === doomed).length;
  if (onlyLaunch || doomed === undefined || standing === 0) return undefined;
  return { kind: 'group-not-empty', group: name, instances: standing, peers: 0 };
}

/** The template the roll goes to, and the one that goes when it is done; on the way back the other way round. */
export function findLaunchSources({ direction, previousLaunchSource, nextLaunchSource }: Intent) {
  return direction === 'rollback'
    ? { wanted: previousLaunchSource, unwanted: nextLaunchSource }
    : { wanted: nextLaunchSource, unwanted: previousLaunchSource };
}

export function requireOwnGroup(intent: Intent, group: string): StopReason | undefined {
  return requireOwned(group, [intent.oldGroup, intent.newGroup]);
}

export function requireOwned(
  resource: string,
  allowed: readonly (string | undefined)[],
): StopReason | undefined {
  return allowed.includes(resource) ? undefined : { kind: 'not-owned', resource };
}

function findGroup(observation: Observation, name: string): Group | undefined {
  return [observation.old, observation.new].find((group) => group?.name === name);
}
