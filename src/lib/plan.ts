import { begin } from './begin.js';
import { foldPlan } from './decide/plan.js';
import type { Engine } from './engine.js';
import { forecastOf } from './forecast/forecast.js';
import { assumedPace } from './forecast/pace.js';
import type { Order, Plan } from './model/plan.js';

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
