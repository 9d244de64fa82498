import type { SafetyInput, Step } from '../../model/decision.js';
import type { RollEnd } from '../../model/outcome.js';
import { listBooting, listNotJoined } from '../decide/booting.js';
import { findFounder } from '../decide/founders.js';
import { lacksServers, waitForNextObservation } from './looks.js';
import { observeAndDecide, type RollRun } from './roll-run.js';
import { takeStep } from './step.js';

/** A group launches a server that it lacks within this time, or can launch none now. */
const LAUNCH_LIMIT_MS = 60_000;

/**
 * A step that nothing may delay: it ends a server that may take the cluster over, or that Consul takes for another one, or
 * the lifecycle hook that keeps such a server running.
 */
export function endsDanger({ observation }: SafetyInput, { action, reason }: Step): boolean {
  const isNamed = reason.kind === 'founder' || reason.kind === 'impostor';
  return isNamed || action.kind === 'complete-lifecycle-hooks' || findFounder(observation)?.isOutsider === true;
}

/**
 * Watches the servers of the roll while something else is done, and ends those that would take the cluster over. It decides
 * as the roll does, and takes no other step.
 *
 * @param over aborted when the watch must end
 * @param isOver asked after each observation
 * @returns the end of the roll, if a step ended it
 */
export async function watchFounders(
  run: RollRun,
  over: AbortSignal,
  isOver: () => boolean = () => false,
): Promise<RollEnd | undefined> {
  const { state, lockKeeper, stopSignal } = run;
  const signal = AbortSignal.any([over, stopSignal.signal]);
  while (!isOver()) {
    await waitForNextObservation(run, { signal });
    if (signal.aborted) return undefined;
    const decision = await observeAndDecide(run);
    if (signal.aborted || lockKeeper.lost !== undefined) return undefined;
    if (decision.kind !== 'act') continue;
    const end = endsDanger(state.input, decision.step) ? await takeStep(run, decision.step) : undefined;
    if (end !== undefined) return end;
    await lockKeeper.renew(state.input.observation);
  }
  return undefined;
}

/**
 * Before a run ends early, it stays until each server that the roll has launched has joined the cluster, or is terminated:
 * one that bootstraps a cluster of its own takes this one over as soon as it joins, and no process would see it. At most as
 * long as a server may take to join.
 *
 * @returns whether there was one to watch
 */
export async function watchBootingServers(run: RollRun, end: RollEnd): Promise<boolean> {
  const { state, stopSignal, events } = run;
  if (!isEarly(run, end) || stopSignal.signal.aborted) return false;
  const endedAtMs = state.input.observation.atMs;
  const isOver = () => {
    const { observation } = state.input;
    const isLaunching = lacksServers(observation) && observation.atMs - endedAtMs < LAUNCH_LIMIT_MS;
    return !isLaunching && listBooting(state.input).length === 0;
  };
  if (isOver()) return false;
  const instanceIds = listBooting(state.input).map(({ instanceId }) => instanceId);
  events.emit({ kind: 'warning', warning: { kind: 'watching-servers', instanceIds } });
  await watchFounders(run, stopSignal.signal, isOver);
  return true;
}

/** Warns of servers of the roll that run on when it ends early, and have not joined the cluster. */
export function warnOfUnwatched(run: RollRun, end: RollEnd): void {
  const { state, events } = run;
  if (!isEarly(run, end)) return;
  const instanceIds = listNotJoined(state.input).map(({ instanceId }) => instanceId);
  if (instanceIds.length === 0 && !lacksServers(state.input.observation)) return;
  events.emit({ kind: 'warning', warning: { kind: 'unwatched-servers', instanceIds } });
}

/** With servers of the roll that no other process watches: not where another run has the cluster, or AWS does not answer. */
function isEarly({ lockKeeper }: RollRun, end: RollEnd): boolean {
  if (lockKeeper.lost !== undefined) return false;
  if (end.outcome === 'interrupted') return end.changed === 'cluster';
  if (end.outcome !== 'stopped' && end.outcome !== 'quorum-at-risk') return false;
  const { reason } = end;
  const isOther = reason?.kind === 'changed-externally' && reason.change.kind === 'other-roll';
  return reason?.kind !== 'unreadable' && reason?.kind !== 'lock-lost' && !isOther;
}
