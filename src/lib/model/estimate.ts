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
