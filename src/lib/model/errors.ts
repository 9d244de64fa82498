import type { Outcome } from './outcome.js';

/** What an error does to the command it ends; src/cli maps it to an exit code. */
export type ErrorKind =
  /** A flag, a variable or a file cannot be used. */
  | 'usage'
  /** A bug, or something that does not concern the cluster. */
  | 'unexpected'
  /** The same end as a roll with this outcome. */
  | Extract<Outcome, 'refused' | 'stopped' | 'quorum-at-risk' | 'locked' | 'interrupted'>;

/**
 * An error an operator can act on. It says what happened, what it means for the cluster, and what to do next.
 * Anything else that is thrown is a bug, and is reported as one (exit 1).
 */
export class RollError extends Error {
  /** Stable name for scripts, for instance `cluster-not-found`. */
  readonly code: string;
  readonly kind: ErrorKind;
  /** The state of the cluster, as far as it is known. */
  readonly state: string;
  /** The next safe command or action. */
  readonly next: string;
  /** It may pass by itself, so the same call is worth another try. */
  readonly passing: boolean;

  constructor(facts: {
    code: string;
    message: string;
    kind: ErrorKind;
    state?: string;
    next: string;
    passing?: boolean;
    cause?: unknown;
  }) {
    super(facts.message, { cause: facts.cause });
    this.name = 'RollError';
    this.code = facts.code;
    this.kind = facts.kind;
    this.state = facts.state ?? 'Nothing was changed.';
    this.next = facts.next;
    this.passing = facts.passing ?? false;
  }
}

/** What to do about something thrown, where that is known. */
export function remedyOf(thrown: unknown): string | undefined {
  return thrown instanceof RollError ? thrown.next : undefined;
}

/** Anything thrown, as an error. */
export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(messageOf(thrown));
}

/** The message of anything thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
