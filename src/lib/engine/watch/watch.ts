import { messageOf, RollError } from '../../model/errors.js';
import type { EmitEvent } from '../../model/events.js';
import type { Intent, Limits } from '../../model/intent.js';
import type { Observation } from '../../model/observation.js';
import type { RollResult } from '../../model/outcome.js';
import type { ClusterStatus, LockHolder } from '../../model/plan.js';
import { parseHost } from '../../model/server.js';
import type { Engine } from '../engine.js';
import { findPauseRequest } from '../plan/fold.js';
import { readStatus as look } from '../status.js';
import { buildEventsBetween, type WatchSnapshot } from './watch-events.js';

/** What is watched, and how. */
export interface WatchOptions {
  readonly cluster: string;
  readonly group: string | undefined;
  readonly limits: Limits;
  /** Pause between two looks, in milliseconds. */
  readonly intervalMs: number;
}

/** What the watcher is told besides the events of the roll. */
export interface WatchListener {
  readonly emit: EmitEvent;
  readonly signal: AbortSignal;
  /** No roll is going on yet; told once, with what there is. */
  readonly onIdle: (seen: ClusterStatus) => void;
  /** There is a roll; awaited once, before the first event of it is told. */
  readonly onFound?: (seen: ClusterStatus & { readonly intent: Intent }) => Promise<void>;
}

/**
 * Follows a roll that somebody else runs, from wherever that may be: waits until there is one, tells what it does, and
 * ends with it. Changes nothing.
 *
 * @returns how it ended; where nobody runs it any more, `interrupted` when it was seen to be paused, else `stopped`;
 *   undefined when the watcher went away
 * @throws RollError when the cluster is not found, or cannot be looked at for longer than AWS is waited for
 */
export async function followRoll(
  engine: Engine,
  options: WatchOptions,
  { emit, signal, onIdle: idle, onFound: found }: WatchListener,
): Promise<RollResult | undefined> {
  const runner = new RunnerTracker();
  const looks = new StatusReader(engine, options, emit);
  let before: WatchSnapshot | undefined;
  while (!signal.aborted) {
    const status = await looks.read();
    if (status !== undefined) {
      const { intent } = status;
      if (intent !== undefined && before?.status.intent === undefined) await found?.({ ...status, intent });
      const { events, seen } = buildEventsBetween(before, status, options.limits);
      for (const event of events) emit(event);
      runner.update(status);
      const result = findResult(before, seen, { runner, statusReader: looks, limits: options.limits });
      if (result !== undefined) {
        emit({ kind: 'ended', atMs: status.observation.atMs, result });
        return result;
      }
      if (before === undefined && status.intent === undefined) idle(status);
      before = seen;
    }
    await engine.clock.sleep(options.intervalMs, signal);
  }
  return undefined;
}

interface WatchContext {
  readonly runner: RunnerTracker;
  readonly statusReader: StatusReader;
  readonly limits: Limits;
}

/** How the roll ended, once it has. */
function findResult(
  before: WatchSnapshot | undefined,
  seen: WatchSnapshot,
  { runner, statusReader: looks, limits }: WatchContext,
): RollResult | undefined {
  const was = before?.status.intent;
  const { intent, observation } = seen.status;
  if (was !== undefined && was.rollId !== intent?.rollId) return buildResult(was, seen);
  if (intent === undefined) return undefined;
  const nowMs = observation.atMs;
  const elapsedMs = computeElapsed(intent, seen);
  const summary = { intent, observation, memory: seen.memory, elapsedMs, leaderChanges: seen.leaderChanges };
  if (looks.leaderlessMs(nowMs) > limits.leaderTimeoutMs)
    return { ...summary, outcome: 'quorum-at-risk', reason: undefined, changed: 'cluster' };
  if (!runner.isGone(nowMs)) return undefined;
  const released = seen.status.lock === undefined;
  if (released && seen.runner?.pausedBy !== undefined)
    return { ...summary, outcome: 'interrupted', changed: 'cluster' };
  return {
    ...summary,
    outcome: 'stopped',
    reason: { kind: 'runner-gone', released },
    changed: 'cluster',
  };
}

/** The looks, those that fail taken again. */
class StatusReader {
  readonly #engine: Engine;
  readonly #options: WatchOptions;
  readonly #emit: EmitEvent;
  #succeededAtMs: number | undefined;
  #ledAtMs: number | undefined;
  #failed = 0;
  #stabilizationMs: number | undefined;

  constructor(engine: Engine, options: WatchOptions, emit: EmitEvent) {
    this.#engine = engine;
    this.#options = options;
    this.#emit = emit;
  }

  /** @returns undefined when it failed */
  async read(): Promise<ClusterStatus | undefined> {
    try {
      const seen = await look(this.#engine, this.#options);
      this.#failed = 0;
      await this.#askStabilization(seen);
      this.#succeededAtMs = seen.observation.atMs;
      if (seen.observation.raft !== undefined || this.#ledAtMs === undefined)
        this.#ledAtMs = seen.observation.atMs;
      return addStabilization(seen, this.#stabilizationMs);
    } catch (error) {
      const nowMs = this.#engine.clock.now();
      const forMs = nowMs - (this.#succeededAtMs ?? 0);
      if (!(error instanceof RollError) || forMs > this.#options.limits.awsTimeoutMs) throw error;
      this.#failed += 1;
      this.#emit({
        kind: 'observation-failed',
        atMs: nowMs,
        message: messageOf(error),
        inARow: this.#failed,
      });
      return undefined;
    }
  }

  /** Asked once there is a roll and a leader; nobody changes that amid a roll. */
  async #askStabilization({ intent, observation: { raft } }: ClusterStatus): Promise<void> {
    if (this.#stabilizationMs !== undefined || intent === undefined || raft === undefined) return;
    const settings = await this.#engine.consul.readAutopilot(parseHost(raft.leader));
    this.#stabilizationMs = settings?.serverStabilizationMs;
  }

  /** Since when no leader was seen that all agree on. */
  leaderlessMs(nowMs: number): number {
    return nowMs - (this.#ledAtMs ?? nowMs);
  }
}

function addStabilization(seen: ClusterStatus, stabilizationMs: number | undefined): ClusterStatus {
  return { ...seen, memory: { ...seen.memory, stabilizationMs } };
}

/** How a roll ended that is recorded no more; by what the servers run, for it may have turned back unseen. */
export function buildResult(intent: Intent, seen: WatchSnapshot): RollResult {
  const { status, rollbackReason: turnedBack, leaderChanges } = seen;
  const { observation } = status;
  const rolled = isRolled(intent, observation);
  return {
    ...(rolled ? { outcome: 'rolled' } : { outcome: 'rolled-back', reason: turnedBack }),
    intent,
    observation: rolled ? relabelAsNew(observation) : observation,
    memory: seen.memory,
    elapsedMs: computeElapsed(intent, seen),
    leaderChanges,
  };
}

/** How long the run took that was watched, as it would say itself: a roll may have been begun long before. */
export function computeElapsed({ startedAtMs }: Intent, { status, runner: run }: WatchSnapshot): number {
  return Math.max(0, status.observation.atMs - (run?.sinceMs ?? startedAtMs));
}

/** Whether every server there is runs the image of a roll that is over. */
export function isRolled({ imageId }: Intent, { servers }: Observation): boolean {
  return servers.every((server) => server.imageId === imageId);
}

/** A look at a cluster without a roll knows one side only; to whoever followed the roll it is the new one. */
function relabelAsNew(observation: Observation): Observation {
  const servers = observation.servers.map((server) => ({ ...server, side: 'new' as const }));
  return { ...observation, old: undefined, new: observation.new ?? observation.old, servers };
}

/** One run of the roll that is watched, as far as looks tell of it. */
export interface RunnerState {
  /** The lock of whoever runs it, or did last. */
  readonly lock: LockHolder | undefined;
  /** Epoch milliseconds, by their clock. */
  readonly sinceMs: number;
  /** A pause asked for before this run was first seen: its beginning has lifted that. */
  readonly liftedPause: string | undefined;
  /** Who has asked it to pause since. */
  readonly pausedBy: string | undefined;
}

/** The run of a roll once this look is known; undefined while there was none. */
export function updateRunnerState(
  before: { readonly status: ClusterStatus; readonly runner: RunnerState | undefined } | undefined,
  { observation, intent, lock }: ClusterStatus,
): RunnerState | undefined {
  if (intent === undefined) return before?.runner;
  const pause = findPauseRequest(observation);
  const run = before?.status.intent?.rollId === intent.rollId ? before.runner : undefined;
  if (run !== undefined && (lock === undefined || isSameRun(run.lock, lock))) {
    return { ...run, pausedBy: pause === run.liftedPause ? undefined : pause };
  }
  // The lock is taken as a run begins; whoever was not seen to hold it has begun with the record.
  const sinceMs = lock?.rollId === intent.rollId ? lock.sinceMs : intent.startedAtMs;
  return { lock, sinceMs, liftedPause: pause, pausedBy: undefined };
}

/** The same process holds the lock, and has in between. */
export function isSameRun(before: LockHolder | undefined, now: LockHolder | undefined): boolean {
  return before !== undefined && before.holder === now?.holder && before.sinceMs === now.sinceMs;
}

/** Looks in a row without a lock after which nobody runs the roll: between two holders there may be one. */
const MAX_OBSERVATIONS_WITHOUT_LOCK = 2;

/**
 * Whether somebody runs the roll. A holder is alive while the lock is renewed: that is seen, by this machine's clock
 * alone, so that no two clocks are compared.
 */
export class RunnerTracker {
  #holder: LockHolder | undefined;
  #changedAtMs = 0;
  #without = 0;

  /** Takes a look in. Where no leader can be asked for the lock, nothing is known. */
  update({ observation, lock }: ClusterStatus): void {
    if (observation.raft === undefined) return;
    this.#without = lock === undefined ? this.#without + 1 : 0;
    if (lock === undefined || lock.renewedAtMs === this.#holder?.renewedAtMs) return;
    this.#holder = lock;
    this.#changedAtMs = observation.atMs;
  }

  /** True once it is certain that nobody does. */
  isGone(nowMs: number): boolean {
    if (this.#without >= MAX_OBSERVATIONS_WITHOUT_LOCK) return true;
    if (this.#without > 0 || this.#holder === undefined) return false;
    return nowMs - this.#changedAtMs > this.#holder.ttlMs;
  }
}
