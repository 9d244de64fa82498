import * as z from 'zod/mini';
import { formatFlag, RollError } from '../../model/errors.js';
import { buildLockKey } from '../../model/intent.js';
import type { Observation } from '../../model/observation.js';
import { type LockHolder, MAX_LOCK_TTL_MS } from '../../model/plan.js';
import { isPrintable } from '../../model/printable.js';
import { parseHost } from '../../model/server.js';
import type { Engine } from '../engine.js';
import { assertNoEarlierKeys } from '../observe/earlier-keys.js';

/** How the lock is taken. */
export interface LockRequest {
  readonly cluster: string;
  readonly rollId: string;
  /** The command that this process runs. */
  readonly command: string;
  /** When this run first asked for the lock: together with the holder's name, it identifies the run. */
  readonly sinceMs: number;
  /** Address of the leader. */
  readonly host: string;
  /** The lock is free once it was not renewed for this long. */
  readonly ttlMs: number;
  /** Pause between two reads of another holder's lock. */
  readonly intervalMs: number;
  readonly signal: AbortSignal;
  /** Take it from another holder. */
  readonly force: boolean;
  /** Called once, when another holder has the lock, before waiting for it to expire. */
  readonly onHeld: (holder: LockHolder) => void;
}

/** The lock is renewed when this part of its time to live has passed. */
export const RENEWALS_PER_TTL = 4;

/**
 * The lock that allows one roll a cluster: a key in the cluster's own store, written by check-and-set, so that it
 * survives the loss of any server. A session lock is unsuitable: a session ends with the node it was created on, and
 * the nodes of a roll leave. It expires when it was not renewed for `ttlMs`. A contender finds that out by watching the
 * key for that long, so no two clocks are compared.
 */
export class Lock {
  readonly #engine: Engine;
  readonly #request: LockRequest;
  readonly #key: string;
  #renewedAtMs: number;
  /** The ModifyIndex at which the key was last read as this run's. */
  #ownedIndex: number | undefined;
  #written: string | undefined;

  constructor(engine: Engine, request: LockRequest) {
    this.#engine = engine;
    this.#request = request;
    this.#key = buildLockKey(request.cluster);
    this.#renewedAtMs = engine.clock.now();
  }

  /**
   * Writes the lock if the key still has this ModifyIndex.
   *
   * @returns false where it has another one
   */
  async write(host: string, index: number): Promise<boolean> {
    const { consul, clock, holder } = this.#engine;
    const { rollId, sinceMs, ttlMs } = this.#request;
    const renewedAtMs = clock.now();
    this.#written = JSON.stringify({ holder, rollId, sinceMs, renewedAtMs, ttlMs } satisfies LockHolder);
    const isSet = await consul.compareAndSet(host, this.#key, this.#written, index);
    if (isSet) this.#renewedAtMs = renewedAtMs;
    return isSet;
  }

  /**
   * Asks the leader at `host` whether this run still has the lock, and renews it when it is due.
   *
   * @throws RollError when the leader cannot be asked
   */
  async renew(host: string): Promise<boolean> {
    const index = await this.#readOwnIndex(host);
    if (index === undefined) return false;
    const isRecent = this.#engine.clock.now() - this.#renewedAtMs < this.#request.ttlMs / RENEWALS_PER_TTL;
    return isRecent || this.write(host, index);
  }

  /** Deletes the key. Errors are ignored: the lock expires. */
  async release(host: string | undefined): Promise<void> {
    if (host === undefined) return;
    const index = await this.#readOwnIndex(host).catch(() => undefined);
    if (index === undefined) return;
    await this.#engine.consul.compareAndDelete(host, this.#key, index).catch(() => false);
  }

  /** The key's ModifyIndex; undefined where another run has the lock. */
  async #readOwnIndex(host: string): Promise<number | undefined> {
    const { value, modifyIndex } = await this.#engine.consul.readKey(host, this.#key);
    const isOwned =
      modifyIndex === this.#ownedIndex ||
      value === this.#written ||
      isOwn(this.#engine, this.#request, parseHolder(value));
    if (isOwned) this.#ownedIndex = modifyIndex;
    return isOwned ? modifyIndex : undefined;
  }
}

/**
 * Takes the cluster's lock, also from a holder that no longer renews it.
 *
 * @throws RollError `locked`, which names the holder, or `earlier-keys`
 */
export async function acquireLock(engine: Engine, request: LockRequest): Promise<Lock> {
  const index = await waitUntilFree(engine, request);
  const lock = new Lock(engine, request);
  if (await lock.write(request.host, index)) {
    await assertNoEarlierKeys(engine.consul, request.cluster, request.host).catch(async (thrown) => {
      await lock.release(request.host);
      throw thrown;
    });
    return lock;
  }
  throw lockedError(request, await readLock(engine, request.cluster, request.host));
}

/** The holder of a cluster's lock; undefined when the lock is free. */
export async function readLock(engine: Engine, cluster: string, host: string): Promise<LockHolder | undefined> {
  const { value } = await engine.consul.readKey(host, buildLockKey(cluster));
  return value === undefined ? undefined : parseHolder(value);
}

/** The same; undefined without a leader too. */
export async function readLockThroughLeader(
  engine: Engine,
  { cluster, raft }: Observation,
): Promise<LockHolder | undefined> {
  return raft && readLock(engine, cluster, parseHost(raft.leader));
}

/** The ModifyIndex at which the lock can be taken: 0 if the key does not exist, or that of a lock that has expired. */
async function waitUntilFree(engine: Engine, request: LockRequest): Promise<number> {
  const { clock, consul } = engine;
  const { host, ttlMs, intervalMs, signal } = request;
  const key = buildLockKey(request.cluster);
  const first = await consul.readKey(host, key);
  if (first.modifyIndex === 0 || request.force) return first.modifyIndex;
  const holder = parseHolder(first.value);
  // An earlier attempt of this run took it, and the response was lost.
  if (isOwn(engine, request, holder)) return first.modifyIndex;
  request.onHeld(holder);
  // The holder may renew less often than this run does.
  const expiresAfterMs = Math.max(ttlMs, holder.ttlMs);
  const startMs = clock.now();
  while (clock.now() - startMs < expiresAfterMs) {
    await clock.sleep(intervalMs, signal);
    if (signal.aborted) throw lockedError(request, holder);
    const now = await consul.readKey(host, key);
    if (now.modifyIndex === 0) return 0;
    if (now.modifyIndex !== first.modifyIndex) throw lockedError(request, parseHolder(now.value));
  }
  return first.modifyIndex;
}

function isOwn(engine: Engine, { sinceMs }: LockRequest, { holder, sinceMs: since }: LockHolder): boolean {
  return holder === engine.holder && since === sinceMs;
}

/** The year 2100. */
const MAX_TIME_MS = 4_102_444_800_000;
const UNKNOWN_HOLDER: LockHolder = {
  holder: 'an unknown holder',
  rollId: 'unknown',
  sinceMs: 0,
  renewedAtMs: 0,
  ttlMs: 0,
};

function textSchema(maxLength: number, otherwise: string) {
  return z.catch(z.string().check(z.maxLength(maxLength), z.minLength(1), z.refine(isPrintable)), otherwise);
}

const msSchema = z.catch(z.number().check(z.gte(0), z.lte(MAX_TIME_MS)), 0);
/** A longer one would make a roll wait without end: other programs can write the key. */
const ttlSchema = z.catch(z.number().check(z.gte(0), z.lte(MAX_LOCK_TTL_MS)), MAX_LOCK_TTL_MS);

/** Other programs can write the key, and other builds write other fields: what does not fit is unknown. */
const holderSchema = z.catch(
  z.object({
    holder: textSchema(400, UNKNOWN_HOLDER.holder),
    rollId: textSchema(64, UNKNOWN_HOLDER.rollId),
    sinceMs: msSchema,
    renewedAtMs: msSchema,
    ttlMs: ttlSchema,
  }),
  UNKNOWN_HOLDER,
);

/** Any value is a lock, even one that cannot be parsed. */
function parseHolder(value: string | undefined): LockHolder {
  try {
    return holderSchema.parse(JSON.parse(value ?? ''));
  } catch {
    return UNKNOWN_HOLDER;
  }
}

function lockedError({ cluster, rollId, command }: LockRequest, holder = UNKNOWN_HOLDER): RollError {
  const since = holder.sinceMs === 0 ? '' : ` since ${new Date(holder.sinceMs).toISOString()}`;
  const isSameRoll = holder.rollId === rollId;
  return new RollError({
    code: 'locked',
    message: isSameRoll
      ? `Roll ${rollId} of cluster ${cluster} is run by another process, ${holder.holder}${since}.`
      : `Cluster ${cluster} is locked by another roll: ${holder.holder} runs roll ${holder.rollId}${since}.`,
    kind: 'locked',
    next: `watch that roll: consul-roll status ${formatFlag('cluster', cluster)} --watch; to make it stop: consul-roll pause ${formatFlag('cluster', cluster)}; only if its process has exited: ${command} --force-unlock`,
  });
}
