import type { Step } from '../../src/lib/model/decision.js';
import type { Plan } from '../../src/lib/model/plan.js';
import { intentFor } from './intents.js';
import { scriptedRoll } from './scripted-roll.js';
import { surveyOf } from './surveys.js';

/** The plan of the scripted roll. */
export function planOf(over: Partial<Plan> = {}): Plan {
  const steps = scriptedRoll().flatMap((event): Step[] =>
    event.kind === 'step-started' ? [event.step] : [],
  );
  return {
    intent: intentFor(surveyOf()),
    survey: surveyOf(),
    resumed: false,
    steps,
    end: { kind: 'done', outcome: 'rolled' },
    expected: undefined,
    ...over,
  };
}
