import type { RollError } from '../../model/errors.js';
import type { ToneLine } from '../server-list.js';
import { wrapped } from './format.js';

/** What happened, what it means for the cluster, and what to do. */
export function errorReport({ message, state, next }: RollError, columns: number): ToneLine[] {
  return [
    ...`Error: ${message}`
      .split('\n')
      .flatMap((line) => wrapped(line, columns))
      .map((text): ToneLine => ({ text, tone: 'bad' })),
    ...wrapped(state, columns).map((text): ToneLine => ({ text, tone: 'plain' })),
    ...wrapped(`Next: ${next}`, columns).map((text): ToneLine => ({ text, tone: 'plain' })),
  ];
}
