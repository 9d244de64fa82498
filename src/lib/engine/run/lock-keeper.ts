import type { Decision } from '../../model/decision.js';
import { RollError } from '../../model/errors.js';
import type { Intent } from '../../model/intent.js';
import type { Survey } from '../../model/observation.js';
import type { LockHolder, Order } from '../../model/plan.js';
import { hostOf } from '../../model/server.js';
import { stop } from '../decide/decisions.js';
import type { Engine } from '../engine.js';
import { type Lock, readLock, takeLock } from './lock.js';

/** A lock not renewed for this long is free. Longer than any single effect but a large snapshot takes. */
const LOCK_TTL_MS = 30_000;
/** A lock expires after at least this many missed looks. */
const MISSED_LOOKS = 4;

/** The roll's hold on the cluster's lock: taken before the first change, made sure of at every look. */
export class Grip {
  readonly #engine: Engine;
  readonly #order: Order;
  readonly #intent: Intent;
  readonly #signal: AbortSignal;
  readonly #onHeld: (holder: LockHolder) => void;
  readonly #sinceMs: number;
  #lock: Lock | undefined;

  constructor(
    engine: Engine,
    order: Order,
    intent: Intent,
    signal: AbortSignal,
    onHeld: (holder: LockHolder) => void,
  ) {
    this.#engine = engine;
    this.#order = order;
    this.#intent = intent;
    this.#signal = signal;
    this.#onHeld = onHeld;
    this.#sinceMs = engine.clock.now();
  }

  get isHeld(): boolean {
    return this.#lock !== undefined;
  }

  /** It was asked to stop, in whatever way, and no longer waits for another's lock. */
  get mayNotWait(): boolean {
    return this.#signal.aborted;
  }

  /** Takes the lock unless it is held already. @throws RollError `locked` */
  async take(survey: Survey): Promise<void> {
    const host = leaderOf(survey);
    if (this.#lock !== undefined || host === undefined) return;
    const { cluster, rollId } = this.#intent;
    const { intervalMs } = this.#order;
    const ttlMs = Math.max(this.#order.lockTtlMs ?? LOCK_TTL_MS, MISSED_LOOKS * intervalMs);
    this.#lock = await takeLock(this.#engine, {
      cluster,
      rollId,
      sinceMs: this.#sinceMs,
      host,
      ttlMs,
      intervalMs,
      signal: this.#signal,
      force: this.#order.breakLock === true,
      onHeld: this.#onHeld,
    });
  }

  /** Makes sure of it. A decision to stop when somebody else has it; undefined when all is well or cannot be told. */
  async keep(survey: Survey): Promise<Decision | undefined> {
    const host = leaderOf(survey);
    if (this.#lock === undefined || host === undefined) return undefined;
    const isOurs = await this.#lock.keep(host).catch(() => true);
    if (isOurs) return undefined;
    const holder = await readLock(this.#engine, this.#intent.cluster, host).catch(() => undefined);
    this.#lock = undefined;
    return stop('stopped', { kind: 'lock-lost', holder: holder?.holder });
  }

  /** Gives it back. */
  async release(survey: Survey): Promise<void> {
    await this.#lock?.release(leaderOf(survey));
    this.#lock = undefined;
  }
}

function leaderOf(survey: Survey): string | undefined {
  return survey.raft && hostOf(survey.raft.leader);
}

/** True for the error that somebody else holds the lock. */
export function isLocked(error: unknown): boolean {
  return error instanceof RollError && error.code === 'locked';
}
