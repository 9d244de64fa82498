import { usageError } from './usage-error.js';

/**
 * Every command that takes both settings refuses those that do not go together, wherever each of them comes from.
 *
 * @param originOf where a setting comes from, as a person would look it up
 * @throws RollError `bad-usage`
 */
export function assertTogether(
  flags: Readonly<Record<string, unknown>>,
  originOf: (name: string) => string,
): void {
  if (flags.strategy !== 'in-place' || flags['keep-old'] !== true) return;
  throw usageError(
    `keep-old (${originOf('keep-old')}) does not go with strategy in-place (${originOf('strategy')}).`,
    'in place the group itself stays: leave keep-old out, or give --strategy beside',
  );
}
