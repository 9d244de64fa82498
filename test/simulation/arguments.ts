import { parseArgs } from 'node:util';

/** What `npm run simulate` is asked for. */
export interface Arguments {
  readonly rolls: number;
  /** Of the first roll; each further one has the next. */
  readonly firstSeed: number;
  /** Tell the whole story of every roll. */
  readonly trace: boolean;
  /** List the ways in which processes ended. */
  readonly why: boolean;
}

export const USAGE = 'npm run simulate -- [--rolls N] [--seed N] [--trace] [--why]';

/** The arguments; what is wrong with them, where they say nothing that can be simulated. */
export function parseArguments(words: readonly string[]): Arguments | string {
  try {
    const { values } = parseArgs({
      args: [...words],
      options: {
        rolls: { type: 'string', default: '1000' },
        seed: { type: 'string', default: '1' },
        trace: { type: 'boolean', default: false },
        why: { type: 'boolean', default: false },
      },
    });
    const { trace, why } = values;
    return {
      rolls: parseWholeNumber('rolls', values.rolls),
      firstSeed: parseWholeNumber('seed', values.seed),
      trace,
      why,
    };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** No rolls at all would break nothing, and pass for a proof. */
function parseWholeNumber(name: string, text: string): number {
  const number = Number(text);
  if (/^\d+$/.test(text) && number >= 1 && Number.isSafeInteger(number)) return number;
  throw new Error(`--${name} must be a whole number from 1, not "${text}"`);
}
