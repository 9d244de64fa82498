import type { Action } from '../../model/action.js';
import { type Decision, type DecisionInput, decideAction, type Phase } from '../../model/decision.js';
import type { Group } from '../../model/group.js';
import { buildFinalSentinel } from '../../model/intent.js';
import { findLeaderTimeoutMs } from '../../model/limits.js';
import { listBalancers } from '../../model/load-balancer.js';
import { measureObservedMs } from '../../model/observed-time.js';
import { countTowardsDesired, listActiveServers, sumDesired } from '../../model/servers.js';
import { isRecorded } from '../../model/tags.js';
import { removeOldLaunchConfiguration } from '../launch-source/launch-configuration.js';
import { restoreAlias } from '../launch-source/version-alias.js';
import { restoreProtection } from '../strategy/protection.js';
import { strategyOf } from '../strategy/strategies.js';
import {
  changeProcesses,
  findProcessesToSuspendAgain,
  isSuspendedByRoll,
  lowerDesired,
  raiseDesired,
  resumeNext,
} from '../strategy/suspended-processes.js';
import { balanceZones } from './balance-zones.js';
import { awaitCompleteCluster } from './complete-cluster.js';
import { awaitConvergence } from './convergence.js';
import { replaceDeadServer } from './dead-servers.js';
import { buildWait, decideStop, decideTimeout, deleteRecord, waitOrElse } from './decisions.js';
import { buildNotReadyReason, isReady } from './gates.js';
import { awaitTerminated } from './leave.js';
import { awaitNoOrphanPeer } from './orphan-peers.js';
import { awaitSettled } from './settled.js';

/** Only new servers are left: verifies the cluster again, hands over to the new group, and removes the record. */
export function decideFinish(input: DecisionInput): Decision {
  const { observation } = input;
  const { old } = observation;
  return (
    awaitTerminated(input, 'finish', 'old') ??
    awaitNoOrphanPeer(input, 'finish') ??
    (isRecorded(old) || isBeingDeleted(input, old) ? retireOldGroup(input, old) : undefined) ??
    (old === undefined ? undefined : attachNewGroup(input, old)) ??
    unprotectKeptGroup(input) ??
    removeOldLaunchConfiguration(input) ??
    restoreAlias(input) ??
    (isRecorded(observation.new) ? restoreAndClear(input, 'finish', observation.new) : undefined) ??
    deleteRecord(input, 'rolled')
  );
}

/** Others may have removed its tags just before. AWS deletes its launch configuration only once it is gone. */
function isBeingDeleted({ intent }: DecisionInput, old: Group | undefined): old is Group {
  return old?.deleting === true && !intent.keepOld;
}

/**
 * Restores the sizes and processes of the last group of a roll, then removes the record. Its cluster must be complete,
 * and before each process is resumed, and after the last, Auto Scaling must have nothing to change in the group.
 */
export function restoreAndClear(input: DecisionInput, phase: Phase, group: Group): Decision {
  const side = phase === 'rollback' ? 'old' : 'new';
  return (
    balanceZones(input, phase, side, group) ??
    // A group that acts on its own launches what is missing; a suspended one must not before its cluster is complete.
    (isSuspendedByRoll(group, input.intent)
      ? undefined
      : (restoreSizes(input, phase, group) ?? launchMissing(input, phase, group))) ??
    awaitCompleteCluster(input, phase, side) ??
    awaitSettled(input, phase, group) ??
    restoreGroup(input, phase, group) ??
    decideAction(input, phase, { kind: 'clear-record', group: group.name }, 'roll-complete')
  );
}

/** Restores what the roll changed on the group; undefined once nothing is left to restore. */
export function restoreGroup(input: DecisionInput, phase: Phase, group: Group): Decision | undefined {
  const { observation, intent } = input;
  const suspended = findProcessesToSuspendAgain(group, intent.original.suspended);
  const changed =
    restoreSizes(input, phase, group) ??
    resumeNext(input, phase, group, intent.original.suspended) ??
    changeProcesses(input, phase, 'suspend-processes', group, suspended, 'as-before') ??
    restoreProtection(input, phase, group);
  if (changed !== undefined || observation.raft?.sentinel === undefined) return changed;
  return decideAction(input, phase, { kind: 'delete-sentinel' }, 'sentinel-unneeded');
}

/**
 * The original sizes; but a group that grew while it acted on its own keeps its servers. If its size was set below them
 * since, that has to settle first.
 */
function restoreSizes(input: DecisionInput, phase: Phase, group: Group): Decision | undefined {
  const { original } = input.intent;
  // One that is put back into service is counted again: until then another would be launched for it.
  if (input.observation.servers.some(({ lifecycle }) => lifecycle === 'Standby')) return undefined;
  const { minSize } = original;
  if (!isSuspendedByRoll(group, input.intent) && raiseDesired(input, phase, group) !== undefined) return undefined;
  const desired = isSuspendedByRoll(group, input.intent) ? original.desired : Math.max(original.desired, group.desired);
  const maxSize = Math.max(original.maxSize, desired);
  if (group.minSize === minSize && group.maxSize === maxSize && group.desired === desired) return undefined;
  const sizes = { minSize, maxSize, desired };
  return decideAction(input, phase, { kind: 'restore-size', group: group.name, sizes }, 'original-size');
}

/**
 * `Launch` was suspended before the roll too: it is active until no server of the original number is missing, and suspended
 * again then. A group that was scaled out meanwhile launches nothing, as before.
 */
function launchMissing(input: DecisionInput, phase: Phase, group: Group): Decision | undefined {
  const { observation, intent } = input;
  const desired = sumDesired(observation, group.name);
  const isWhole = countTowardsDesired(observation, group.name) >= desired;
  if (isWhole || desired > intent.original.desired) return undefined;
  const launch = group.suspendedProcesses.filter((process) => process === 'Launch');
  return changeProcesses(input, phase, 'resume-processes', group, launch, 'servers-missing');
}

/** Deletes an empty group, and waits until AWS has deleted it. */
export function decideDeleteGroup(input: DecisionInput, phase: Phase, group: Group): Decision {
  const { limits } = input;
  const pool = removeWarmPool(input, phase, group);
  if (pool !== undefined) return pool;
  if (!group.deleting) {
    return decideAction(input, phase, { kind: 'delete-group', group: group.name }, 'group-empty');
  }
  return waitOrElse(input, buildWait(input, phase, { kind: 'deleted', group: group.name }, limits.awsTimeoutMs));
}

function retireOldGroup(input: DecisionInput, old: Group): Decision {
  return (
    stopOverdueBake(input) ??
    verifyWrite(input) ??
    awaitCompleteCluster(input, 'finish', 'new') ??
    awaitBake(input) ??
    awaitConvergence(input, 'finish') ??
    attachNewGroup(input, old) ??
    moveWarmPool(input, old) ??
    releaseOldGroup(input, old)
  );
}

/** Deletes the old group, or keeps it; in place, it becomes the new group. */
function releaseOldGroup(input: DecisionInput, old: Group): Decision {
  const { intent } = input;
  return (
    strategyOf(intent).completeGroup(input, old) ??
    (intent.keepOld ? keepOldGroup(input, old) : decideDeleteGroup(input, 'finish', old))
  );
}

function awaitBake(input: DecisionInput): Decision | undefined {
  const { observation, limits, memory } = input;
  const unready = listActiveServers(observation, 'new').filter((server) => !isReady(input, server));
  if (unready.length > 0) {
    const instanceIds = unready.map((server) => server.instanceId);
    const what = { kind: 'ready', side: 'new', instanceIds, expected: unready.length } as const;
    const wait = buildWait(input, 'finish', what, limits.healthTimeoutMs);
    return waitOrElse(input, wait, () => replaceDeadServer(input, 'finish') ?? decideTimeout(wait));
  }
  const sinceMs = memory.bake?.healthySinceMs ?? observation.atMs;
  const bakedMs = measureObservedMs(memory.gaps, sinceMs, observation.atMs);
  if (bakedMs >= limits.bakeMs) return undefined;
  const beganMs = observation.atMs - bakedMs;
  return { kind: 'wait', wait: { phase: 'finish', for: { kind: 'bake' }, limitMs: limits.bakeMs, sinceMs: beganMs } };
}

/** How often the servers may fail, and become healthy again, before the bake has lasted. */
const MAX_BAKES = 3;

/** Servers that fail again and again begin every wait again, so that none of them would ever reach its limit. */
function stopOverdueBake(input: DecisionInput): Decision | undefined {
  const { observation, memory, limits } = input;
  const { size } = input.intent;
  const unready = listActiveServers(observation, 'new').filter((server) => !isReady(input, server));
  if (memory.bake === undefined || unready.length === 0) return undefined;
  const limitMs = MAX_BAKES * (limits.bakeMs + limits.healthTimeoutMs);
  const observedMs = measureObservedMs(memory.gaps, memory.bake.aloneSinceMs, observation.atMs);
  return observedMs > limitMs ? decideStop('stopped', buildNotReadyReason(input, 'new', limitMs, size)) : undefined;
}

function verifyWrite(input: DecisionInput): Decision | undefined {
  const { observation, intent } = input;
  const value = buildFinalSentinel(intent);
  if (observation.raft?.sentinel !== value) {
    return decideAction(input, 'finish', { kind: 'write-sentinel', value }, 'final-write');
  }
  const behind = listActiveServers(observation, 'new').some(
    ({ agent }) => agent.kind !== 'up' || agent.sentinel !== value,
  );
  if (!behind) return undefined;
  const wait = buildWait(input, 'finish', { kind: 'sentinel' }, findLeaderTimeoutMs(input));
  return waitOrElse(input, wait, () => replaceDeadServer(input, 'finish') ?? decideTimeout(wait));
}

function attachNewGroup(input: DecisionInput, old: Group): Decision | undefined {
  const { observation } = input;
  const group = observation.new;
  if (group === undefined) return undefined;
  const attached = listBalancers(group);
  const missing = listBalancers(old).filter((name) => !attached.includes(name));
  if (missing.length === 0) return undefined;
  const action: Action = { kind: 'attach-load-balancers', group: group.name, balancers: missing };
  return decideAction(input, 'finish', action, 'later-servers-in-service');
}

/**
 * `--keep-old`: the old group stays, empty and with its processes suspended. Its scheduled actions and scaling policies
 * could launch old servers beside the new ones, or a cluster of their own.
 */
function keepOldGroup(input: DecisionInput, old: Group): Decision {
  if (old.desired > 0) return lowerDesired(input, 'finish', old, 0, 'kept-empty');
  return decideAction(input, 'finish', { kind: 'clear-record', group: old.name }, 'kept-empty');
}

/** Once its record is removed: until then its servers are protected, as on any group of a roll. */
function unprotectKeptGroup(input: DecisionInput): Decision | undefined {
  const { observation, intent } = input;
  const { old } = observation;
  if (old === undefined || !intent.keepOld || !isRecorded(observation.new)) return undefined;
  return restoreProtection(input, 'finish', old);
}

/**
 * Copies a warm pool to the new group once every server has passed its gates. A pool launches servers by itself, so it
 * is created while `Launch` is suspended there, and fills after the roll.
 */
function moveWarmPool(input: DecisionInput, old: Group): Decision | undefined {
  const { observation } = input;
  const { new: group } = observation;
  if (group === undefined || old.warmPool === 'none') return undefined;
  if (group.warmPool === 'none' && old.warmPool === 'there') {
    if (!group.suspendedProcesses.includes('Launch')) {
      return changeProcesses(input, 'finish', 'suspend-processes', group, ['Launch'], 'warm-pool-after-roll');
    }
    const copy = { kind: 'copy-warm-pool', from: old.name, group: group.name } as const;
    return decideAction(input, 'finish', copy, 'same-as-old-group');
  }
  return removeWarmPool(input, 'finish', old);
}

/** Deletes the warm pool of an empty group, and waits until AWS has deleted it. */
function removeWarmPool(input: DecisionInput, phase: Phase, group: Group): Decision | undefined {
  const { limits } = input;
  const { name, warmPool } = group;
  if (warmPool === 'none') return undefined;
  if (warmPool === 'there') {
    return decideAction(input, phase, { kind: 'delete-warm-pool', group: name }, 'warm-pool-not-empty');
  }
  return waitOrElse(input, buildWait(input, phase, { kind: 'warm-pool-deleted', group: name }, limits.awsTimeoutMs));
}
