import type { RollError } from '../../model/errors.js';
import { type StyledLine, wrapText } from './format.js';

/** What happened, what it means for the cluster, and what to do. */
export function formatError({ message, state, next }: RollError, columns: number): StyledLine[] {
  return [
    ...`Error: ${message}`
      .split('\n')
      .flatMap((line) => wrapText(line, columns))
      .map((text): StyledLine => ({ text, style: 'bad' })),
    ...wrapText(state, columns).map((text): StyledLine => ({ text, style: 'plain' })),
    ...wrapText(`Next: ${next}`, columns).map((text): StyledLine => ({ text, style: 'plain' })),
  ];
}
