import type { DocumentOf, EventDocument } from '../events/schema.js';

/** What a step of a workflow hands on, by name. */
export type Outputs = Readonly<Record<string, string>>;

/**
 * The outputs of a step that rolls, in the order of `action.yml`.
 *
 * @param documents of the run; looks may be left out
 */
export function outputsOf(documents: readonly EventDocument[], ended: DocumentOf<'ended'>): Outputs {
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
    next: ended.next.join('\n'),
    snapshot: ended.snapshot?.path ?? '',
  };
}

/**
 * Outputs as GITHUB_OUTPUT wants them. A value ends at a line that is the delimiter; nobody can have put that into a
 * value who does not know it.
 *
 * @param delimiter chosen at random
 */
export function outputFile(outputs: Outputs, delimiter: string): string {
  const lines = Object.entries(outputs).map(([name, value]) => {
    if (value.includes(delimiter)) throw new Error(`the output ${name} has the delimiter in it`);
    return `${name}<<${delimiter}\n${value}\n${delimiter}\n`;
  });
  return lines.join('');
}
