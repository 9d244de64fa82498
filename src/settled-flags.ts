import type { Interfaces } from '@oclif/core';
import type { Layer } from './lib/settings-file/layers.js';

/** The value of an option on a command line that is not parsed yet; of several the last. */
export function optionIn(argv: readonly string[], name: string): string | undefined {
  const flag = `--${name}`;
  const end = argv.indexOf('--');
  const own = end < 0 ? argv : argv.slice(0, end);
  const at = own.findLastIndex((word) => word === flag || word.startsWith(`${flag}=`));
  const word = own[at];
  return word === flag ? own[at + 1] : word?.slice(flag.length + 1);
}

/**
 * The flags of a command, with what is set elsewhere in place of their own defaults. The environment is among that
 * already, so it is not for the parser to ask.
 */
export function settledFlags<Values extends Record<string, unknown>>(
  flags: Interfaces.FlagInput<Values>,
  { values }: Layer,
): Interfaces.FlagInput<Values> {
  const set = new Map<string, unknown>(Object.entries(values));
  const settled = Object.entries<object>(flags).map(([name, flag]) => {
    const plain = { ...flag, env: undefined };
    return [name, set.has(name) ? { ...plain, default: set.get(name) } : plain];
  });
  return Object.fromEntries(settled);
}
