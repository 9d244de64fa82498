import semver from 'semver';
import { type Decision, type DecisionInput, decideAction } from '../../model/decision.js';
import { SELF_ACTING_PROCESSES } from '../../model/group.js';
import type { Intent } from '../../model/intent.js';
import { findLeaveTimeoutMs } from '../../model/limits.js';
import type { Observation } from '../../model/observation.js';
import { findLeader, listActiveServers, listBalancersOf } from '../../model/servers.js';
import type { FounderReason, StopReason } from '../../model/stop-reason.js';
import { isRecorded, readIntent } from '../../model/tags.js';
import { removeNextLaunchSource } from '../launch-source/launch-sources.js';
import { restoreOldAlias } from '../launch-source/version-alias.js';
import { protectServers } from '../strategy/protection.js';
import { strategyOf } from '../strategy/strategies.js';
import { changeProcesses } from '../strategy/suspended-processes.js';
import { completeOwnHooks } from './complete-hooks.js';
import { awaitConvergence } from './convergence.js';
import { buildWait, decideStop, deleteRecord, findCurrentPhase, waitOrElse } from './decisions.js';
import { awaitDrained, deregisterTogether, drain, leaveBeside, transferLeadership } from './drain.js';
import { decideDeleteGroup, restoreAndClear } from './finish.js';
import { findFounderReason } from './founders.js';
import { isReady } from './gates.js';
import { forgetImpostor } from './impostors.js';
import { askToLeave, awaitLastLeave, awaitTerminated, findAgentsStillUp, finishLeave, removeServer } from './leave.js';
import { awaitNoOrphanPeer, removeOrphanPeer } from './orphan-peers.js';
import { listOnStandby, restoreOldGroup, writeSentinelBeforeLeave } from './restore-old-group.js';
import { removeSurplus } from './surplus.js';

/**
 * The stages of a rollback. First the processes of the new group are suspended, then the old group gets back the
 * servers it lost. Then the new servers are deregistered and leave, no more at once than the voters can spare: they vote
 * within seconds of joining, and destroying them at once would lose the quorum for good.
 */
export function decideRollback(input: DecisionInput): Decision {
  const first =
    stopIfOldGroupGone(input) ??
    recordRollback(input, { kind: 'operator-request' }) ??
    strategyOf(input.intent).stopLaunches(input) ??
    suspendOldGroup(input) ??
    completeOwnHooks(input, findLeaveTimeoutMs(input));
  if (first !== undefined) return first;
  const leaving = finishLeave(input, 'rollback', 'new');
  return leaving === undefined ? restoreThenDrain(input) : leaveBeside(input, leaving, () => restoreThenDrain(input));
}

function restoreThenDrain(input: DecisionInput): Decision {
  const { observation } = input;
  return (
    awaitLastLeave(input, 'rollback', 'old') ??
    removeOrphanPeer(input, 'rollback') ??
    forgetImpostor(input, 'rollback') ??
    removeSurplusOldServers(input) ??
    stopIfOldImageFounds(input) ??
    restoreOldGroup(input) ??
    (observation.new === undefined ? undefined : removeNewServers(input)) ??
    awaitNoOrphanPeer(input, 'rollback') ??
    awaitConvergence(input, 'rollback') ??
    deleteNewGroup(input) ??
    removeNextLaunchSource(input, 'rollback') ??
    restoreOldAlias(input) ??
    (isRecorded(observation.old) ? restoreAndClear(input, 'rollback', observation.old) : undefined) ??
    deleteRecord(input, 'rolled-back')
  );
}

/**
 * Stops if the old group is deleted, released or handed over: then the new servers are the whole cluster. Nothing is
 * recorded, so that the roll can still be finished.
 */
function stopIfOldGroupGone(input: DecisionInput): Decision | undefined {
  const {
    observation: { old, new: group, cluster },
  } = input;
  const standing = isRecorded(old) && !old.deleting;
  return standing || group === undefined ? undefined : decideStop('stopped', { kind: 'old-group-gone', cluster });
}

/** The old group must not act on its own while the new servers leave, even if its processes were resumed meanwhile. */
function suspendOldGroup(input: DecisionInput): Decision | undefined {
  const { old, new: group } = input.observation;
  if (old === undefined || group === undefined) return undefined;
  const processes = SELF_ACTING_PROCESSES.filter((process) => !old.suspendedProcesses.includes(process));
  return (
    protectServers(input, 'rollback', old) ??
    changeProcesses(input, 'rollback', 'suspend-processes', old, processes, 'only-this-roll')
  );
}

/**
 * An old server bootstrapped a cluster of its own: the next one would too. It is terminated, or leaves where Raft has it
 * already. What the group has launched beside it is watched until it is ready, as each of them may do the same.
 */
function stopIfOldImageFounds(input: DecisionInput): Decision | undefined {
  const { observation, intent, limits } = input;
  const founder = findFounderReason(input);
  if (founder?.side !== 'old') return undefined;
  const ended = endOldFounder(input, founder);
  if (ended !== undefined) return ended;
  const stop = decideStop('stopped', founder);
  const starting = listActiveServers(observation, 'old').filter((server) => !isReady(input, server));
  const instanceIds = starting.map(({ instanceId }) => instanceId);
  if (instanceIds.length === 0) return stop;
  const what = { kind: 'ready', side: 'old', instanceIds, expected: intent.original.desired } as const;
  return waitOrElse(input, buildWait(input, 'rollback', what, limits.healthTimeoutMs), () => stop);
}

/**
 * The old group launches no more, and the founder leaves where Raft has it already, with the quorum alone (isFounderInRaft);
 * undefined once it is terminated.
 */
export function endOldFounder(input: DecisionInput, founder: FounderReason): Decision | undefined {
  const { observation, intent, memory } = input;
  const { old } = observation;
  if (old === undefined) return undefined;
  const phase = findCurrentPhase(observation, intent);
  const launch = ['Launch'].filter((process) => !old.suspendedProcesses.includes(process));
  const standing = listActiveServers(observation, 'old');
  const member = standing.find(({ instanceId, peer }) => instanceId === founder.instanceId && peer !== undefined);
  const left = findAgentsStillUp(input, 'old').find(({ instanceId }) => memory.leaveRequests[instanceId] !== undefined);
  return (
    changeProcesses(input, phase, 'suspend-processes', old, launch, 'no-more-launches') ??
    (member && transferLeadership(input, member, phase)) ??
    (member && askToLeave(input, phase, member, founder)) ??
    (left && removeServer(input, phase, left)) ??
    awaitTerminated(input, phase, 'old')
  );
}

/**
 * Old servers beyond the original size leave before the new ones: one that is not healthy only raises the quorum. One that
 * was asked and has not left is asked again, before any other.
 */
function removeSurplusOldServers(input: DecisionInput): Decision | undefined {
  const { observation, intent } = input;
  const { old } = observation;
  const { desired } = intent.original;
  if (old !== undefined && listOnStandby(input, old).length > 0) return undefined;
  const isBeyond = listActiveServers(observation, 'old').length > desired;
  const unfinished = isBeyond ? finishLeave(input, 'rollback', 'old') : undefined;
  return unfinished ?? removeSurplus(input, 'rollback', 'old', desired);
}

function removeNewServers(input: DecisionInput): Decision | undefined {
  const sentinel = listActiveServers(input.observation, 'new').length > 0 ? writeSentinelBeforeLeave(input) : undefined;
  return sentinel ?? deregisterNewServers(input) ?? drain(input, 'new') ?? awaitTerminated(input, 'rollback', 'new');
}

/** Undefined in place, where only the launch source is left to delete. */
function deleteNewGroup(input: DecisionInput): Decision | undefined {
  const { observation, intent } = input;
  const { new: group } = observation;
  const isEmptied = group?.name === strategyOf(intent).emptiedGroupOf(intent);
  return group && isEmptied ? decideDeleteGroup(input, 'rollback', group) : undefined;
}

/** Deregisters all new servers at once, because the old ones are in service, and waits until all have drained. */
function deregisterNewServers(input: DecisionInput): Decision | undefined {
  const standing = listActiveServers(input.observation, 'new');
  const listed = standing.find((server) => listBalancersOf(server).length > 0);
  return (
    deregisterTogether(input, 'rollback', standing, 'about-to-leave') ??
    (listed && awaitDrained(input, 'rollback', listed))
  );
}

/**
 * Records the rollback on both groups before its first step, so that a resumed roll rolls back too. Undefined once it
 * is recorded. Stops if the rollback would be a downgrade without `--allow-downgrade`.
 */
export function recordRollback(input: DecisionInput, reason: StopReason): Decision | undefined {
  const { observation, intent } = input;
  const recorded = [observation.old, observation.new].flatMap((group) => (group && readIntent(group)) ?? []);
  const record = observation.raft?.record;
  const stored = record === undefined || record === 'damaged' ? [] : [record.intent];
  if ([...recorded, ...stored].every(({ direction }) => direction === 'rollback')) return undefined;
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
 * After a server of a newer Consul was the leader, an older one may not be able to read its log: it stops at an unknown
 * log entry, and cannot restore a newer snapshot.
 */
function findRollbackDowngrade(observation: Observation, intent: Intent): StopReason | undefined {
  const leader = findLeader(observation);
  if (leader?.side !== 'new' || leader.agent.kind !== 'up' || intent.fromVersion === undefined) return undefined;
  const [from, to] = [semver.coerce(leader.agent.version), semver.coerce(intent.fromVersion)];
  if (from === null || to === null || from.compare(to) <= 0) return undefined;
  return { kind: 'rollback-downgrade', cluster: observation.cluster, from: from.version, to: to.version };
}
