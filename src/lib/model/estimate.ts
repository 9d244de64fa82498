import type { Phase } from './wait.js';

/** What a roll spends its time on. */
export const DURATION_KINDS = [
  'boot',
  'service',
  'drain',
  'leave',
  'stop',
  'terminate',
  'delete',
  'hook',
  'interval',
  'bake',
  'step',
] as const;
export type DurationKind = (typeof DURATION_KINDS)[number];

/** Where a length of time is known from: a setting, what this roll has taken so far, or nowhere. */
export const ESTIMATE_BASES = ['assumed', 'set', 'measured'] as const;
export type EstimateBasis = (typeof ESTIMATE_BASES)[number];

/** What a roll waits for, or does, on its way. A boot has three parts: the machine, its vote, and its gates. */
export const PATH_KINDS = [
  'boot',
  'join',
  'gates',
  'in-service',
  'drain',
  'leadership',
  'leave',
  'agent-down',
  'terminate',
  'delete',
  'settle',
  'bake',
  'hook',
  'observation',
  'steps',
] as const;
export type PathKind = (typeof PATH_KINDS)[number];

/** One part of the critical path: what the roll waits for next, and for how long. What is done side by side is one part. */
export interface PathPart {
  readonly phase: Phase;
  readonly kind: PathKind;
  /** What it adds to the time, milliseconds; what lasted during an earlier part counts there. */
  readonly ms: number;
  /** How long one takes by itself. */
  readonly eachMs: number;
  /** The instances or the group that are waited for here, side by side. */
  readonly subjects: readonly string[];
  /** Of steps, and of waits that have no subject. */
  readonly count: number;
  readonly basis: EstimateBasis;
}

/** How long a roll will take from here, in milliseconds, and what that is made of. */
export interface Estimate {
  readonly remainingMs: number;
  /** What takes part of that time; together they are all of it. */
  readonly parts: readonly EstimatePart[];
}

/** The part of the time that goes into one kind of thing. */
export interface EstimatePart {
  readonly kind: DurationKind;
  /** How often it is waited for, or done. */
  readonly count: number;
  /** All together; what overlaps counts once. */
  readonly ms: number;
  /** How long one takes by itself. */
  readonly eachMs: number;
  readonly basis: EstimateBasis;
}
