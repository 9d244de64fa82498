import type { Limits, Strategy } from '../model/intent.js';
import type { Order, TemplateChoice } from '../model/plan.js';
import { durationMs } from './duration.js';
import { usageError } from './validation.js';

/** The flags of an order as they were written. */
export interface OrderFlags extends NewOrderFlags {
  readonly ami: string;
}

interface NewOrderFlags extends CarryOnFlags {
  readonly surge?: number | undefined;
  readonly 'keep-old': boolean;
  readonly strategy?: Strategy;
  readonly template?: TemplateChoice;
}

/** The flags with which a recorded roll is carried on. */
export interface CarryOnFlags extends LimitFlags {
  readonly cluster: string;
  readonly group?: string | undefined;
  readonly ami?: string | undefined;
  readonly interval: string;
  readonly 'break-lock'?: boolean;
  readonly 'lock-ttl'?: string;
}

export interface LimitFlags {
  readonly 'health-timeout': string;
  readonly 'drain-timeout': string;
  readonly bake: string;
  readonly looks: number;
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
export function orderFrom(flags: OrderFlags): Order {
  return { ...newOrderFrom(flags), imageId: imageIdFrom(flags.ami) };
}

/**
 * The flags of `doctor` as an order: those of `upgrade`, but that no image need be named.
 *
 * @throws RollError `bad-usage`
 */
export function examinationOrderFrom(flags: NewOrderFlags): Order {
  return newOrderFrom(flags);
}

function newOrderFrom(flags: NewOrderFlags): Order {
  const { strategy = 'beside' } = flags;
  return {
    ...carryOnOrderFrom(flags),
    surge: flags.surge,
    keepOld: flags['keep-old'],
    strategy,
    template: flags.template ?? 'auto',
  };
}

/**
 * The flags of `resume` and `rollback` as an order: the roll itself is on record.
 *
 * @throws RollError `bad-usage`
 */
export function carryOnOrderFrom(flags: CarryOnFlags): Order {
  return {
    cluster: flags.cluster,
    group: flags.group,
    imageId: flags.ami === undefined ? undefined : imageIdFrom(flags.ami),
    surge: undefined,
    keepOld: false,
    limits: limitsFrom(flags),
    intervalMs: intervalFrom(flags.interval),
    breakLock: flags['break-lock'] === true,
    lockTtlMs: durationMs(flags['lock-ttl'] ?? '30s', '--lock-ttl', { minMs: 1_000 }),
  };
}

function imageIdFrom(text: string): string {
  if (/^ami-[0-9a-z]+$/.test(text)) return text;
  throw usageError(
    `--ami ${text} is no image id.`,
    'give the id of an image, for instance ami-0abcdef1234567890',
  );
}

/** The pause between two looks, in milliseconds. */
export function intervalFrom(text: string): number {
  return durationMs(text, '--interval', { minMs: 10, maxMs: 10 * MINUTE_MS });
}

/** The limits of patience, those that have no flag at their fixed values. */
export function limitsFrom(flags: LimitFlags): Limits {
  return {
    healthTimeoutMs: durationMs(flags['health-timeout'], '--health-timeout', { minMs: 1 }),
    drainTimeoutMs: durationMs(flags['drain-timeout'], '--drain-timeout', { minMs: 1 }),
    leaveTimeoutMs: LEAVE_TIMEOUT_MS,
    leaderTimeoutMs: LEADER_TIMEOUT_MS,
    awsTimeoutMs: AWS_TIMEOUT_MS,
    bakeMs: durationMs(flags.bake, '--bake'),
    looks: flags.looks,
  };
}

/**
 * Every command that takes both settings refuses those that do not go together, wherever each of them comes from.
 *
 * @param originOf where a setting comes from, as a person would look it up
 * @throws RollError `bad-usage`
 */
export function assertTogether(
  flags: Readonly<Record<string, unknown>>,
  originOf: (name: string) => string,
): void {
  if (flags.strategy !== 'in-place' || flags['keep-old'] !== true) return;
  throw usageError(
    `keep-old (${originOf('keep-old')}) does not go with strategy in-place (${originOf('strategy')}).`,
    'in place the group itself stays: leave keep-old out, or give --strategy beside',
  );
}
