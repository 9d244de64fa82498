import type { Step } from '../../src/lib/model/decision.js';
import type { RollPlan } from '../../src/lib/model/plan.js';
import { buildIntent } from './intents.js';
import { buildObservation } from './observations.js';
import { buildScriptedRoll } from './scripted-roll.js';

/** The plan of the scripted roll. */
export function buildPlan(over: Partial<RollPlan> = {}): RollPlan {
  const steps = buildScriptedRoll().flatMap((event): Step[] => (event.kind === 'step-started' ? [event.step] : []));
  return {
    intent: buildIntent(buildObservation()),
    observation: buildObservation(),
    resumed: false,
    steps,
    end: { kind: 'done', outcome: 'rolled' },
    estimate: undefined,
    path: [],
    ...over,
  };
}
