import { type ActionKind, listDepartingInstances } from '../../model/action.js';
import type { SafetyInput, Step } from '../../model/decision.js';
import { isAclDenied, messageOf, RollError, remedyOf } from '../../model/errors.js';
import { findLeaderTimeoutMs, LEAVE_VISIBLE_MS } from '../../model/limits.js';
import { measureObservedMs } from '../../model/observed-time.js';
import type { RollEnd } from '../../model/outcome.js';
import { type StopReason, threatensQuorum } from '../../model/stop-reason.js';
import { hasChangedAnything } from '../decide/decisions.js';
import {
  type ActionKnowledge,
  updateMemoryWithAction,
  updateMemoryWithAttempt,
  updateMemoryWithRefusal,
} from '../decide/memory.js';
import { executeAction } from '../execute.js';
import { checkSafety } from '../safety/safety.js';
import { findLeaderHost, isLockedError, type LockKeeper } from './lock-keeper.js';
import { isStepDenied, maxAttempts } from './retry.js';
import { type RollRun, waitForNextObservation } from './roll-run.js';

const MEMBER_CHANGES: readonly ActionKind[] = ['forget-member', 'leave', 'remove-peer', 'transfer-leadership'];

/** Takes one step: the lock, an observation of its own, the safety check, the effect. */
export async function takeStep(run: RollRun, step: Step): Promise<RollEnd | undefined> {
  const { state, events, observer, lockKeeper, retries, engine, stopSignal } = run;
  const hasJustScaled = step.action.kind === 'scale-out';
  const isBlind = run.resumed && engine.clock.now() - run.startedAtMs < LEAVE_VISIBLE_MS;
  const mustLook = isBlind && changesMembers(state.input, step) && !endsDanger(state.input, step);
  if (mustLook || retries.isTooSoon(step, engine.clock.now())) return waitForNextObservation(run, { hasJustScaled });
  const times = retries.countUndone(step);
  if (times !== undefined) return state.buildStop(buildUndoneReason(step, times));
  const urgent = isUrgent(step);
  const locked = urgent ? 'held' : await holdLock(run, step);
  if (locked !== 'held') return locked;
  if (!urgent) await run.convergence.prepare(state.input.observation);
  const { observation: decidedOn, memory: before } = state.input;
  const known = await observer.observeForSafety();
  if (stopSignal.signal.aborted) return state.buildInterruption();
  if ('kind' in known) return state.buildStop(known);
  const changed = state.update(known);
  events.emitPause(state.pausedBy);
  // The cluster may be another one since the step was decided: it is decided again.
  if (changed === undefined && observer.hasRepeated && !urgent && retries.mustDecideAgain(step)) return undefined;
  const renewedSinceMs = engine.clock.now();
  let stop = changed;
  try {
    // The observation may have taken long: another run may have taken the lock over.
    if (!urgent) stop ??= await lockKeeper.confirm(known.observation);
  } catch (error) {
    // A roll that has changed nothing would end with the error itself, and this one may pass.
    return fail(run, step, new Error(`the lock could not be renewed: ${messageOf(error)}`, { cause: error }));
  }
  if (stop?.kind === 'stop') return state.buildEnd(stop);
  // The observation is too old by then: a leader that does not answer may be lost.
  if (engine.clock.now() - renewedSinceMs > lockKeeper.maxRenewalMs)
    return fail(run, step, slowRenewalError(lockKeeper));
  const isLockGone = !urgent && !lockKeeper.isHeld && findLeaderHost(known.observation) !== undefined;
  if (isLockGone) return waitForNextObservation(run);
  const reason = checkSafety(state.input, step.action);
  if (reason === undefined) return execute(run, step, { ...known, decidedOn });
  // Other reasons may pass with time, for example while a server restarts again and again.
  if (reason.kind === 'state-lost') observer.updateMemory(updateMemoryWithRefusal(known.memory, before));
  return refuse(run, step, reason);
}

/** Whether a step takes a member out of Raft, or the leadership from one: not while a server may be leaving unseen. */
function changesMembers({ observation }: SafetyInput, { action }: Step): boolean {
  if (action.kind !== 'terminate') return MEMBER_CHANGES.includes(action.kind);
  return observation.servers.some(({ instanceId, peer }) => instanceId === action.instanceId && peer !== undefined);
}

/** The lock is a key of the cluster, which a founder may have replaced; to terminate it twice is harmless. */
export function isUrgent({ action, reason }: Step): boolean {
  return reason.kind === 'founder' && action.kind === 'terminate';
}

function buildUndoneReason({ action: { kind: action } }: Step, times: number): StopReason {
  const message = 'it was done each time, and is due again: something else undoes it';
  return { kind: 'step-failed', action, message, times, remedy: undefined };
}

/**
 * A step that nothing may delay: it ends a server that may take the cluster over, or that Consul takes for another one, or
 * the lifecycle hook that keeps such a server running.
 */
export function endsDanger({ memory: { founder, impostors } }: SafetyInput, { action, reason }: Step): boolean {
  if (['founder', 'impostor', 'no-next-founder'].includes(reason.kind)) return true;
  const dangerous = [founder, ...impostors].map((one) => one?.instanceId);
  return action.kind === 'complete-lifecycle-hooks' && action.instanceIds.some((id) => dangerous.includes(id));
}

function slowRenewalError({ maxRenewalMs }: LockKeeper): Error {
  const withinS = Math.round(maxRenewalMs / 1000);
  return new Error(
    `the lock was not renewed within ${withinS} s, a quarter of --lock-ttl: the cluster is observed again`,
  );
}

/**
 * @returns `held`; or that the step cannot be taken now, with the end where that ends the roll
 * @throws RollError `locked`
 */
export async function holdLock(run: RollRun, step: Step): Promise<'held' | RollEnd | undefined> {
  try {
    await run.lockKeeper.acquire(run.state.input.observation);
    return 'held';
  } catch (error) {
    if (run.lockKeeper.isStopping) return run.state.buildInterruption();
    if (isLockedError(error)) throw error;
    return fail(run, step, error);
  }
}

async function execute(run: RollRun, step: Step, known: ActionKnowledge): Promise<RollEnd | undefined> {
  const { engine, state, events, observer, retries, lockKeeper, convergence } = run;
  const { action } = step;
  state.recordAttempt(action);
  observer.updateMemory(updateMemoryWithAttempt(known, action));
  const emitDone = events.emitStepStart(step);
  try {
    // Not with the tags: where others have removed those, no step does.
    const isLast = action.kind === 'delete-record';
    const effect = (isLast ? convergence.conclude(known.observation) : Promise.resolve()).then(() =>
      executeAction({ engine, ...state.input }, action),
    );
    // A snapshot of a big state, or a call that AWS throttles, may take longer than the lock lives.
    const lost = await lockKeeper.keepDuring(known.observation, effect);
    const end = lost?.kind === 'stop' ? state.buildEnd(lost) : undefined;
    const { learned, done = action, failed } = await effect;
    const memory = { ...updateMemoryWithAction(known, done), ...learned };
    observer.updateMemory(memory);
    if (failed !== undefined) {
      // Raft is read more often while a server is leaving.
      state.update({ ...known, memory });
      if (listDepartingInstances(done).length > 0) emitDone({ ...step, action: done });
      const rest = { ...step, action: failed.action };
      // Memory has a refusal, so it is decided on at once; what failed is tried again by itself.
      if (!isAclDenied(failed.error)) return fail(run, rest, failed.error);
      events.emit({ kind: 'step-failed', step: rest, message: failed.error.message });
      return end;
    }
    state.recordSuccess(action);
    retries.recordSuccess(step, engine.clock.now());
    emitDone();
    return end;
  } catch (error) {
    return fail(run, step, error);
  }
}

/**
 * A refused step is decided again from the next observation: its reason may pass. A reason that stays ends the roll.
 */
async function refuse(run: RollRun, step: Step, reason: StopReason): Promise<RollEnd | undefined> {
  const { engine, state, events, retries } = run;
  events.emit({ kind: 'step-refused', step, reason });
  const nowMs = engine.clock.now();
  const refusedMs = measureObservedMs(state.input.memory.gaps, retries.recordRefusal(step, nowMs), nowMs);
  if (refusedMs <= findLeaderTimeoutMs(state.input)) return waitForNextObservation(run);
  return state.buildStop(reason, threatensQuorum(reason) ? 'quorum-at-risk' : 'stopped');
}

/**
 * A failed step is decided again from the next observation, a limited number of times. Before the first change, an
 * error that will not pass ends the roll as it is.
 */
async function fail(run: RollRun, step: Step, error: unknown): Promise<RollEnd | undefined> {
  const { state, events, observer, retries } = run;
  const message = messageOf(error);
  events.emit({ kind: 'step-failed', step, message });
  const isUnchanged = !hasChangedAnything(state.input.observation);
  if (isUnchanged && error instanceof RollError && !error.passing) throw error;
  const times = retries.recordFailure(step);
  if (times < maxAttempts(error)) return waitForNextObservation(run);
  const reason = { kind: 'step-failed', action: step.action.kind, message, times, remedy: remedyOf(error) } as const;
  if (step.reason.kind !== 'resumable' || !isStepDenied(error)) return state.buildStop(reason);
  observer.updateMemory({ ...state.input.memory, tagsDenied: reason });
  return waitForNextObservation(run);
}
