import { setTimeout as sleep } from 'node:timers/promises';
import { createWriterStore, type WriterStore } from './key-values.js';
import { findLostWrites } from './verify.js';
import { type WriteCounts, type WriteError, WriteLog } from './write-log.js';

/** Options of a write load. */
export interface WriterOptions {
  /** Of the load balancer, or of a server: `http://127.20.0.10:8500`. */
  readonly url: string;
  /** From the start of one write to the start of the next; a slow answer delays it, since one is in flight at a time. */
  readonly intervalMs: number;
  /** Keys are `<prefix>/<number>`. A prefix must not have been used before. */
  readonly prefix: string;
  /** Of one request; 10 s when left out, more than the 7 s for which Consul holds a write while it has no leader. */
  readonly timeoutMs?: number;
  /** Limit of the final verification; 60 s when left out. */
  readonly verifyLimitMs?: number;
  /** Epoch milliseconds. */
  readonly clock?: { now(): number };
}

/** The end of a write load. */
export interface WriteReport extends WriteCounts {
  /** Acknowledged writes that are missing at the end or have another value; every one is verified. */
  readonly lost: number;
  readonly lostKeys: readonly string[];
  readonly errors: readonly WriteError[];
}

/** A write load that runs. */
export interface Writer {
  snapshot(): WriteCounts;
  /**
   * Ends the load and verifies every acknowledged key.
   *
   * @throws SandboxError `unverified` when no leader answered within the limit: then it is unknown what is lost.
   */
  stop(): Promise<WriteReport>;
}

const TIMEOUT_MS = 10_000;
const VERIFY_LIMIT_MS = 60_000;

/** Starts to put a new key every `intervalMs`, reading each back. */
export function startWriter(options: WriterOptions): Writer {
  const clock = options.clock ?? { now: () => Date.now() };
  const store = createWriterStore(options.url, options.timeoutMs ?? TIMEOUT_MS);
  const ledger = new WriteLog(clock.now());
  const stopping = new AbortController();
  const ended = writeUntil(stopping.signal, options, { store, ledger, clock });

  return {
    snapshot: () => ledger.counts(clock.now()),
    stop: async () => {
      stopping.abort();
      await ended;
      const counts = ledger.counts(clock.now());
      try {
        const limitMs = options.verifyLimitMs ?? VERIFY_LIMIT_MS;
        const lostKeys = await findLostWrites(store, `${options.prefix}/`, ledger.acknowledged, limitMs);
        return { ...counts, lost: lostKeys.length, lostKeys, errors: ledger.errors };
      } finally {
        await store.close();
      }
    },
  };
}

interface Desk {
  readonly store: WriterStore;
  readonly ledger: WriteLog;
  readonly clock: { now(): number };
}

async function writeUntil(signal: AbortSignal, options: WriterOptions, desk: Desk): Promise<void> {
  for (let number = 1; !signal.aborted; number += 1) {
    const dueMs = desk.clock.now() + options.intervalMs;
    await writeOnce(`${options.prefix}/${number}`, `value-${number}`, desk);
    const pauseMs = Math.max(0, dueMs - desk.clock.now());
    await sleep(pauseMs, undefined, { signal }).catch(() => undefined);
  }
}

async function writeOnce(key: string, value: string, { store, ledger, clock }: Desk): Promise<void> {
  try {
    await store.put(key, value);
  } catch (thrown) {
    ledger.fail(key, messageOf(thrown), clock.now());
    return;
  }
  ledger.acknowledge(key, value, clock.now());
  try {
    const read = await store.get(key);
    if (read !== value) ledger.misread(key, `read back ${JSON.stringify(read)}`, clock.now());
  } catch (thrown) {
    ledger.misread(key, messageOf(thrown), clock.now());
  }
}

function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
