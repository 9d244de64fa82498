import { setTimeout as delay } from 'node:timers/promises';
import type { RollEvent } from '../../model/events.js';
import type { Intent } from '../../model/intent.js';
import { buildJournalKey, type Journal, type JournalEntry, type JournalRecord } from '../../model/journal.js';
import type { RollEnd, RollResult } from '../../model/outcome.js';
import type { Engine } from '../engine.js';
import {
  formatJournal,
  type JournalHead,
  MAX_JOURNAL_ENTRIES,
  parseJournal,
  parseJournalHead,
} from './journal-value.js';
import { readLock } from './lock.js';

type StepEnd = Extract<RollEvent, { readonly kind: 'step-done' | 'step-failed' }>;

/** How long the end of a run waits for a write in flight. */
const MAX_CLOSE_MS = 2_000;

/**
 * Records the events of a run for `status --watch`. Best effort: no step waits for a write, and the next write contains
 * what a failed one lacked.
 */
export class JournalWriter {
  readonly #engine: Engine;
  readonly #intent: Intent;
  readonly #sinceMs: number;
  readonly #findLeader: () => string | undefined;
  #entries: readonly JournalEntry[] = [];
  /** Includes the entries of earlier runs. */
  #continued = false;
  #unwritten = false;
  #isWriting = false;
  #lastWrite: Promise<void> | undefined;
  /** The key's ModifyIndex before the last write, and what that wrote. */
  #modifyIndex: number | undefined;
  #written: string | undefined;
  /** Another run has taken over the journal. */
  #superseded = false;

  /**
   * @param sinceMs when this run first asked for the lock: with the holder's name, it identifies this run's lock
   * @param findLeader address of the leader while this run holds the lock, else undefined
   */
  constructor(engine: Engine, intent: Intent, sinceMs: number, findLeader: () => string | undefined) {
    this.#engine = engine;
    this.#intent = intent;
    this.#sinceMs = sinceMs;
    this.#findLeader = findLeader;
  }

  /** Takes an event of the run. Never throws. */
  record(event: RollEvent): void {
    if (!this.#add(event)) return;
    this.#unwritten = true;
    this.flush();
  }

  /** Starts to write what is not written yet: events that came before the run held the lock. */
  flush(): void {
    if (this.#unwritten && !this.#isWriting) this.#lastWrite = this.#write();
  }

  /** Waits for a write in flight, for a short time only: the lock is released after it. */
  async close(): Promise<void> {
    if (!this.#isWriting) return;
    const isWritten = new AbortController();
    // A real timer, not the engine's clock: the write takes no time of the roll.
    const limit = delay(MAX_CLOSE_MS, undefined, { signal: isWritten.signal }).catch(() => undefined);
    await Promise.race([this.#lastWrite, limit]);
    isWritten.abort();
  }

  /** False for an event that the journal does not contain. */
  #add(event: RollEvent): boolean {
    switch (event.kind) {
      case 'started':
        return this.#append({
          kind: 'run',
          atMs: event.atMs,
          holder: this.#engine.holder,
          sinceMs: this.#sinceMs,
          resumed: event.resumed,
        });
      case 'step-started':
        return this.#append({ kind: 'step', number: event.number, step: event.step, startedAtMs: event.atMs });
      case 'step-done':
        return this.#endStep(event, undefined);
      case 'step-failed':
        return this.#endStep(event, event.message);
      case 'step-refused':
        return this.#addRefusal(event);
      case 'waiting':
        return this.#append({ kind: 'wait', atMs: event.atMs, wait: event.wait });
      case 'ended':
        return this.#append(buildEnd(event.atMs, event.result));
      default:
        return false;
    }
  }

  #append(record: JournalRecord): true {
    const n = (this.#entries.at(-1)?.n ?? 0) + 1;
    this.#entries = [...this.#entries, { n, ...record }].slice(-MAX_JOURNAL_ENTRIES);
    return true;
  }

  /** The same step is refused again at every observation, until the reason passes: it is written once. */
  #addRefusal({ atMs, step, reason }: Extract<RollEvent, { readonly kind: 'step-refused' }>): boolean {
    const last = this.#entries.at(-1);
    const isRepeated =
      last?.kind === 'refusal' && last.step.action.kind === step.action.kind && last.reason.kind === reason.kind;
    return !isRepeated && this.#append({ kind: 'refusal', atMs, step, reason });
  }

  /**
   * A step that fails because the lock is lost has not started. A part that fails of one to several servers is an entry beside
   * that of what was done, whose servers watchers take to be leaving.
   */
  #endStep({ atMs, step }: StepEnd, error: string | undefined): boolean {
    const last = this.#entries.at(-1);
    if (last?.kind !== 'step') return false;
    const isRest = last.endedAtMs === atMs && last.step.action.kind === 'leave' && step.action.kind === 'leave';
    if (isRest && error !== undefined) {
      const { number, startedAtMs } = last;
      return this.#append({ kind: 'step', number, step, startedAtMs, endedAtMs: atMs, error });
    }
    if (last.endedAtMs !== undefined) return false;
    this.#entries = [...this.#entries.slice(0, -1), { ...last, step, endedAtMs: atMs, error }];
    return true;
  }

  async #write(): Promise<void> {
    this.#isWriting = true;
    try {
      while (this.#unwritten && !this.#superseded) {
        const leader = this.#findLeader();
        if (leader === undefined || !(await this.#writeThrough(leader))) return;
      }
    } catch {
      this.#unwritten = true;
    } finally {
      this.#isWriting = false;
    }
  }

  /** Only over what was just read, so that a late write cannot undo that of a run which has taken the lock over. */
  async #writeThrough(leader: string): Promise<boolean> {
    const { consul, holder } = this.#engine;
    const { cluster, rollId } = this.#intent;
    const key = buildJournalKey(cluster);
    const { value, modifyIndex } = await consul.readKey(leader, key);
    if (!this.#continued) this.#continue(parseJournal(value));
    else if (value !== this.#written && modifyIndex !== this.#modifyIndex) {
      this.#superseded = this.#isOfOtherRun(parseJournalHead(value)) && !(await this.#holdsLock(leader));
    }
    if (this.#superseded || this.#findLeader() !== leader) return false;
    this.#unwritten = false;
    this.#modifyIndex = modifyIndex;
    const [intent, sinceMs, entries] = [this.#intent, this.#sinceMs, this.#entries];
    this.#written = formatJournal({ rollId, holder, sinceMs, intent, entries });
    const isSet = await consul.compareAndSet(leader, key, this.#written, modifyIndex);
    this.#unwritten ||= !isSet;
    return isSet;
  }

  /** Continues the numbering of an earlier run of the roll. */
  #continue(found: Journal | undefined): void {
    this.#continued = true;
    if (found?.rollId !== this.#intent.rollId) return;
    const base = found.entries.at(-1)?.n ?? 0;
    const own = this.#entries.map((entry) => ({ ...entry, n: base + entry.n }));
    this.#entries = [...found.entries, ...own].slice(-MAX_JOURNAL_ENTRIES);
  }

  /** Reads the lock's key: a late write of an earlier run must not stop this run's journal. */
  async #holdsLock(leader: string): Promise<boolean> {
    const lock = await readLock(this.#engine, this.#intent.cluster, leader);
    return lock?.holder === this.#engine.holder && lock.sinceMs === this.#sinceMs;
  }

  /** A value that is not a journal may be overwritten. */
  #isOfOtherRun(found: JournalHead | undefined): boolean {
    const isOwn = found?.holder === this.#engine.holder && found.sinceMs === this.#sinceMs;
    return found !== undefined && !isOwn;
  }
}

function buildEnd(atMs: number, result: RollResult): JournalRecord {
  const { intent: _intent, observation: _observation, memory: _memory, elapsedMs, leaderChanges, ...end } = result;
  return { kind: 'end', atMs, end: withholdHook(end), elapsedMs, leaderChanges };
}

/** A hook's command may contain secrets, and everyone with read access to Consul's keys can read the journal. */
function withholdHook(end: RollEnd): RollEnd {
  if (!('reason' in end) || end.reason?.kind !== 'hook-failed') return end;
  return { ...end, reason: { ...end.reason, run: 'the command is not in the journal', lastLine: '' } };
}
