/** What one check before a roll found. It reads `subject: observed`. */
export interface CheckResult {
  /** Stable, kebab-case; docs/doctor.md lists them. */
  readonly id: string;
  /** What the check is about: `image`, `leader`. */
  readonly subject: string;
  readonly status: CheckStatus;
  /** One clause, without a full stop. */
  readonly observed: string;
  /** What to do about a warning or a failure. */
  readonly remedy: string | undefined;
}

/**
 * `fail`: a roll is refused, or stops during it. `warn`: a roll can start, or the check could not be made. `skip`:
 * this cannot be determined before the roll; nothing is wrong, and nothing is proved.
 */
export type CheckStatus = 'pass' | 'skip' | 'warn' | 'fail';

/** The results of every check of `doctor`. */
export interface DoctorReport {
  readonly cluster: string;
  readonly group: string | undefined;
  /** The image to roll onto; without one, the image that the group launches today. */
  readonly imageId: string | undefined;
  /** Whether the operator named the image. */
  readonly isImageGiven: boolean;
  /** Servers of the group, whether they respond or not. */
  readonly servers: number;
  readonly results: readonly CheckResult[];
}
