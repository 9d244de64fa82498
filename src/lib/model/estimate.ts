/** What a roll spends its time on. */
export const SPANS = [
  'boot',
  'service',
  'drain',
  'leave',
  'stop',
  'terminate',
  'delete',
  'look',
  'bake',
  'step',
] as const;
export type Span = (typeof SPANS)[number];

/** Where a length of time is known from: a setting, what this roll has taken so far, or nowhere. */
export const BASES = ['assumed', 'set', 'measured'] as const;
export type Basis = (typeof BASES)[number];

/** How long a roll will take from here, in milliseconds, and what that is made of. */
export interface Forecast {
  readonly leftMs: number;
  /** What takes part of that time; together they are all of it. */
  readonly shares: readonly Share[];
}

/** The part of the time that goes into one kind of thing. */
export interface Share {
  readonly span: Span;
  /** How often it is waited for, or done. */
  readonly count: number;
  /** All together; what goes on at the same time counts once. */
  readonly ms: number;
  /** How long one takes by itself. */
  readonly eachMs: number;
  readonly basis: Basis;
}
