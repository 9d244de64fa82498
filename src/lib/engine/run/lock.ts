import { RollError } from '../../model/errors.js';
import { buildLockKey } from '../../model/intent.js';
import type { LockHolder } from '../../model/plan.js';
import type { Engine } from '../engine.js';

/**
 * One roll a cluster. The lock is a key in the cluster's own store, taken and renewed by check-and-set, so it
 * survives the loss of any server. It is no session lock: a session dies with the node it was made through, and
 * the nodes of a roll are about to leave. It expires when it has not been renewed for `ttlMs`, which a contender
 * finds out by watching it for that long: no two clocks are ever compared.
 */
export interface Lock {
  /**
   * Asks the leader at `host` whether it is still ours, and renews it where a quarter of its time is over. Throws
   * when it cannot be told.
   */
  renew(host: string): Promise<boolean>;
  /** Gives it back; an error is swallowed, for it expires by itself. */
  release(host: string | undefined): Promise<void>;
}

/** How the lock is taken. */
export interface LockRequest {
  readonly cluster: string;
  readonly rollId: string;
  /** When this run first asked for it: with the holder's name, what tells its lock from any other. */
  readonly sinceMs: number;
  /** Address of the leader. */
  readonly host: string;
  /** Unrenewed for this long, it is free. */
  readonly ttlMs: number;
  /** Pause between two looks at somebody else's lock. */
  readonly intervalMs: number;
  readonly signal: AbortSignal;
  /** Take it from whoever holds it. */
  readonly force: boolean;
  /** Told once, when somebody else holds it and it is watched whether they still renew it. */
  readonly onHeld: (holder: LockHolder) => void;
}

/** How often it is renewed in the time after which it would expire. */
const RENEWALS = 4;

/**
 * Takes the cluster's lock, from a dead holder too.
 *
 * @throws RollError `locked`, exit 7, that names the holder and since when
 */
export async function acquireLock(engine: Engine, request: LockRequest): Promise<Lock> {
  const { cluster, host, ttlMs } = request;
  const key = buildLockKey(cluster);
  const freeAt = await waitUntilFree(engine, request);
  let renewedAtMs = engine.clock.now();
  /** The index at which it was last seen to be ours. */
  let ownedAt: number | undefined;
  /** What it last wrote. */
  let written: string | undefined;
  /** Writes it anew, if nobody has since it had this index. */
  const write = async (leader: string, index: number): Promise<boolean> => {
    const atMs = engine.clock.now();
    written = JSON.stringify(buildHolder(engine, request));
    const isSet = await engine.consul.compareAndSet(leader, key, written, index);
    if (isSet) renewedAtMs = atMs;
    return isSet;
  };
  /** The index it has now; undefined where it is somebody else's. */
  const ownIndex = async (leader: string): Promise<number | undefined> => {
    const { value, modifyIndex } = await engine.consul.readKey(leader, key);
    if (modifyIndex === ownedAt) return ownedAt;
    if (value !== written && !isOwn(engine, request, parseHolder(value ?? ''))) return undefined;
    ownedAt = modifyIndex;
    return ownedAt;
  };
  if (!(await write(host, freeAt))) throw lockedError(cluster, await readLock(engine, cluster, host));

  return {
    async renew(leader) {
      const index = await ownIndex(leader);
      if (index === undefined) return false;
      const isFresh = engine.clock.now() - renewedAtMs < ttlMs / RENEWALS;
      return isFresh || write(leader, index);
    },
    async release(leader) {
      if (leader === undefined) return;
      const index = await ownIndex(leader).catch(() => undefined);
      if (index === undefined) return;
      await engine.consul.compareAndDelete(leader, key, index).catch(() => false);
    },
  };
}

/** Who holds the lock of a cluster; undefined when nobody does. */
export async function readLock(
  engine: Engine,
  cluster: string,
  host: string,
): Promise<LockHolder | undefined> {
  const { value } = await engine.consul.readKey(host, buildLockKey(cluster));
  return value === undefined ? undefined : parseHolder(value);
}

/** The ModifyIndex at which the lock is free: 0 where there is none, or that of one nobody renews any more. */
async function waitUntilFree(engine: Engine, request: LockRequest): Promise<number> {
  const { clock, consul } = engine;
  const { cluster, host, ttlMs, intervalMs, signal } = request;
  const first = await consul.readKey(host, buildLockKey(cluster));
  if (first.modifyIndex === 0 || request.force) return first.modifyIndex;
  const holder = parseHolder(first.value ?? '');
  // An earlier try took it, and the answer was lost.
  if (isOwn(engine, request, holder)) return first.modifyIndex;
  request.onHeld(holder);
  // Its holder may look more seldom than we do.
  const patienceMs = Math.max(ttlMs, holder.ttlMs);
  const startMs = clock.now();
  while (clock.now() - startMs < patienceMs) {
    await clock.sleep(intervalMs, signal);
    if (signal.aborted) throw lockedError(cluster, holder);
    const now = await consul.readKey(host, buildLockKey(cluster));
    if (now.modifyIndex === 0) return 0;
    if (now.modifyIndex !== first.modifyIndex) throw lockedError(cluster, parseHolder(now.value ?? ''));
  }
  return first.modifyIndex;
}

function buildHolder(engine: Engine, { rollId, ttlMs, sinceMs }: LockRequest): LockHolder {
  return { holder: engine.holder, rollId, sinceMs, renewedAtMs: engine.clock.now(), ttlMs };
}

function isOwn(engine: Engine, { sinceMs }: LockRequest, { holder, sinceMs: since }: LockHolder): boolean {
  return holder === engine.holder && since === sinceMs;
}

/** A value that is not ours to read is a holder all the same. */
function parseHolder(value: string): LockHolder {
  try {
    const parsed: unknown = JSON.parse(value);
    if (isHolder(parsed)) return parsed;
  } catch {
    // Falls through: what is not JSON was not written by consul-roll.
  }
  return { holder: 'somebody unknown', rollId: 'unknown', sinceMs: 0, renewedAtMs: 0, ttlMs: 0 };
}

function isHolder(value: unknown): value is LockHolder {
  return (
    typeof value === 'object' &&
    value !== null &&
    'holder' in value &&
    typeof value.holder === 'string' &&
    'rollId' in value &&
    typeof value.rollId === 'string' &&
    'sinceMs' in value &&
    typeof value.sinceMs === 'number' &&
    'renewedAtMs' in value &&
    typeof value.renewedAtMs === 'number' &&
    'ttlMs' in value &&
    typeof value.ttlMs === 'number'
  );
}

function lockedError(cluster: string, holder: LockHolder | undefined): RollError {
  const since = holder === undefined ? '' : ` since ${new Date(holder.sinceMs).toISOString()}`;
  return new RollError({
    code: 'locked',
    message: `${holder?.holder ?? 'Somebody'} is rolling the cluster ${cluster}${since} (roll ${holder?.rollId ?? 'unknown'}).`,
    kind: 'locked',
    next: `watch that roll: consul-roll status --cluster ${cluster} --watch, or have it stop: consul-roll pause --cluster ${cluster}; if its process is dead for certain: --force-unlock`,
  });
}
