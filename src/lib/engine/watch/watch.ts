import { messageOf, RollError } from '../../model/errors.js';
import type { EmitEvent } from '../../model/events.js';
import type { Intent, Limits } from '../../model/intent.js';
import { buildJournalKey, type Journal } from '../../model/journal.js';
import type { RollResult } from '../../model/outcome.js';
import type { ClusterStatus } from '../../model/plan.js';
import { parseHost } from '../../model/server.js';
import type { Engine } from '../engine.js';
import { parseJournal } from '../run/journal-value.js';
import { readStatus } from '../status.js';
import { RollWatch } from './roll-watch.js';

/** What is watched, and how. */
export interface WatchOptions {
  readonly cluster: string;
  readonly group: string | undefined;
  readonly limits: Limits;
  /** Pause between two observations, in milliseconds. */
  readonly intervalMs: number;
}

/** What the watcher receives besides the events of the roll. */
interface WatchListener {
  readonly emit: EmitEvent;
  readonly signal: AbortSignal;
  /** No roll is in progress yet; called once. */
  readonly onIdle: (status: ClusterStatus) => void;
  /** A roll was found; awaited once, before its first event. */
  readonly onFound?: (status: ClusterStatus & { readonly intent: Intent }) => Promise<void>;
}

/**
 * Follows a roll that another process runs, on any machine: waits for one to begin, emits its events and ends with it.
 * The runner's journal says which steps it takes. Without a journal the events say what the watcher observes itself.
 * Changes nothing.
 *
 * @returns how the roll ended. If its runner is gone and recorded no end: `interrupted` after a request to pause, else
 * `stopped`. Undefined when the signal aborted
 * @throws RollError when the cluster is not found, or cannot be read for longer than `awsTimeoutMs`
 */
export async function followRoll(
  engine: Engine,
  options: WatchOptions,
  { emit, signal, onIdle, onFound }: WatchListener,
): Promise<RollResult | undefined> {
  const reader = new StatusReader(engine, options, emit);
  const watch = new RollWatch(options.limits, emit);
  let isFirst = true;
  while (!signal.aborted) {
    const status = await reader.read();
    if (status !== undefined) {
      const { intent } = status;
      if (intent !== undefined && !watch.isFollowing) await onFound?.({ ...status, intent });
      const journal = intent === undefined && !watch.isFollowing ? undefined : await reader.readJournal(status);
      const result = watch.update(status, journal, reader.stabilizationMs);
      if (result !== undefined) {
        emit({ kind: 'ended', atMs: status.observation.atMs, result });
        return result;
      }
      if (isFirst && intent === undefined) onIdle(status);
      isFirst = false;
    }
    await engine.clock.sleep(options.intervalMs, signal);
  }
  return undefined;
}

/** Reads what a watcher needs; a read that fails is repeated after the interval. */
class StatusReader {
  readonly #engine: Engine;
  readonly #options: WatchOptions;
  readonly #emit: EmitEvent;
  #succeededAtMs: number | undefined;
  #failures = 0;
  #stabilizationMs: number | undefined;

  constructor(engine: Engine, options: WatchOptions, emit: EmitEvent) {
    this.#engine = engine;
    this.#options = options;
    this.#emit = emit;
  }

  /** How long Consul watches a new server before it lets it vote. */
  get stabilizationMs(): number | undefined {
    return this.#stabilizationMs;
  }

  /** @returns undefined when it failed */
  async read(): Promise<ClusterStatus | undefined> {
    try {
      const status = await readStatus(this.#engine, this.#options);
      await this.#readStabilization(status);
      this.#failures = 0;
      this.#succeededAtMs = status.observation.atMs;
      return status;
    } catch (error) {
      const nowMs = this.#engine.clock.now();
      const forMs = nowMs - (this.#succeededAtMs ?? 0);
      if (!(error instanceof RollError) || forMs > this.#options.limits.awsTimeoutMs) throw error;
      this.#failures += 1;
      this.#emit({ kind: 'observation-failed', atMs: nowMs, message: messageOf(error), inARow: this.#failures });
      return undefined;
    }
  }

  /** The journal is a convenience: without it, the watcher uses observations only. */
  async readJournal({ observation: { raft } }: ClusterStatus): Promise<Journal | undefined> {
    if (raft === undefined) return undefined;
    const key = buildJournalKey(this.#options.cluster);
    try {
      return parseJournal((await this.#engine.consul.readKey(parseHost(raft.leader), key)).value);
    } catch {
      return undefined;
    }
  }

  /** Read once, from the first leader: it does not change during a roll. */
  async #readStabilization({ intent, observation: { raft } }: ClusterStatus): Promise<void> {
    if (this.#stabilizationMs !== undefined || intent === undefined || raft === undefined) return;
    const settings = await this.#engine.consul.readAutopilot(parseHost(raft.leader));
    this.#stabilizationMs = settings?.serverStabilizationMs;
  }
}
