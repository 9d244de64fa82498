import type { RollError } from '../../errors.js';
import type { Plan } from '../../model/plan.js';
import { outcomeOfExit } from '../events/ending.js';
import { oldImageOf } from '../events/run-facts.js';
import { stateDocument } from '../events/server-document.js';
import { describeEnd } from '../reports/plan.js';
import { remediesOf } from '../sentences/refusal.js';
import type { Outputs } from './outputs.js';

/**
 * The outputs of a step that plans. Its outcome is `planned` where the roll could go ahead: nothing has been rolled. The
 * id and the new group are those of a roll that has begun; one that has not will have others.
 */
export function planOutputs(plan: Plan, exitCode: number): Outputs {
  const { intent, survey, steps, end, expected, resumed } = plan;
  const { voters, quorum, leader } = stateDocument(survey);
  const isNothing = end.kind === 'done' && end.outcome === 'nothing-to-do';
  return {
    outcome: end.kind === 'stop' ? end.outcome : isNothing ? 'nothing-to-do' : 'planned',
    'exit-code': String(exitCode),
    summary: describeEnd(plan),
    changes: String(end.kind === 'done' && steps.length > 0),
    steps: String(steps.length),
    'expected-seconds': expected === undefined ? '' : String(Math.round(expected.leftMs / 1000)),
    'roll-id': resumed ? intent.rollId : '',
    'from-image': oldImageOf(survey) ?? '',
    image: intent.imageId,
    'old-group': intent.oldGroup,
    'new-group': resumed ? intent.newGroup : '',
    voters: String(voters ?? ''),
    quorum: String(quorum ?? ''),
    leader: leader ?? '',
    next: end.kind === 'stop' ? remediesOf(end.reason).join('\n') : '',
  };
}

/** The outputs of a step that could not even plan. */
export function errorOutputs({ exitCode, message, next }: RollError): Outputs {
  return { outcome: outcomeOfExit(exitCode), 'exit-code': String(exitCode), summary: message, next };
}
