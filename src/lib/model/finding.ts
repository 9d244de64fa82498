/** What one check found. */
export interface Finding {
  readonly check: string;
  readonly verdict: Verdict;
  /** One clause, without a full stop. */
  readonly saw: string;
  /** What to do about it; undefined where it passes, and where nothing is to be done. */
  readonly remedy: string | undefined;
}

/**
 * `fail`: a roll would be refused, or stop part-way. `warn`: it can go ahead, or it cannot be told from here.
 * `skip`: nobody can tell without doing it, so nothing is wrong, and nothing is proved.
 */
export type Verdict = 'pass' | 'skip' | 'warn' | 'fail';

/** Everything `doctor` found out. */
export interface Examination {
  readonly cluster: string;
  readonly group: string | undefined;
  /** The image a roll would be onto; where none was asked about, the one the group launches today. */
  readonly imageId: string | undefined;
  /** Somebody asked about that image. */
  readonly imageAsked: boolean;
  /** Servers of the group, whatever they answer. */
  readonly servers: number;
  readonly findings: readonly Finding[];
}
