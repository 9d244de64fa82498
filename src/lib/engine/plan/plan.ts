import { EMPTY_MEMORY } from '../../model/memory.js';
import type { RollOptions, RollPlan } from '../../model/plan.js';
import type { Engine } from '../engine.js';
import { type RunStart, startRun } from '../run/start.js';
import { assumeDurations } from './durations.js';
import { estimateDuration } from './estimate.js';
import { type FoldedPlan, foldPlan } from './fold.js';

/** A plan, and the state from which a roll can start at once. */
interface PlannedRoll extends RollPlan, FoldedPlan {
  readonly start: RunStart;
}

/**
 * The steps that a roll would take from here: one observation, then `decide` folded over simulated effects. Changes
 * nothing.
 *
 * @throws RollError `refused` when there is nothing to plan for
 */
export async function planRoll(engine: Engine, options: RollOptions): Promise<PlannedRoll> {
  const start = await startRun(engine, options);
  const { intent, observation, resumed } = start;
  const { steps, moves, end } = foldPlan({ observation, memory: EMPTY_MEMORY, intent, limits: options.limits });
  const expected =
    end.kind === 'done' ? estimateDuration(moves, assumeDurations(observation, options), observation.atMs) : undefined;
  return { intent, observation, resumed, steps, moves, end, estimate: expected, start };
}
