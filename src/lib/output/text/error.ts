import type { RollError } from '../../model/errors.js';
import { type StyledLine, styleLines } from './format.js';

/** What happened, what it means for the cluster, and what to do. */
export function formatError({ message, state, next }: RollError, columns: number): StyledLine[] {
  return [
    ...`Error: ${message}`.split('\n').flatMap((line) => styleLines(line, columns, 'bad')),
    ...styleLines(state, columns),
    ...styleLines(`Next: ${next}`, columns),
  ];
}
