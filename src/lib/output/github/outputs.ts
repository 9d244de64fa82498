import type { RollError } from '../../model/errors.js';
import type { RollPlan } from '../../model/plan.js';
import { toPrintable } from '../../model/printable.js';
import { findOldImage } from '../../model/servers.js';
import { toOutcome } from '../events/ending.js';
import type { DocumentOf, EventDocument } from '../events/schema.js';
import { buildStateDocument } from '../json/build-parts.js';
import { describeEnd } from '../text/plan.js';
import { listRemedies } from '../text/remedies.js';

/** The outputs of a workflow step, by name: a line, or a list of lines. */
export type ActionOutputs = Readonly<Record<string, string | readonly string[]>>;

/**
 * The outputs of a step that rolls, in the order of `action.yml`.
 *
 * @param documents of the run; observations may be left out
 */
export function buildOutputs(documents: readonly EventDocument[], ended: DocumentOf<'ended'>): ActionOutputs {
  const started = documents.find((document) => document.kind === 'started');
  return {
    outcome: ended.outcome,
    'exit-code': String(ended.exitCode),
    summary: ended.text,
    'roll-id': ended.rollId ?? '',
    'from-image': started?.from.image ?? '',
    image: ended.image ?? '',
    'old-group': ended.groups?.old ?? '',
    'new-group': ended.groups?.new ?? '',
    voters: String(ended.state?.voters ?? ''),
    quorum: String(ended.state?.quorum ?? ''),
    leader: ended.state?.leader ?? '',
    next: ended.next,
    snapshot: ended.snapshot?.path ?? '',
  };
}

/**
 * Outputs in the format of GITHUB_OUTPUT. A value ends at a line that is the delimiter, which is random so that no value
 * can contain it.
 *
 * @param delimiter chosen at random
 */
export function formatOutputFile(outputs: ActionOutputs, delimiter: string): string {
  const lines = Object.entries(outputs).map(([name, text]) => {
    const value = [text].flat().map(toPrintable).join('\n');
    if (value.includes(delimiter)) throw new Error(`the output ${name} contains the delimiter`);
    return `${name}<<${delimiter}\n${value}\n${delimiter}\n`;
  });
  return lines.join('');
}

/**
 * The outputs of a step that plans. The outcome is `planned` if the roll can start. The roll id and the new group are set
 * only for a roll in progress; a new roll gets other ones.
 */
export function buildPlanOutputs(plan: RollPlan, exitCode: number): ActionOutputs {
  const { intent, observation, steps, end, estimate: expected, resumed } = plan;
  const { voters, quorum, leader } = buildStateDocument(observation);
  const isNothing = end.kind === 'done' && end.outcome === 'nothing-to-do';
  return {
    outcome: end.kind === 'stop' ? end.outcome : isNothing ? 'nothing-to-do' : 'planned',
    'exit-code': String(exitCode),
    summary: describeEnd(plan),
    changes: String(end.kind === 'done' && steps.length > 0),
    steps: String(steps.length),
    'expected-seconds': expected === undefined ? '' : String(Math.round(expected.remainingMs / 1000)),
    'roll-id': resumed ? intent.rollId : '',
    'from-image': findOldImage(observation) ?? '',
    image: intent.imageId,
    'old-group': intent.oldGroup,
    'new-group': resumed ? intent.newGroup : '',
    voters: String(voters ?? ''),
    quorum: String(quorum ?? ''),
    leader: leader ?? '',
    next: end.kind === 'stop' ? listRemedies(end.reason) : '',
  };
}

/** The outputs of a step that could not plan. */
export function buildErrorOutputs({ kind, message, next }: RollError, exitCode: number): ActionOutputs {
  return { outcome: toOutcome(kind), 'exit-code': String(exitCode), summary: message, next };
}
