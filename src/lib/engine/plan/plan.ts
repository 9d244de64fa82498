import type { Order, Plan } from '../../model/plan.js';
import type { Engine } from '../engine.js';
import { begin } from '../run/start.js';
import { assumedPace } from './durations.js';
import { forecastOf } from './estimate.js';
import { foldPlan } from './fold.js';

/**
 * The steps a roll would take from here: one look, then the roll's own decision folded over predicted effects.
 * Changes nothing.
 *
 * @throws RollError exit 3 when there is nothing to plan for
 */
export async function plan(engine: Engine, order: Order): Promise<Plan> {
  const { intent, survey, resumed } = await begin(engine, order);
  const { steps, moves, end } = foldPlan(survey, intent, order.limits);
  const expected =
    end.kind === 'done' ? forecastOf(moves, assumedPace(survey, order), survey.atMs) : undefined;
  return { intent, survey, resumed, steps, end, expected };
}
