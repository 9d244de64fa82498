import type { Decision } from '../../model/decision.js';
import { RollError } from '../../model/errors.js';
import type { Intent } from '../../model/intent.js';
import type { Observation } from '../../model/observation.js';
import type { LockHolder, RollOptions } from '../../model/plan.js';
import { parseHost } from '../../model/server.js';
import { decideStop } from '../decide/decisions.js';
import type { Engine } from '../engine.js';
import { acquireLock, type Lock, readLock } from './lock.js';

/** A lock expires after at least this many missed looks. */
const MIN_MISSED_OBSERVATIONS = 4;

/** The roll's hold on the cluster's lock: taken before the first change, made sure of at every look. */
export class LockKeeper {
  readonly #engine: Engine;
  readonly #options: RollOptions;
  readonly #intent: Intent;
  readonly #signal: AbortSignal;
  readonly #onHeld: (holder: LockHolder) => void;
  /** When this run first asked for the lock. */
  readonly sinceMs: number;
  #lock: Lock | undefined;

  constructor(
    engine: Engine,
    options: RollOptions,
    intent: Intent,
    signal: AbortSignal,
    onHeld: (holder: LockHolder) => void,
  ) {
    this.#engine = engine;
    this.#options = options;
    this.#intent = intent;
    this.#signal = signal;
    this.#onHeld = onHeld;
    this.sinceMs = engine.clock.now();
  }

  get isHeld(): boolean {
    return this.#lock !== undefined;
  }

  /** It was asked to stop, in whatever way, and no longer waits for another's lock. */
  get isStopping(): boolean {
    return this.#signal.aborted;
  }

  /** Takes the lock unless it is held already. @throws RollError `locked` */
  async acquire(observation: Observation): Promise<void> {
    const host = findLeaderHost(observation);
    if (this.#lock !== undefined || host === undefined) return;
    const { cluster, rollId } = this.#intent;
    const { intervalMs } = this.#options;
    const ttlMs = Math.max(this.#options.lockTtlMs, MIN_MISSED_OBSERVATIONS * intervalMs);
    this.#lock = await acquireLock(this.#engine, {
      cluster,
      rollId,
      sinceMs: this.sinceMs,
      host,
      ttlMs,
      intervalMs,
      signal: this.#signal,
      force: this.#options.forceUnlock,
      onHeld: this.#onHeld,
    });
  }

  /** Makes sure of it. A decision to stop when somebody else has it; undefined when all is well or cannot be told. */
  async renew(observation: Observation): Promise<Decision | undefined> {
    const host = findLeaderHost(observation);
    if (this.#lock === undefined || host === undefined) return undefined;
    const isOurs = await this.#lock.renew(host).catch(() => true);
    if (isOurs) return undefined;
    const holder = await readLock(this.#engine, this.#intent.cluster, host).catch(() => undefined);
    this.#lock = undefined;
    return decideStop('stopped', { kind: 'lock-lost', holder: holder?.holder });
  }

  /** Gives it back. */
  async release(observation: Observation): Promise<void> {
    await this.#lock?.release(findLeaderHost(observation));
    this.#lock = undefined;
  }
}

export function findLeaderHost(observation: Observation): string | undefined {
  return observation.raft && parseHost(observation.raft.leader);
}

/** True for the error that somebody else holds the lock. */
export function isLockedError(error: unknown): boolean {
  return error instanceof RollError && error.code === 'locked';
}
