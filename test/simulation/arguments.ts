import { parseArgs } from 'node:util';
import { ADVERSARY_RIGHTS, type AdversaryRight } from './faults/adversary.js';

/** The arguments of `npm run simulate`. */
export interface Arguments {
  readonly rolls: number;
  /** Seed of the first roll; each further roll has the next one. */
  readonly firstSeed: number;
  /** Print every event of every roll. */
  readonly trace: boolean;
  /** Print the reasons why processes ended. */
  readonly why: boolean;
  /** What an adversary may write in every roll; undefined for what the seed says. */
  readonly adversary: AdversaryRight | undefined;
}

export const USAGE = 'npm run simulate -- [--rolls N] [--seed N] [--trace] [--why] [--adversary tags|store|both]';

/** Returns the arguments, or an error message if they are invalid. */
export function parseArguments(words: readonly string[]): Arguments | string {
  try {
    const { values } = parseArgs({
      args: [...words],
      options: {
        rolls: { type: 'string', default: '1000' },
        seed: { type: 'string', default: '1' },
        trace: { type: 'boolean', default: false },
        why: { type: 'boolean', default: false },
        adversary: { type: 'string' },
      },
    });
    const { trace, why, adversary } = values;
    const right = ADVERSARY_RIGHTS.find((one) => one === adversary);
    if (right !== adversary) throw new Error(`--adversary must be tags, store or both, not "${adversary}"`);
    return {
      rolls: parseWholeNumber('rolls', values.rolls),
      firstSeed: parseWholeNumber('seed', values.seed),
      trace,
      why,
      adversary: right,
    };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Zero rolls would report no violation and exit 0. */
function parseWholeNumber(name: string, text: string): number {
  const number = Number(text);
  if (/^\d+$/.test(text) && number >= 1 && Number.isSafeInteger(number)) return number;
  throw new Error(`--${name} must be a whole number from 1, not "${text}"`);
}
