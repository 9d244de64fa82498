import { IMAGE_ID, type ImageReference } from '../model/image-reference.js';
import type { Limits, PausePoint, StrategyName } from '../model/intent.js';
import { findGateStreak } from '../model/limits.js';
import {
  type DoctorOrder,
  type LaunchSourceChoice,
  MAX_LOCK_TTL_MS,
  type ResumeOptions,
  type RollbackOptions,
  type RunOptions,
  type UpgradeOrder,
} from '../model/plan.js';
import { parseDurationFlag } from './duration.js';
import { usageError } from './validation.js';

interface OrderFlags extends NewOrderFlags {
  readonly ami: string;
  readonly 'allow-weaker-security'?: boolean;
  readonly 'skip-canary'?: boolean;
  readonly 'pause-after'?: PausePoint | undefined;
}

interface NewOrderFlags extends ContinueFlags {
  readonly 'ami-owner'?: string | undefined;
  readonly surge?: number | undefined;
  readonly 'keep-old': boolean;
  readonly strategy?: StrategyName;
  readonly 'launch-source'?: LaunchSourceChoice;
}

/** The flags of `resume` and `rollback`. */
export interface ContinueFlags extends LimitFlags {
  readonly cluster: string;
  readonly group?: string | undefined;
  readonly ami?: string | undefined;
  readonly roll?: string | undefined;
  readonly interval: string;
  readonly 'force-unlock'?: boolean;
  readonly 'lock-ttl'?: string;
}

interface LimitFlags {
  readonly 'health-timeout': string;
  readonly 'drain-timeout': string;
  readonly bake: string;
  readonly 'success-threshold': number;
  readonly 'leader-timeout'?: string | undefined;
  readonly 'leave-timeout'?: string | undefined;
  readonly 'aws-timeout'?: string | undefined;
}

const MINUTE_MS = 60_000;
/** EC2 allows an instance minutes to shut down, and Auto Scaling notices only after that. */
const AWS_TIMEOUT = '10m';

/**
 * The options of `upgrade` and `plan`.
 *
 * @throws RollError `bad-usage` for an invalid image or duration
 */
export function parseOrder(flags: OrderFlags): UpgradeOrder {
  return {
    ...parseDoctorOrder(flags),
    kind: 'upgrade',
    image: parseImage(flags.ami, flags['ami-owner']),
    ...(flags['allow-weaker-security'] === true ? { allowWeakerSecurity: true } : {}),
    ...(flags['skip-canary'] === true ? { skipCanary: true } : {}),
    ...(flags['pause-after'] === undefined ? {} : { pauseAfter: flags['pause-after'] }),
  };
}

/**
 * The options of `doctor`: those of `upgrade`, where the image is optional.
 *
 * @throws RollError `bad-usage`
 */
export function parseDoctorOrder(flags: NewOrderFlags): DoctorOrder {
  const run = parseRunOptions(flags);
  assertGatesFit(run);
  return {
    ...run,
    ...(flags.ami !== undefined && { image: parseImage(flags.ami, flags['ami-owner']) }),
    surge: flags.surge,
    keepOld: flags['keep-old'],
    strategy: flags.strategy ?? 'beside',
    launchSource: flags['launch-source'] ?? 'auto',
  };
}

/**
 * A new server must pass every gate in several observations, one interval apart.
 *
 * @throws RollError `bad-usage` for a health timeout in which it never can, however fast it boots
 */
function assertGatesFit({ limits, intervalMs }: RunOptions): void {
  const checks = findGateStreak(limits);
  const gatesMs = (checks - 1) * intervalMs;
  if (limits.healthTimeoutMs > gatesMs) return;
  throw usageError(
    `No server can be healthy within --health-timeout: ${checks} checks, ${intervalMs / 1000} s apart, take ${gatesMs / 1000} s after its boot.`,
    'give a longer --health-timeout, a shorter --interval, or a lower --success-threshold',
  );
}

/** @throws RollError `bad-usage` */
export function parseResumeOrder(flags: ContinueFlags, forward = false): ResumeOptions {
  const imageId = flags.ami === undefined ? undefined : parseImageId(flags.ami);
  return { ...parseRunOptions(flags), kind: 'resume', imageId, rollId: parseRollId(flags.roll), forward };
}

/** @throws RollError `bad-usage` */
export function parseRollbackOrder(flags: ContinueFlags, allowDowngrade: boolean): RollbackOptions {
  return { ...parseRunOptions(flags), kind: 'rollback', allowDowngrade, rollId: parseRollId(flags.roll) };
}

/**
 * The options that every command that rolls has.
 *
 * @throws RollError `bad-usage`
 */
export function parseRunOptions(flags: ContinueFlags): RunOptions {
  return {
    cluster: flags.cluster,
    group: flags.group,
    limits: parseLimits(flags),
    intervalMs: parseInterval(flags.interval),
    forceUnlock: flags['force-unlock'] === true,
    lockTtlMs: parseDurationFlag(flags['lock-ttl'] ?? '30s', '--lock-ttl', { minMs: 1_000, maxMs: MAX_LOCK_TTL_MS }),
  };
}

/** The image of a roll in progress, which no name can stand for any more. */
function parseImageId(text: string): string {
  if (IMAGE_ID.test(text)) return text;
  throw usageError(`Invalid --ami "${text}": expected an id such as ami-0abcdef1234567890.`, 'give the id of an image');
}

const PARAMETER = /^resolve:ssm:([\w./:-]{1,2048})$/;
/** What the name of an image may contain, and what stands for other characters in a filter. Source: RegisterImage of EC2. */
const IMAGE_NAME = /^name:([\w ()[\]./'@*?-]{1,128})$/;
const OWNER = /^(self|\d{12})$/;

function parseImage(text: string, owner = 'self'): ImageReference {
  if (!OWNER.test(owner)) {
    throw usageError(
      `Invalid --ami-owner "${owner}": expected self or the 12 digits of an account.`,
      'correct the flag',
    );
  }
  const [, parameter] = PARAMETER.exec(text) ?? [];
  const [, pattern] = IMAGE_NAME.exec(text) ?? [];
  if (IMAGE_ID.test(text)) return { kind: 'id', imageId: text };
  if (parameter !== undefined) return { kind: 'parameter', parameter };
  if (pattern !== undefined) return { kind: 'name', pattern, owner };
  throw usageError(
    `Invalid --ami "${text}": expected an id such as ami-0abcdef1234567890, resolve:ssm:PARAMETER or name:PATTERN.`,
    'give the id of an image, the parameter that holds one, or the name of images, such as name:consul-*',
  );
}

function parseRollId(text: string | undefined): string | undefined {
  if (text === undefined || /^[\da-f]{1,32}$/.test(text)) return text;
  throw usageError(
    `Invalid --roll "${text}": expected an id such as 7f3a1c.`,
    'see its id in the output of consul-roll status --cluster NAME',
  );
}

/** The pause between two observations, in milliseconds. */
export function parseInterval(text: string): number {
  return parseDurationFlag(text, '--interval', { minMs: 10, maxMs: 10 * MINUTE_MS });
}

/** The limits of every wait. */
export function parseLimits(flags: LimitFlags): Limits {
  return {
    healthTimeoutMs: parseDurationFlag(flags['health-timeout'], '--health-timeout', { minMs: 1 }),
    drainTimeoutMs: parseDurationFlag(flags['drain-timeout'], '--drain-timeout', { minMs: 1 }),
    leaveTimeoutMs: parseOptionalLimit(flags['leave-timeout'], '--leave-timeout'),
    leaderTimeoutMs: parseOptionalLimit(flags['leader-timeout'], '--leader-timeout'),
    awsTimeoutMs: parseDurationFlag(flags['aws-timeout'] ?? AWS_TIMEOUT, '--aws-timeout', { minMs: 1_000 }),
    bakeMs: parseDurationFlag(flags.bake, '--bake'),
    successThreshold: flags['success-threshold'],
  };
}

function parseOptionalLimit(text: string | undefined, flag: string): number | undefined {
  return text === undefined ? undefined : parseDurationFlag(text, flag, { minMs: 1_000 });
}

/**
 * Refuses settings that cannot be combined, whatever their source.
 *
 * @param originOf the source of a setting, for the error message: `consul-roll.yaml:3`
 * @throws RollError `bad-usage`
 */
export function assertCompatible(flags: Readonly<Record<string, unknown>>, originOf: (name: string) => string): void {
  if (flags['skip-canary'] === true && flags['pause-after'] === 'canary') {
    throw usageError(
      `pause-after canary (${originOf('pause-after')}) cannot be combined with skip-canary (${originOf('skip-canary')}).`,
      'without a canary, stop after the other new servers: --pause-after grow',
    );
  }
  if (flags.strategy !== 'in-place' || flags['keep-old'] !== true) return;
  throw usageError(
    `keep-old (${originOf('keep-old')}) cannot be combined with strategy in-place (${originOf('strategy')}).`,
    'in place the group itself stays: omit keep-old, or give --strategy beside',
  );
}
