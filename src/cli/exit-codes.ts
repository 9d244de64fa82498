import type { ErrorKind } from '../lib/model/errors.js';
import type { Outcome } from '../lib/model/outcome.js';
import type { StatusVerdict } from '../lib/output/text/cluster.js';
import type { DemoResult } from '../lib/output/text/demo.js';
import { OUTCOME_MEANINGS } from '../lib/output/text/outcome.js';

/** Every exit code, by name. `--help`, the docs and CI quote this table. */
export const EXIT = {
  done: 0,
  unexpected: 1,
  usage: 2,
  refused: 3,
  rolledBack: 4,
  stopped: 5,
  quorumAtRisk: 6,
  locked: 7,
  interrupted: 130,
} as const;

/** Exit code of a roll by its outcome. */
export const OUTCOME_EXIT_CODES = {
  rolled: EXIT.done,
  'nothing-to-do': EXIT.done,
  refused: EXIT.refused,
  'rolled-back': EXIT.rolledBack,
  stopped: EXIT.stopped,
  'quorum-at-risk': EXIT.quorumAtRisk,
  locked: EXIT.locked,
  interrupted: EXIT.interrupted,
} satisfies Record<Outcome, number>;

/** Exit code of an error by its kind. */
export const ERROR_EXIT_CODES = {
  unexpected: EXIT.unexpected,
  usage: EXIT.usage,
  refused: EXIT.refused,
  stopped: EXIT.stopped,
  'quorum-at-risk': EXIT.quorumAtRisk,
  locked: EXIT.locked,
  interrupted: EXIT.interrupted,
} satisfies Record<ErrorKind, number>;

/** Exit code of `status --exit-code`: the code of a roll that would start now. */
export const STATUS_EXIT_CODES = {
  ready: EXIT.done,
  unhealthy: EXIT.refused,
  unfinished: EXIT.stopped,
  'quorum-at-risk': EXIT.quorumAtRisk,
  rolling: EXIT.locked,
} satisfies Record<StatusVerdict, number>;

/** The kind of an error that another process reported by its exit code. */
export function findErrorKind(exitCode: number): ErrorKind {
  const kinds = Object.keys(ERROR_EXIT_CODES) as ErrorKind[];
  return kinds.find((kind) => ERROR_EXIT_CODES[kind] === exitCode) ?? 'unexpected';
}

/** Exit code of a demo: that of its roll, or `unexpected` if a write was lost. */
export function getDemoExitCode({ roll, writes }: DemoResult): number {
  return writes.lost > 0 ? EXIT.unexpected : OUTCOME_EXIT_CODES[roll.outcome];
}

/** The exit codes of a command that rolls, as `--help` lists them. */
export function formatExitCodes(): string {
  const outcomes = Object.entries(OUTCOME_MEANINGS).map(
    ([outcome, meaning]) => `${OUTCOME_EXIT_CODES[outcome as Outcome]} ${meaning}`,
  );
  return [...outcomes, `${EXIT.unexpected} unexpected error`, `${EXIT.usage} invalid flags`].join('\n');
}
