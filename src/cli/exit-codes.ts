import { constants } from 'node:os';
import type { ErrorKind } from '../lib/model/errors.js';
import type { Outcome, RollEnd } from '../lib/model/outcome.js';
import type { StatusVerdict } from '../lib/output/text/cluster.js';
import type { DemoResult } from '../lib/output/text/demo.js';
import { isIntendedOutcome, OUTCOME_MEANINGS } from '../lib/output/text/outcome.js';

/** Every exit code, by the outcome of a roll or the kind of an error. `--help`, the docs and CI quote this table. */
export const EXIT = {
  done: 0,
  rolled: 0,
  'nothing-to-do': 0,
  unexpected: 1,
  usage: 2,
  refused: 3,
  'rolled-back': 4,
  stopped: 5,
  'quorum-at-risk': 6,
  locked: 7,
  interrupted: 130,
} as const satisfies Record<'done' | Outcome | ErrorKind, number>;

/**
 * Exit code of a command that rolled. A rollback that the operator asked for, and that succeeded, is a success.
 *
 * @param isLegacy as earlier versions had it: 4 for every rollback
 */
export function getRollExitCode(end: RollEnd, isLegacy = false): number {
  return isIntendedOutcome(end) && !isLegacy ? EXIT.done : EXIT[end.outcome];
}

/** Exit code of `status --exit-code`: the code of a roll that would start now. */
export const STATUS_EXIT_CODES = {
  ready: EXIT.done,
  unhealthy: EXIT.refused,
  unfinished: EXIT.stopped,
  'quorum-at-risk': EXIT['quorum-at-risk'],
  rolling: EXIT.locked,
} satisfies Record<StatusVerdict, number>;

const ERROR_KINDS = ['usage', 'refused', 'stopped', 'quorum-at-risk', 'locked', 'interrupted'] as const;

/** Ends the process with the exit code of the signal, after the exit handlers, which restore the screen. */
export function exitWithSignal(signal: NodeJS.Signals): void {
  process.exit(128 + constants.signals[signal]);
}

/** The kind of an error that another process reported by its exit code. */
export function findErrorKind(exitCode: number): ErrorKind {
  return ERROR_KINDS.find((kind) => EXIT[kind] === exitCode) ?? 'unexpected';
}

/** Exit code of a demo: that of its roll, or `unexpected` if a write was lost. */
export function getDemoExitCode({ roll, writes }: DemoResult): number {
  return writes.lost > 0 ? EXIT.unexpected : EXIT[roll.outcome];
}

type ExitMeanings = Readonly<Record<number, string>>;

const ERROR_MEANINGS: ExitMeanings = {
  [EXIT.unexpected]: 'unexpected error: a bug',
  [EXIT.usage]: 'invalid flags or settings; nothing was changed',
};

/** The exit codes of a command that rolls; README.md and docs/failure-modes.md have the same words. */
export const ROLL_EXIT_MEANINGS: ExitMeanings = {
  ...ERROR_MEANINGS,
  ...Object.fromEntries(Object.entries(OUTCOME_MEANINGS).map(([outcome, text]) => [EXIT[outcome as Outcome], text])),
};

/** The exit codes of a command as `--help` lists them, in order: an object has its numeric keys in order. */
export function formatExitCodes(meanings: ExitMeanings = ROLL_EXIT_MEANINGS): string {
  const listed = Object.entries({ ...ERROR_MEANINGS, ...meanings });
  return `Exit codes:\n${listed.map(([code, text]) => `${code} ${text}`).join('\n')}`;
}
