import type { Engine } from './engine.js';
import { messageOf, RollError } from './errors.js';
import type { Emit, Outcome, RollResult } from './model/event.js';
import type { Intent, Limits } from './model/intent.js';
import type { Status } from './model/plan.js';
import type { Refusal } from './model/refusal.js';
import { hostOf } from './model/server.js';
import { status as look } from './status.js';
import { elapsedOf, endOf } from './watch/end.js';
import { eventsBetween, type Seen } from './watch/events-between.js';
import { Runner } from './watch/runner.js';

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
