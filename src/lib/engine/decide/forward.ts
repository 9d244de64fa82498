import type { Decision } from '../../model/decision.js';
import type { Intent, Limits } from '../../model/intent.js';
import type { Observation } from '../../model/observation.js';
import type { StopReason } from '../../model/stop-reason.js';
import { isRecorded } from '../../model/tags.js';
import { decideStop } from './decisions.js';
import { drain } from './drain.js';
import { decideFinish } from './finish.js';
import { awaitLeave, awaitTerminated, removeGoneInstance } from './leave.js';
import { removeOrphanPeer, replaceDeadServer } from './orphan-peers.js';
import { findCurrentPhase } from './phase.js';
import { decidePrepare } from './prepare.js';
import { recordRollback } from './rollback.js';
import { decideScaleOut } from './scale-out.js';
import { listActiveServers, listServers } from './servers.js';

/** The way forward, stage by stage; each stage answers `undefined` when it has nothing (more) to do. */
export function decideForward(observation: Observation, intent: Intent, limits: Limits): Decision {
  return (
    decidePrepare(observation, intent, limits) ??
    awaitLeave(observation, 'drain', 'old', limits) ??
    removeOrphanPeer(observation, intent, 'drain', limits) ??
    scaleOutUntilComplete(observation, intent, limits) ??
    drain(observation, intent, limits, 'old') ??
    awaitFreeSlot(observation, limits) ??
    decideFinish(observation, intent, limits)
  );
}

/**
 * Once the last old server is gone, the new group has all of its own; one that came in the stead of a dead one is still
 * to pass the gates and to take traffic.
 */
function scaleOutUntilComplete(
  observation: Observation,
  intent: Intent,
  limits: Limits,
): Decision | undefined {
  if (!isRecorded(observation.old)) return undefined;
  const cleared = removeGoneInstance(observation, findCurrentPhase(observation, intent), 'new');
  if (cleared !== undefined) return cleared;
  const alone = listServers(observation, 'old').length === 0 && observation.new?.desired === intent.size;
  const fresh = listActiveServers(observation, 'new');
  const taken = fresh.filter(({ balancers }) => !Object.values(balancers).includes('absent'));
  if (alone && taken.length >= intent.size) return undefined;
  return decideScaleOut(observation, intent, limits, (reason) =>
    rollbackOrStop(observation, intent, limits, reason),
  );
}

/** Old servers stand, none may go, and there is no room to grow: a termination must end first. */
function awaitFreeSlot(observation: Observation, limits: Limits): Decision | undefined {
  if (listActiveServers(observation, 'old').length === 0) return undefined;
  return (
    awaitTerminated(observation, 'drain', 'old', limits) ??
    decideStop('stopped', {
      kind: 'changed-externally',
      what: 'the old group has servers that are neither members of the cluster nor leaving',
    })
  );
}

/**
 * Patience with the new servers has ended. While every old server is where it was, the roll goes back by itself;
 * after that going back is a second risk, and a person chooses, unless one that died is all there is to mend.
 */
function rollbackOrStop(
  observation: Observation,
  intent: Intent,
  limits: Limits,
  reason: StopReason,
): Decision {
  const left =
    intent.original.desired -
    listServers(observation, 'old').filter((server) => server.peer !== undefined).length;
  if (left > 0) {
    const stopped = decideStop('stopped', { kind: 'old-already-left', left, because: reason });
    return replaceDeadServer(observation, findCurrentPhase(observation, intent), limits) ?? stopped;
  }
  return recordRollback(observation, intent, reason) ?? decideStop('stopped', reason);
}
