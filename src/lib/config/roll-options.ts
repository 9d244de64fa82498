import type { Limits, Strategy } from '../model/intent.js';
import type {
  LaunchSourceChoice,
  ResumeOptions,
  RollbackOptions,
  RunOptions,
  UpgradeOptions,
} from '../model/plan.js';
import { parseDurationFlag } from './duration.js';
import { usageError } from './validation.js';

/** The flags of an order as they were written. */
export interface OrderFlags extends NewOrderFlags {
  readonly ami: string;
}

interface NewOrderFlags extends ContinueFlags {
  readonly surge?: number | undefined;
  readonly 'keep-old': boolean;
  readonly strategy?: Strategy;
  readonly template?: LaunchSourceChoice;
}

/** The flags with which a recorded roll is carried on. */
export interface ContinueFlags extends LimitFlags {
  readonly cluster: string;
  readonly group?: string | undefined;
  readonly ami?: string | undefined;
  readonly interval: string;
  readonly 'force-unlock'?: boolean;
  readonly 'lock-ttl'?: string;
}

export interface LimitFlags {
  readonly 'health-timeout': string;
  readonly 'drain-timeout': string;
  readonly bake: string;
  readonly 'success-threshold': number;
}

const MINUTE_MS = 60_000;
/**
 * Consul answers a leave after 14 to 15 seconds, and on a deadline it gives up waiting for its own removal; a
 * server that is in Raft after this long will not leave by itself.
 */
const LEAVE_TIMEOUT_MS = MINUTE_MS;
/** An election takes seconds; a cluster without a leader for this long needs a person. */
const LEADER_TIMEOUT_MS = MINUTE_MS;
/** EC2 gives an instance minutes to shut down, and Auto Scaling notices only after that. */
const AWS_TIMEOUT_MS = 10 * MINUTE_MS;

/**
 * The flags of `upgrade` and `plan` as an order.
 *
 * @throws RollError `bad-usage` for an image id or a duration that cannot be one
 */
export function parseOrder(flags: OrderFlags): UpgradeOptions {
  return { ...parseDoctorOrder(flags), kind: 'upgrade', imageId: parseImageId(flags.ami) };
}

/**
 * The flags of `doctor` as an order: those of `upgrade`, but that no image need be named.
 *
 * @throws RollError `bad-usage`
 */
export function parseDoctorOrder(
  flags: NewOrderFlags,
): Omit<UpgradeOptions, 'kind' | 'imageId'> & Pick<ResumeOptions, 'imageId'> {
  return {
    ...parseRunOptions(flags),
    imageId: flags.ami === undefined ? undefined : parseImageId(flags.ami),
    surge: flags.surge,
    keepOld: flags['keep-old'],
    strategy: flags.strategy ?? 'beside',
    launchSource: flags.template ?? 'auto',
  };
}

/** @throws RollError `bad-usage` */
export function parseResumeOrder(flags: ContinueFlags): ResumeOptions {
  const imageId = flags.ami === undefined ? undefined : parseImageId(flags.ami);
  return { ...parseRunOptions(flags), kind: 'resume', imageId };
}

/** @throws RollError `bad-usage` */
export function parseRollbackOrder(flags: ContinueFlags, allowDowngrade: boolean): RollbackOptions {
  return { ...parseRunOptions(flags), kind: 'rollback', allowDowngrade };
}

/**
 * The flags that every command that rolls has.
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
    lockTtlMs: parseDurationFlag(flags['lock-ttl'] ?? '30s', '--lock-ttl', { minMs: 1_000 }),
  };
}

function parseImageId(text: string): string {
  if (/^ami-[0-9a-z]+$/.test(text)) return text;
  throw usageError(
    `--ami ${text} is no image id.`,
    'give the id of an image, for instance ami-0abcdef1234567890',
  );
}

/** The pause between two looks, in milliseconds. */
export function parseInterval(text: string): number {
  return parseDurationFlag(text, '--interval', { minMs: 10, maxMs: 10 * MINUTE_MS });
}

/** The limits of patience, those that have no flag at their fixed values. */
export function parseLimits(flags: LimitFlags): Limits {
  return {
    healthTimeoutMs: parseDurationFlag(flags['health-timeout'], '--health-timeout', { minMs: 1 }),
    drainTimeoutMs: parseDurationFlag(flags['drain-timeout'], '--drain-timeout', { minMs: 1 }),
    leaveTimeoutMs: LEAVE_TIMEOUT_MS,
    leaderTimeoutMs: LEADER_TIMEOUT_MS,
    awsTimeoutMs: AWS_TIMEOUT_MS,
    bakeMs: parseDurationFlag(flags.bake, '--bake'),
    successThreshold: flags['success-threshold'],
  };
}

/**
 * Every command that takes both settings refuses those that do not go together, wherever each of them comes from.
 *
 * @param originOf where a setting comes from, as a person would look it up
 * @throws RollError `bad-usage`
 */
export function assertCompatible(
  flags: Readonly<Record<string, unknown>>,
  originOf: (name: string) => string,
): void {
  if (flags.strategy !== 'in-place' || flags['keep-old'] !== true) return;
  throw usageError(
    `keep-old (${originOf('keep-old')}) does not go with strategy in-place (${originOf('strategy')}).`,
    'in place the group itself stays: leave keep-old out, or give --strategy beside',
  );
}
