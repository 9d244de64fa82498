import type { DocumentOf } from '../events/schema.js';

/** The outputs of a step, by name, in the order of `action.yml`. */
export function outputsOf(ended: DocumentOf<'ended'>): Readonly<Record<string, string>> {
  return {
    outcome: ended.outcome,
    'exit-code': String(ended.exitCode),
    summary: ended.text,
    'roll-id': ended.rollId ?? '',
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
export function outputFile(outputs: Readonly<Record<string, string>>, delimiter: string): string {
  const lines = Object.entries(outputs).map(([name, value]) => {
    if (value.includes(delimiter)) throw new Error(`the output ${name} has the delimiter in it`);
    return `${name}<<${delimiter}\n${value}\n${delimiter}\n`;
  });
  return lines.join('');
}
