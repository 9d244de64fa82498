import { messageOf, RollError } from '../../model/errors.js';
import type { Emit, Outcome, RollResult } from '../../model/events.js';
import type { Intent, Limits } from '../../model/intent.js';
import type { Survey } from '../../model/observation.js';
import type { LockHolder, Status } from '../../model/plan.js';
import { hostOf } from '../../model/server.js';
import type { Refusal } from '../../model/stop-reason.js';
import type { Engine } from '../engine.js';
import { pauseAskedIn } from '../plan/fold.js';
import { status as look } from '../status.js';
import { eventsBetween, type Seen } from './watch-events.js';

/** What is watched, and how. */
export interface WatchOrder {
  readonly cluster: string;
  readonly group: string | undefined;
  readonly limits: Limits;
  /** Pause between two looks, in milliseconds. */
  readonly intervalMs: number;
}

/** What the watcher is told besides the events of the roll. */
export interface Watcher {
  readonly emit: Emit;
  readonly signal: AbortSignal;
  /** No roll is going on yet; told once, with what there is. */
  readonly idle: (seen: Status) => void;
  /** There is a roll; awaited once, before the first event of it is told. */
  readonly found?: (seen: Status & { readonly intent: Intent }) => Promise<void>;
}

/**
 * Follows a roll that somebody else runs, from wherever that may be: waits until there is one, tells what it does, and
 * ends with it. Changes nothing.
 *
 * @returns how it ended; where nobody runs it any more, `interrupted` when it was seen to be paused, else `stopped`;
 *   undefined when the watcher went away
 * @throws RollError when the cluster is not found, or cannot be looked at for longer than AWS is waited for
 */
export async function watch(
  engine: Engine,
  order: WatchOrder,
  { emit, signal, idle, found }: Watcher,
): Promise<RollResult | undefined> {
  const runner = new Runner();
  const looks = new Looks(engine, order, emit);
  let before: Seen | undefined;
  while (!signal.aborted) {
    const status = await looks.take();
    if (status !== undefined) {
      const { intent } = status;
      if (intent !== undefined && before?.status.intent === undefined) await found?.({ ...status, intent });
      const { events, seen } = eventsBetween(before, status, order.limits);
      for (const event of events) emit(event);
      runner.see(status);
      const result = resultOf(before, seen, { runner, looks, limits: order.limits });
      if (result !== undefined) {
        emit({ kind: 'ended', atMs: status.survey.atMs, result });
        return result;
      }
      if (before === undefined && status.intent === undefined) idle(status);
      before = seen;
    }
    await engine.clock.sleep(order.intervalMs, signal);
  }
  return undefined;
}

interface Watched {
  readonly runner: Runner;
  readonly looks: Looks;
  readonly limits: Limits;
}

/** How the roll ended, once it has. */
function resultOf(
  before: Seen | undefined,
  seen: Seen,
  { runner, looks, limits }: Watched,
): RollResult | undefined {
  const was = before?.status.intent;
  const { intent, survey } = seen.status;
  if (was !== undefined && was.rollId !== intent?.rollId) return endOf(was, seen);
  if (intent === undefined) return undefined;
  const nowMs = survey.atMs;
  const end = (outcome: Outcome, reason?: Refusal): RollResult => {
    const elapsedMs = elapsedOf(intent, seen);
    return { outcome, intent, reason, survey, elapsedMs, leaderChanges: seen.leaderChanges };
  };
  if (looks.leaderlessMs(nowMs) > limits.leaderTimeoutMs) return end('quorum-at-risk');
  if (!runner.isGone(nowMs)) return undefined;
  const released = seen.status.lock === undefined;
  if (released && seen.run?.pausedBy !== undefined) return end('interrupted');
  return end('stopped', { kind: 'unattended', released });
}

/** The looks, those that fail taken again. */
class Looks {
  readonly #engine: Engine;
  readonly #order: WatchOrder;
  readonly #emit: Emit;
  #succeededAtMs: number | undefined;
  #ledAtMs: number | undefined;
  #failed = 0;
  #stabilizationMs: number | undefined;

  constructor(engine: Engine, order: WatchOrder, emit: Emit) {
    this.#engine = engine;
    this.#order = order;
    this.#emit = emit;
  }

  /** @returns undefined when it failed */
  async take(): Promise<Status | undefined> {
    try {
      const seen = await look(this.#engine, this.#order);
      this.#failed = 0;
      await this.#askStabilization(seen);
      this.#succeededAtMs = seen.survey.atMs;
      if (seen.survey.raft !== undefined || this.#ledAtMs === undefined) this.#ledAtMs = seen.survey.atMs;
      return withStabilization(seen, this.#stabilizationMs);
    } catch (error) {
      const nowMs = this.#engine.clock.now();
      const forMs = nowMs - (this.#succeededAtMs ?? 0);
      if (!(error instanceof RollError) || forMs > this.#order.limits.awsTimeoutMs) throw error;
      this.#failed += 1;
      this.#emit({ kind: 'look-failed', atMs: nowMs, message: messageOf(error), inARow: this.#failed });
      return undefined;
    }
  }

  /** Asked once there is a roll and a leader; nobody changes that amid a roll. */
  async #askStabilization({ intent, survey: { raft } }: Status): Promise<void> {
    if (this.#stabilizationMs !== undefined || intent === undefined || raft === undefined) return;
    const settings = await this.#engine.consul.autopilot(hostOf(raft.leader));
    this.#stabilizationMs = settings?.serverStabilizationMs;
  }

  /** Since when no leader was seen that all agree on. */
  leaderlessMs(nowMs: number): number {
    return nowMs - (this.#ledAtMs ?? nowMs);
  }
}

function withStabilization(seen: Status, stabilizationMs: number | undefined): Status {
  const { survey } = seen;
  return { ...seen, survey: { ...survey, history: { ...survey.history, stabilizationMs } } };
}

/** How a roll ended that is recorded no more; by what the servers run, for it may have turned back unseen. */
export function endOf(intent: Intent, seen: Seen): RollResult {
  const { status, turnedBack, leaderChanges } = seen;
  const { survey } = status;
  const rolled = isRolled(intent, survey);
  return {
    outcome: rolled ? 'rolled' : 'rolled-back',
    intent,
    reason: rolled ? undefined : turnedBack,
    survey: rolled ? asNew(survey) : survey,
    elapsedMs: elapsedOf(intent, seen),
    leaderChanges,
  };
}

/** How long the run took that was watched, as it would say itself: a roll may have been begun long before. */
export function elapsedOf({ startedAtMs }: Intent, { status, run }: Seen): number {
  return Math.max(0, status.survey.atMs - (run?.sinceMs ?? startedAtMs));
}

/** Whether every server there is runs the image of a roll that is over. */
export function isRolled({ imageId }: Intent, { servers }: Survey): boolean {
  return servers.every((server) => server.imageId === imageId);
}

/** A look at a cluster without a roll knows one side only; to whoever followed the roll it is the new one. */
function asNew(survey: Survey): Survey {
  const servers = survey.servers.map((server) => ({ ...server, side: 'new' as const }));
  return { ...survey, old: undefined, new: survey.new ?? survey.old, servers };
}

/** One run of the roll that is watched, as far as looks tell of it. */
export interface Run {
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
export function runWith(
  before: { readonly status: Status; readonly run: Run | undefined } | undefined,
  { survey, intent, lock }: Status,
): Run | undefined {
  if (intent === undefined) return before?.run;
  const pause = pauseAskedIn(survey);
  const run = before?.status.intent?.rollId === intent.rollId ? before.run : undefined;
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
const LOOKS_WITHOUT = 2;

/**
 * Whether somebody runs the roll. A holder is alive while the lock is renewed: that is seen, by this machine's clock
 * alone, so that no two clocks are compared.
 */
export class Runner {
  #holder: LockHolder | undefined;
  #changedAtMs = 0;
  #without = 0;

  /** Takes a look in. Where no leader can be asked for the lock, nothing is known. */
  see({ survey, lock }: Status): void {
    if (survey.raft === undefined) return;
    this.#without = lock === undefined ? this.#without + 1 : 0;
    if (lock === undefined || lock.renewedAtMs === this.#holder?.renewedAtMs) return;
    this.#holder = lock;
    this.#changedAtMs = survey.atMs;
  }

  /** True once it is certain that nobody does. */
  isGone(nowMs: number): boolean {
    if (this.#without >= LOOKS_WITHOUT) return true;
    if (this.#without > 0 || this.#holder === undefined) return false;
    return nowMs - this.#changedAtMs > this.#holder.ttlMs;
  }
}
