import type { AwsFault } from '../fault.js';

/**
 * The records with those ids, or all.
 *
 * @param unknown EC2's error for the first id it does not know
 * @throws AwsFault that error
 */
export function filterByIds<T>(
  all: readonly T[],
  ids: string[] | undefined,
  idOf: (one: T) => string | undefined,
  unknown: (id: string) => AwsFault,
): T[] {
  if (ids === undefined || ids.length === 0) return [...all];
  return ids.map((id) => {
    const found = all.find((one) => idOf(one) === id);
    if (found === undefined) throw unknown(id);
    return found;
  });
}
