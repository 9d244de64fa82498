import type { Action } from '../../model/action.js';
import type { RollEnd } from '../../model/outcome.js';
import type { Side } from '../../model/server.js';
import { launchesUnproven, listUnproven, takeOutUnproven } from '../decide/unproven.js';
import { type RollRun, waitForNextObservation } from './roll-run.js';
import { takeStep } from './step.js';

/** By the engine's clock. After it, as after a second Ctrl-C, what is left is named only. */
const LIMIT_MS = 30_000;
/** In all; a step may be refused or fail, and is then tried again. */
const MAX_STEPS = 8;
/** A launch that had begun, or a lifecycle hook that holds a termination, shows within this time. */
const SHOW_MS = 5_000;

/**
 * Before a run ends early, it takes out the servers of which no process would see that they bootstrap a cluster of their own
 * (decide/unproven.ts). A resumed run launches them again and watches them. What could not be taken out is named.
 */
export async function endWithoutUnproven(run: RollRun, end: RollEnd): Promise<void> {
  const { state, events, lockKeeper } = run;
  if (!isEarly(end) || !lockKeeper.isHeld) return;
  const sides = new Map<string, Side>();
  const isUnreadable = 'reason' in end && end.reason?.kind === 'unreadable';
  const isSure = !isUnreadable && (await takeOut(run, sides));
  for (const side of ['new', 'old'] as const) {
    const instanceIds = [...sides].filter(([, one]) => one === side).map(([instanceId]) => instanceId);
    if (instanceIds.length > 0)
      events.emit({ kind: 'warning', warning: { kind: 'servers-taken-out', side, instanceIds } });
  }
  const left = listUnproven(state.input).filter(({ instanceId }) => !state.terminated.has(instanceId));
  if (left.length === 0 && (isSure || !launchesUnproven(state.input))) return;
  const instanceIds = left.map(({ instanceId }) => instanceId);
  events.emit({ kind: 'warning', warning: { kind: 'servers-unwatched', instanceIds } });
}

/** With servers of the roll that no other process watches. */
function isEarly(end: RollEnd): boolean {
  if (!('changed' in end) || end.changed !== 'cluster') return false;
  if (end.outcome === 'interrupted') return true;
  const { reason } = end;
  const isOther = reason?.kind === 'changed-externally' && reason.change.kind === 'other-roll';
  return reason?.kind !== 'lock-lost' && !isOther;
}

/** After these, another observation is needed than the next one. */
function mayShowMore({ state }: RollRun, { kind }: Action): boolean {
  const isHooked = state.input.observation.new?.hooks?.some(({ holds }) => holds === 'terminations');
  return kind === 'suspend-processes' || (kind === 'terminate' && isHooked === true);
}

/**
 * @param taken gets the servers that were terminated
 * @returns whether no group launches another one
 */
async function takeOut(run: RollRun, taken: Map<string, Side>): Promise<boolean> {
  const { engine, state, observer, lockKeeper, stopSignal } = run;
  const { clock } = engine;
  observer.endBy(clock.now() + LIMIT_MS);
  let showsAtMs = 0;
  for (let steps = 0; steps < MAX_STEPS && clock.now() < observer.endsByMs && lockKeeper.isHeld; ) {
    if (stopSignal.signal.aborted) return false;
    const decision = takeOutUnproven(state.input, state.terminated);
    if (decision?.kind === 'act') {
      steps += 1;
      const { action } = decision.step;
      const { servers } = state.input.observation;
      if ((await takeStep(run, decision.step)) !== undefined) return false;
      const server = servers.find(({ instanceId }) => 'instanceId' in action && instanceId === action.instanceId);
      if (server !== undefined && state.terminated.has(server.instanceId)) taken.set(server.instanceId, server.side);
      if (mayShowMore(run, action)) showsAtMs = clock.now() + SHOW_MS;
    } else if (clock.now() >= showsAtMs) {
      return true;
    } else {
      await waitForNextObservation(run, { hasJustScaled: true });
    }
    const known = await observer.observe();
    if ('kind' in known || state.update(known) !== undefined) return false;
  }
  return false;
}
