import type { Evidence } from '../../model/evidence.js';
import type { Finding } from '../../model/finding.js';
import type { Limits } from '../../model/intent.js';

/** One check of `doctor`: a small pure function from what was found out to what that means. */
export interface Examine {
  readonly name: string;
  /** What it looks at and why that matters to a roll: one sentence, for the documentation. */
  readonly about: string;
  /** Of a roll that has begun it says nothing, so it is not asked then. */
  readonly beforehand?: true;
  readonly run: (evidence: Evidence, limits: Limits) => Seen;
}

export type Seen = Omit<Finding, 'check'>;

export function pass(saw: string): Seen {
  return { verdict: 'pass', saw, remedy: undefined };
}

export function skip(saw: string, remedy?: string): Seen {
  return { verdict: 'skip', saw, remedy };
}

export function warn(saw: string, remedy: string): Seen {
  return { verdict: 'warn', saw, remedy };
}

export function fail(saw: string, remedy: string): Seen {
  return { verdict: 'fail', saw, remedy };
}
