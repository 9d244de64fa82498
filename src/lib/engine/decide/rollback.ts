import semver from 'semver';
import type { Decision, DecisionInput } from '../../model/decision.js';
import { SELF_ACTING_PROCESSES } from '../../model/group.js';
import { createsGroup, type Intent } from '../../model/intent.js';
import type { Observation } from '../../model/observation.js';
import type { StopReason } from '../../model/stop-reason.js';
import { isRecorded, readIntent } from '../../model/tags.js';
import { removeNextLaunchSource } from '../launch-source/launch-sources.js';
import { restoreOldAlias } from '../launch-source/version-alias.js';
import { strategyOf } from '../strategy/strategies.js';
import { decideAction, decideStop } from './decisions.js';
import { awaitDrained, drain } from './drain.js';
import { decideDeleteGroup, restoreAndClear } from './finish.js';
import { awaitLastLeave, awaitLeave, awaitTerminated } from './leave.js';
import { awaitNoOrphanPeer, removeOrphanPeer } from './orphan-peers.js';
import { restoreOldGroup } from './restore-old-group.js';
import { findLeader, listActiveServers, listBalancersOf } from './servers.js';

/**
 * The way back: the same loop, the other side. The new group is frozen before anything else; the old one is made whole
 * again if servers of it have left; then the new servers are taken out of the load balancers and leave one at a time,
 * each re-checked, because they vote within seconds of joining and destroying them at once loses the quorum for good.
 */
export function decideRollback(input: DecisionInput): Decision {
  const { observation, intent } = input;
  return (
    stopIfOldGroupGone(input) ??
    recordRollback(input, { kind: 'operator-request' }) ??
    strategyOf(intent).stopLaunches(input) ??
    suspendOldGroup(input) ??
    awaitLeave(input, 'rollback', 'new') ??
    awaitLastLeave(input, 'rollback', 'old') ??
    removeOrphanPeer(input, 'rollback') ??
    restoreOldGroup(input) ??
    (observation.new === undefined ? undefined : removeNewServers(input)) ??
    awaitNoOrphanPeer(input, 'rollback') ??
    deleteNewGroup(input) ??
    removeNextLaunchSource(input, 'rollback') ??
    restoreOldAlias(input) ??
    (isRecorded(observation.old) ? restoreAndClear(input, 'rollback', observation.old) : undefined) ?? {
      kind: 'done',
      outcome: 'rolled-back',
    }
  );
}

/**
 * The new servers are the whole cluster once the old group is deleted, given up or handed over; taking them out would
 * take the cluster out. Nothing is recorded then, so that the roll can still be finished.
 */
function stopIfOldGroupGone(input: DecisionInput): Decision | undefined {
  const {
    observation: { old, new: group, cluster },
  } = input;
  const standing = isRecorded(old) && !old.deleting;
  return standing || group === undefined ? undefined : decideStop('stopped', { kind: 'old-group-gone', cluster });
}

/** What stays must not act on its own either while the new servers leave, whoever thawed it meanwhile. */
function suspendOldGroup(input: DecisionInput): Decision | undefined {
  const { observation } = input;
  const { old } = observation;
  if (old === undefined || observation.new === undefined) return undefined;
  const processes = SELF_ACTING_PROCESSES.filter((process) => !old.suspendedProcesses.includes(process));
  if (processes.length === 0) return undefined;
  const suspend = { kind: 'suspend-processes', group: old.name, processes } as const;
  return decideAction(input, 'rollback', suspend, { kind: 'only-this-roll' });
}

function removeNewServers(input: DecisionInput): Decision | undefined {
  return deregisterNewServers(input) ?? drain(input, 'new') ?? awaitTerminated(input, 'rollback', 'new');
}

/** Undefined in place, where nothing is left to delete but the template. */
function deleteNewGroup(input: DecisionInput): Decision | undefined {
  const { observation, intent } = input;
  const { new: group } = observation;
  return group === undefined || !createsGroup(intent) ? undefined : decideDeleteGroup(input, 'rollback', group);
}

/** All new servers leave the load balancers at once: the old ones are in service there. */
function deregisterNewServers(input: DecisionInput): Decision | undefined {
  const { observation } = input;
  const listed = listActiveServers(observation, 'new').find((server) => listBalancersOf(server).length > 0);
  if (listed === undefined) return undefined;
  const registered = listActiveServers(observation, 'new').find((server) =>
    Object.values(server.balancers).some(isRegistered),
  );
  if (registered !== undefined) {
    const balancers = listBalancersOf(registered).filter((name) => isRegistered(registered.balancers[name]));
    const deregister = { kind: 'deregister', instanceId: registered.instanceId, balancers } as const;
    return decideAction(input, 'rollback', deregister, { kind: 'about-to-leave' });
  }
  return awaitDrained(input, 'rollback', listed);
}

function isRegistered(state: string | undefined): boolean {
  return state !== undefined && state !== 'absent' && state !== 'draining';
}

/**
 * Records on both groups that the roll goes back, before anything of it is done, so that whoever carries on does
 * too. Undefined where that is recorded already. Refused where going back would be a downgrade nobody allowed.
 */
export function recordRollback(input: DecisionInput, reason: StopReason): Decision | undefined {
  const { observation, intent } = input;
  const recorded = [observation.old, observation.new].flatMap((group) => (group && readIntent(group)) ?? []);
  if (recorded.every(({ direction }) => direction === 'rollback')) return undefined;
  const downgrade = findRollbackDowngrade(observation, intent);
  if (downgrade !== undefined && !intent.allowDowngrade) return decideStop('stopped', downgrade);
  const groups = [intent.oldGroup, intent.newGroup];
  return decideAction(
    input,
    'rollback',
    { kind: 'start-rollback', groups, reason },
    { kind: 'rollback', because: reason },
  );
}

/**
 * Once a server of a newer Consul has led, an older one may not be able to read what it has logged: it stops at an
 * unknown log entry, and cannot restore a newer snapshot.
 */
function findRollbackDowngrade(observation: Observation, intent: Intent): StopReason | undefined {
  const leader = findLeader(observation);
  if (leader?.side !== 'new' || leader.agent.kind !== 'up' || intent.fromVersion === undefined) return undefined;
  const [from, to] = [semver.coerce(leader.agent.version), semver.coerce(intent.fromVersion)];
  if (from === null || to === null || from.compare(to) <= 0) return undefined;
  return { kind: 'rollback-downgrade', cluster: observation.cluster, from: from.version, to: to.version };
}
