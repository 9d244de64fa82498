import type { Step } from '../../src/lib/model/decision.js';
import type { MachineImage } from '../../src/lib/model/observation.js';
import type { RollPlan } from '../../src/lib/model/plan.js';
import type { RollContext } from '../../src/lib/model/roll-context.js';
import { buildIntent } from './intents.js';
import { buildObservation } from './observations.js';
import { buildScriptedRoll } from './scripted-roll.js';
import { NEW_IMAGE, OBSERVED_AT_MS, OLD_IMAGE } from './servers.js';

/** Where the scripted roll happens, and its images: the new one is two hours old. */
export const CONTEXT: RollContext = {
  caller: { account: '123456789012', alias: 'prod', region: 'eu-west-1', arn: 'arn:aws:iam::123456789012:user/ci' },
  from: buildImage(OLD_IMAGE, 'consul-v1', 41 * 24),
  to: buildImage(NEW_IMAGE, 'consul-v2', 2),
};

/** An image that is so many hours old. */
export function buildImage(id: string, name: string, ageHours: number): MachineImage {
  const createdAtMs = OBSERVED_AT_MS - ageHours * 3_600_000;
  return { id, name, architecture: 'x86_64', state: 'available', createdAtMs };
}

/** The plan of the scripted roll. */
export function buildPlan(over: Partial<RollPlan> = {}): RollPlan {
  const steps = buildScriptedRoll().flatMap((event): Step[] => (event.kind === 'step-started' ? [event.step] : []));
  return {
    intent: buildIntent(buildObservation()),
    observation: buildObservation(),
    context: CONTEXT,
    resumed: false,
    steps,
    end: { kind: 'done', outcome: 'rolled' },
    estimate: undefined,
    path: [],
    ...over,
  };
}
