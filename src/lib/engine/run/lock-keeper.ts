import type { Decision } from '../../model/decision.js';
import { formatFlag, formatRollFlags, RollError } from '../../model/errors.js';
import type { Intent } from '../../model/intent.js';
import type { Observation } from '../../model/observation.js';
import type { LockHolder, RollOptions } from '../../model/plan.js';
import { parseHost } from '../../model/server.js';
import { isLaunchedInRoll, isTerminating } from '../../model/servers.js';
import { decideStop } from '../decide/decisions.js';
import { findFounder } from '../decide/founders.js';
import type { Engine } from '../engine.js';
import { acquireLock, type Lock, RENEWALS_PER_TTL, readLock } from './lock.js';

/** The lock lives for at least this many observations. */
const MIN_TTL_OBSERVATIONS = 4;
/** A commit takes as long where disks are slow or the leader is busy. */
const MIN_RENEWAL_LIMIT_MS = 5_000;

/** Keeps the cluster's lock for one run: takes it before the first change, and renews it at every observation. */
export class LockKeeper {
  readonly #engine: Engine;
  readonly #options: RollOptions;
  readonly #intent: Intent;
  readonly #stopSignal: AbortSignal;
  readonly #onHeld: (holder: LockHolder) => void;
  /** When this run was created: together with the holder's name, it identifies the run. */
  readonly sinceMs: number;
  #lock: Lock | undefined;
  #lost: Decision | undefined;
  #renewing: Promise<Decision | undefined> | undefined;

  /**
   * @param stopSignal aborted when the run is asked to stop: it then no longer waits for another holder's lock
   * @param onHeld called when another holder has the lock, before waiting for it to expire
   */
  constructor(
    engine: Engine,
    options: RollOptions,
    intent: Intent,
    stopSignal: AbortSignal,
    onHeld: (holder: LockHolder) => void,
  ) {
    this.#engine = engine;
    this.#options = options;
    this.#intent = intent;
    this.#stopSignal = stopSignal;
    this.#onHeld = onHeld;
    this.sinceMs = engine.clock.now();
  }

  get isHeld(): boolean {
    return this.#lock !== undefined;
  }

  /** A decision to stop once another run was found to have taken the lock. */
  get lost(): Decision | undefined {
    return this.#lost;
  }

  /** After a renewal that took longer, an observation from before it is too old. Milliseconds. */
  get maxRenewalMs(): number {
    return Math.max(MIN_RENEWAL_LIMIT_MS, this.#ttlMs / RENEWALS_PER_TTL);
  }

  get #ttlMs(): number {
    const { intervalMs, lockTtlMs } = this.#options;
    return Math.max(lockTtlMs, MIN_TTL_OBSERVATIONS * intervalMs);
  }

  get isStopping(): boolean {
    return this.#stopSignal.aborted;
  }

  /**
   * Takes the lock, unless this run holds it already or no leader is known.
   *
   * @throws RollError `locked`
   */
  async acquire(observation: Observation): Promise<void> {
    const host = findLeaderHost(observation);
    if (this.#lock !== undefined || host === undefined) return;
    const { cluster, rollId } = this.#intent;
    const { intervalMs, forceUnlock } = this.#options;
    this.#lock = await acquireLock(this.#engine, {
      cluster,
      rollId,
      command: formatCommand(this.#options, this.#intent),
      sinceMs: this.sinceMs,
      host,
      ttlMs: this.#ttlMs,
      intervalMs,
      signal: this.#stopSignal,
      force: forceUnlock,
      onHeld: this.#onHeld,
    });
  }

  /**
   * Takes the lock before a wait too, so that no run waits for what another one does. Errors of Consul are left to the
   * next observation.
   *
   * @returns whether the lock is held
   * @throws RollError `locked`
   */
  async tryAcquire(observation: Observation): Promise<boolean> {
    try {
      await this.acquire(observation);
    } catch (error) {
      if (isLockedError(error) && !this.isStopping) throw error;
    }
    return this.isHeld;
  }

  /**
   * A decision to stop if another run has the lock; undefined if this one has it, or it cannot be read. A lock that is
   * gone is taken again before the next step: a founder that takes the cluster over has a store without it.
   */
  async renew(observation: Observation): Promise<Decision | undefined> {
    return this.confirm(observation).catch(() => undefined);
  }

  /**
   * The same, immediately before a step: a leader that does not answer any more may have been lost since it was observed.
   *
   * @throws RollError if the lock cannot be read or renewed
   */
  async confirm(observation: Observation): Promise<Decision | undefined> {
    // A founder may be terminated while a hook runs. Of two renewals at once, the second would find the lock changed.
    this.#renewing ??= this.#renew(observation).finally(() => {
      this.#renewing = undefined;
    });
    return this.#renewing;
  }

  async #renew(observation: Observation): Promise<Decision | undefined> {
    const host = findLeaderHost(observation);
    if (this.#lock === undefined || host === undefined) return undefined;
    if (await this.#lock.renew(host)) return undefined;
    const holder = await readLock(this.#engine, this.#intent.cluster, host).catch(() => undefined);
    this.#lock = undefined;
    this.#lost = holder && decideStop('stopped', { kind: 'lock-lost', holder: holder.holder });
    return this.#lost;
  }

  /**
   * Renews the lock until `running` has ended, if this run holds it: what takes longer than the lock's time to live must
   * not let another run begin.
   *
   * @returns a decision to stop if another run has taken the lock meanwhile
   */
  async keepDuring(observation: Observation, running: Promise<unknown>): Promise<Decision | undefined> {
    let isOver = false;
    const note = () => {
      isOver = true;
    };
    const ended = running.then(note, note);
    // Most calls end at once.
    await Promise.race([ended, new Promise((resolve) => setImmediate(resolve))]);
    if (isOver) return undefined;
    const over = new AbortController();
    ended.then(() => over.abort());
    while (!over.signal.aborted && this.isHeld) {
      await Promise.race([ended, this.#engine.clock.sleep(this.#options.intervalMs, over.signal)]);
      const lost = over.signal.aborted ? undefined : await this.renew(observation);
      if (lost !== undefined) return lost;
    }
    await ended;
    return undefined;
  }

  async release(observation: Observation): Promise<void> {
    await this.#lock?.release(findLeaderHost(observation));
    this.#lock = undefined;
  }
}

/** Undefined for a leader that founded another cluster, also while it is being terminated: its store has no lock of ours. */
export function findLeaderHost(observation: Observation): string | undefined {
  const { raft, servers } = observation;
  const host = raft && parseHost(raft.leader);
  const leader = servers.find(({ address }) => address === host);
  const isFounder = leader !== undefined && findFounder(observation)?.server === leader;
  const isEnding = leader !== undefined && isLaunchedInRoll(observation, leader) && isTerminating(leader);
  return isFounder || isEnding ? undefined : host;
}

export function isLockedError(error: unknown): boolean {
  return error instanceof RollError && error.code === 'locked';
}

/** The command of this run, to be repeated. */
function formatCommand(options: RollOptions, intent: Intent): string {
  const { cluster, imageId } = intent;
  switch (options.kind) {
    case 'upgrade':
      return `consul-roll upgrade ${formatFlag('cluster', cluster)} --ami ${imageId}`;
    case 'resume':
      return `consul-roll resume ${formatRollFlags(intent)}`;
    case 'rollback':
      return `consul-roll rollback ${formatRollFlags(intent)}${options.allowDowngrade ? ' --allow-downgrade' : ''}`;
  }
}
