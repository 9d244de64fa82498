import { type Decision, type DecisionInput, decideAction } from '../../model/decision.js';
import { listActiveServers, listServers } from '../../model/servers.js';
import type { StopReason } from '../../model/stop-reason.js';
import { isRecorded } from '../../model/tags.js';
import { replaceDeadServer } from './dead-servers.js';
import { decideStop, findCurrentPhase } from './decisions.js';
import { drain, leaveBeside } from './drain.js';
import { decideFinish } from './finish.js';
import { findFounderReason } from './founders.js';
import { findImpostorReason, forgetImpostor } from './impostors.js';
import { awaitTerminated, finishLeave, removeGoneInstance } from './leave.js';
import { removeOrphanPeer } from './orphan-peers.js';
import { decidePrepare } from './prepare.js';
import { endOldFounder, recordRollback } from './rollback.js';
import { decideScaleOut, stopIfAbandoned } from './scale-out.js';
import { removeSurplus } from './surplus.js';

/** The stages of a roll; each returns undefined if nothing is left to do in it. */
export function decideForward(input: DecisionInput): Decision {
  const first = turnForward(input) ?? decidePrepare(input) ?? turnBackUnfitImage(input);
  if (first !== undefined) return first;
  const leaving =
    finishLeave(input, 'drain', 'old') ?? finishLeave(input, findCurrentPhase(input.observation, input.intent), 'new');
  return leaving === undefined ? growThenDrain(input) : leaveBeside(input, leaving, () => growThenDrain(input));
}

function growThenDrain(input: DecisionInput): Decision {
  return (
    removeOrphanPeer(input, 'drain') ??
    rollbackIfLeaveRefused(input) ??
    removeSurplusOfBothSides(input) ??
    scaleOutUntilComplete(input) ??
    drain(input, 'old') ??
    awaitFreeSlot(input) ??
    decideFinish(input)
  );
}

/**
 * A rollback that an operator turns forward: recorded first, so that a resumed roll goes forward too. From then on it is a
 * roll like any other, and every gate and guard of one holds.
 */
function turnForward(input: DecisionInput): Decision | undefined {
  const { observation, intent } = input;
  const { old, new: group, cluster } = observation;
  if (!intent.turnsForward) return undefined;
  if (!isRecorded(old) || group === undefined || group.deleting) {
    return decideStop('stopped', { kind: 'new-group-gone', cluster });
  }
  const turn = { kind: 'turn-forward', groups: [intent.oldGroup, intent.newGroup] } as const;
  return decideAction(input, 'prepare', turn, 'forward-requested');
}

/** Old servers leave in any case; here only the size of their group is set back. */
function removeSurplusOfBothSides(input: DecisionInput): Decision | undefined {
  const { observation, intent } = input;
  const phase = findCurrentPhase(observation, intent);
  const { length: standing } = listActiveServers(observation, 'old');
  return (
    removeSurplus(input, phase, 'old', Math.max(intent.original.desired, standing)) ??
    removeSurplus(input, phase, 'new', intent.size)
  );
}

/**
 * Skips this stage after the last old server, if the new group has its size. A server that replaces a dead one must
 * still pass its gates and be registered.
 */
function scaleOutUntilComplete(input: DecisionInput): Decision | undefined {
  const { observation, intent } = input;
  if (!isRecorded(observation.old)) return undefined;
  const cleared = removeGoneInstance(input, findCurrentPhase(observation, intent), 'new');
  if (cleared !== undefined) return cleared;
  const alone = listServers(observation, 'old').length === 0 && observation.new?.desired === intent.size;
  const fresh = listActiveServers(observation, 'new');
  const taken = fresh.filter(({ balancers }) => !Object.values(balancers).includes('absent'));
  if (alone && taken.length >= intent.size) return undefined;
  return decideScaleOut(input, (reason) => rollbackOrStop(input, reason));
}

/** An image whose server bootstraps a cluster of its own, or has the node id of another: the next one would too. */
function turnBackUnfitImage(input: DecisionInput): Decision | undefined {
  const reason = findFounderReason(input) ?? findImpostorReason(input);
  if (reason?.kind === 'founder' && reason.side === 'old')
    return endOldFounder(input, reason) ?? decideStop('stopped', reason);
  return reason && rollbackOrStop(input, reason);
}

/** An old server that refuses to leave stays, and the new image is not to blame: the roll is rolled back. */
function rollbackIfLeaveRefused(input: DecisionInput): Decision | undefined {
  const { observation, memory } = input;
  const [refusal] = listActiveServers(observation, 'old').flatMap((one) => memory.leaveRefusals[one.instanceId] ?? []);
  return refusal && rollbackOrStop(input, { kind: 'leave-refused', ...refusal });
}

/** Old servers are left, none may leave, and no new one fits: waits until a termination ends. */
function awaitFreeSlot(input: DecisionInput): Decision | undefined {
  const { observation } = input;
  if (listActiveServers(observation, 'old').length === 0) return undefined;
  return (
    awaitTerminated(input, 'drain', 'old') ??
    awaitTerminated(input, 'drain', 'new') ??
    decideStop('stopped', { kind: 'changed-externally', change: { kind: 'stray-servers' } })
  );
}

/**
 * The new servers are not ready in time. The roll rolls back by itself while no old server has left. After that a
 * rollback is a second risk, so the operator must choose, unless replacing a dead server is enough.
 */
function rollbackOrStop(input: DecisionInput, reason: StopReason): Decision {
  const { observation, intent } = input;
  const staying = listServers(observation, 'old').filter(({ peer, expelled }) => peer !== undefined || expelled);
  const left = intent.original.desired - staying.length;
  if (left > 0) {
    const forgotten = forgetImpostor(input, findCurrentPhase(observation, intent));
    if (forgotten !== undefined) return forgotten;
    const replaced = replaceDeadServer(input, findCurrentPhase(observation, intent));
    if (replaced !== undefined && replaced.kind !== 'stop') return replaced;
    const abandoned = stopIfAbandoned(input, findCurrentPhase(observation, intent), 'new');
    if (abandoned?.kind === 'act') return abandoned;
    return decideStop('stopped', { kind: 'old-already-left', left, because: replaced?.reason ?? reason });
  }
  return recordRollback(input, reason) ?? decideStop('stopped', reason);
}
