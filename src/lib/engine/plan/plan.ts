import type { Intent } from '../../model/intent.js';
import { EMPTY_MEMORY } from '../../model/memory.js';
import type { RollOptions, RollPlan } from '../../model/plan.js';
import type { CallerIdentity } from '../../model/roll-context.js';
import { decideStop } from '../decide/decisions.js';
import type { Engine } from '../engine.js';
import { retryRead } from '../run/retry.js';
import { type RunStart, startRun } from '../run/start.js';
import { assumeDurations } from './durations.js';
import { estimateDuration, findCriticalPath } from './estimate.js';
import { type FoldedPlan, foldPlan } from './fold.js';
import { readRollContext } from './roll-context.js';

/** A plan, and the state from which a roll can start at once. */
interface PlannedRoll extends RollPlan, FoldedPlan {
  readonly start: RunStart;
}

/** Without a leader nothing confirms a roll that tags tell of, and no step can be planned. */
function planNothing({ rollId }: Intent): FoldedPlan {
  return { steps: [], moves: [], end: decideStop('stopped', { kind: 'unconfirmed', rollId }) };
}

/**
 * The steps that a roll would take from here: one observation, then `decide` folded over simulated effects. Changes
 * nothing.
 *
 * @throws RollError `refused` when there is nothing to plan for
 */
export async function planRoll(engine: Engine, options: RollOptions): Promise<PlannedRoll> {
  const reading = engine.cloud.readCaller();
  // It is waited for below: a cluster that is not found ends this before.
  reading.catch(() => undefined);
  const start = await startRun(engine, options);
  const { intent, observation, resumed } = start;
  const caller = await (resumed ? reading.catch(() => undefined) : readCaller(engine, options, reading));
  const context = readRollContext(engine.cloud, observation, intent.imageId, caller);
  const input = { observation, memory: EMPTY_MEMORY, intent, limits: options.limits };
  const { steps, moves, end } = start.isConfirmed ? foldPlan(input) : planNothing(intent);
  const durations = assumeDurations(observation, options);
  const isWhole = end.kind === 'done';
  const estimate = isWhole ? estimateDuration(moves, durations, observation.atMs) : undefined;
  const path = isWhole ? findCriticalPath(moves, durations, observation.atMs) : [];
  return { intent, observation, resumed, context: await context, steps, moves, end, estimate, path, start };
}

/** A new roll must say where it would happen; one in progress does not depend on it. */
function readCaller({ cloud, clock }: Engine, options: RollOptions, first: Promise<CallerIdentity>) {
  const attempts = [first];
  return retryRead(clock, options.intervalMs, () => attempts.pop() ?? cloud.readCaller());
}
