import type { ActionKind } from '../../model/action.js';
import type { RollEnd } from '../../model/outcome.js';
import type { Server } from '../../model/server.js';
import { isTerminating } from '../../model/servers.js';
import { findFounder } from '../decide/founders.js';
import { isHeld } from '../decide/lifecycle-hooks.js';
import { launchesUnproven, listUnproven, takeOutUnproven } from '../decide/unproven.js';
import { type RollRun, waitForNextObservation } from './roll-run.js';
import { isUrgent, takeStep } from './step.js';

/**
 * By the engine's clock. After it, as after a second Ctrl-C, what is left is named only; a call that AWS has not answered by
 * then is not waited for.
 */
const LIMIT_MS = 30_000;
/** In all, the tries of the same one included. */
const MAX_STEPS = 30;
/** A launch that had begun, or a lifecycle hook that holds a termination, shows within this time. */
const SHOW_MS = 5_000;

/**
 * Before a run ends early, it takes out the servers of which no process would see that they bootstrap a cluster of their own
 * (decide/unproven.ts). A resumed run launches them again and watches them. What could not be taken out is named.
 */
export async function endWithoutUnproven(run: RollRun, end: RollEnd): Promise<void> {
  const { state, events, lockKeeper } = run;
  if (!isEarly(end)) return;
  const terminated = new Map<string, Server>();
  const isUnreadable = 'reason' in end && end.reason?.kind === 'unreadable';
  const isSure = !isUnreadable && lockKeeper.isHeld && (await takeOutInTime(run, terminated));
  const held = [...terminated.values()].filter((server) => mayRunOn(run, server));
  for (const side of ['new', 'old'] as const) {
    const gone = [...terminated.values()].filter((server) => server.side === side && !held.includes(server));
    const instanceIds = listIds(gone);
    if (gone.length > 0) events.emit({ kind: 'warning', warning: { kind: 'servers-taken-out', side, instanceIds } });
  }
  const founder = findFounder(state.input.observation);
  if (founder?.isOutsider === false)
    events.emit({ kind: 'warning', warning: { kind: 'founder-in-raft', instanceId: founder.server.instanceId } });
  const left = listUnproven(state.input).filter(({ instanceId }) => !terminated.has(instanceId));
  if (left.length + held.length === 0 && (isSure || !launchesUnproven(state.input))) return;
  events.emit({ kind: 'warning', warning: { kind: 'servers-unwatched', instanceIds: listIds([...left, ...held]) } });
}

function listIds(servers: readonly Server[]): readonly string[] {
  return servers.map(({ instanceId }) => instanceId);
}

/** True where AWS does not show yet that it shuts the server down, or a lifecycle hook holds it. */
function mayRunOn({ state }: RollRun, { instanceId }: Server): boolean {
  const server = state.input.observation.servers.find((one) => one.instanceId === instanceId);
  return server !== undefined && (!isTerminating(server) || isHeld(server));
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
const SHOWN_LATER: readonly ActionKind[] = ['suspend-processes', 'terminate', 'complete-lifecycle-hooks'];

/** @returns false where the time was over, or the operator's patience */
async function takeOutInTime(run: RollRun, terminated: Map<string, Server>): Promise<boolean> {
  const { engine, stopSignal, observer } = run;
  const { clock } = engine;
  observer.endBy(clock.now() + LIMIT_MS);
  const over = new AbortController();
  const signal = AbortSignal.any([stopSignal.signal, over.signal]);
  let isDone: boolean | undefined;
  const taking = takeOut({ ...run, stopSignal: { signal, isPauseRequested: () => true } }, terminated)
    .then((done) => {
      isDone = done;
    })
    .finally(() => over.abort());
  // Where AWS answers at once, as in a test, no time passes.
  await Promise.race([taking, new Promise((resolve) => setImmediate(resolve))]);
  if (!signal.aborted) await Promise.race([taking, clock.sleep(LIMIT_MS, signal)]);
  // It takes no other step, and what fails of it later is not told.
  over.abort();
  taking.catch(() => undefined);
  return isDone === true;
}

/**
 * @param terminated gets the servers that were terminated
 * @returns whether no group launches another one
 */
async function takeOut(run: RollRun, terminated: Map<string, Server>): Promise<boolean> {
  const { engine, state, observer, lockKeeper, stopSignal } = run;
  const { clock } = engine;
  const tries = new Map<string, number>([...state.terminated].map((instanceId) => [instanceId, Infinity]));
  let showsAtMs = 0;
  for (let steps = 0; steps < MAX_STEPS && clock.now() < observer.endsByMs && lockKeeper.isHeld; ) {
    if (stopSignal.signal.aborted) return false;
    const decision = takeOutUnproven(state.input, tries);
    if (decision?.kind === 'act') {
      const { step } = decision;
      const { action } = step;
      // Every other step would be refused.
      if (state.input.observation.raft === undefined && !isUrgent(step)) return false;
      steps += 1;
      const id = action.kind === 'terminate' ? action.instanceId : '';
      const server = state.input.observation.servers.find(({ instanceId }) => instanceId === id);
      if ((await takeStep(run, step)) !== undefined) return false;
      if (server !== undefined && state.terminated.has(id)) terminated.set(id, server);
      tries.set(id, state.terminated.has(id) ? Infinity : (tries.get(id) ?? 0) + 1);
      if (SHOWN_LATER.includes(action.kind)) showsAtMs = clock.now() + SHOW_MS;
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
