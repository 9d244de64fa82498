import type { Action } from '../../model/action.js';
import type { EmitEvent, EventPayload } from '../../model/events.js';
import type { Intent } from '../../model/intent.js';
import type { Journal, JournalEntry } from '../../model/journal.js';
import type { StopReason } from '../../model/stop-reason.js';
import { isSameRun, type RunId } from './runner.js';

type EntryOf<K extends JournalEntry['kind']> = Extract<JournalEntry, { readonly kind: K }>;

/** The end of a run, according to its journal. */
export interface RecordedEnd extends Omit<EntryOf<'end'>, 'n' | 'kind' | 'atMs'> {
  /** When the watcher read it, by its own clock. */
  readonly readAtMs: number;
}

/** Emits the entries of a roll's journal as the events that its runner emitted, each once. */
export class JournalReader {
  readonly #emit: EmitEvent;
  /** The run that wrote the journal when it was last read. */
  #writer: RunId | undefined;
  /** `n` of the last entry that was emitted; undefined until a journal was read. */
  #lastEmitted: number | undefined;
  /** `n` of the step that was emitted as started and not yet as ended. */
  #open: number | undefined;
  #run: RunId | undefined;
  #isLate = false;
  /** A run counts its steps from 1; the watcher continues the count when another run takes over. */
  #earlierSteps = 0;
  #number = 0;
  #end: RecordedEnd | undefined;
  #rollbackReason: StopReason | undefined;
  #actions: Action[] = [];

  constructor(emit: EmitEvent) {
    this.#emit = emit;
  }

  /** The end of the last run; undefined while a run is in progress. */
  get end(): RecordedEnd | undefined {
    return this.#end;
  }

  /** Why the roll was rolled back. */
  get rollbackReason(): StopReason | undefined {
    return this.#rollbackReason;
  }

  /** The actions that were emitted as done since the last call. */
  takeActions(): readonly Action[] {
    return this.#actions.splice(0);
  }

  /**
   * Finds where to begin, once there is a journal: at its start for a watcher that has waited for the roll, at the
   * start of the run that holds the lock for one that comes later, and after a run that has ended.
   *
   * @returns true if the start of a run is emitted next
   */
  begin(journal: Journal | undefined, isLate: boolean, lock: RunId | undefined, nowMs: number): boolean {
    this.#isLate = isLate;
    if (journal === undefined || this.#lastEmitted !== undefined) return false;
    const { entries } = journal;
    const last = entries.at(-1);
    const run = entries.findLast(({ kind }) => kind === 'run') ?? entries[0];
    if (!isLate) this.#lastEmitted = 0;
    else if (isSameRun(lock, journal)) this.#lastEmitted = (run?.n ?? 1) - 1;
    else {
      this.#lastEmitted = last?.n ?? 0;
      if (last?.kind === 'end') this.#end = { ...last, readAtMs: nowMs };
    }
    return entries.find(({ n }) => n > (this.#lastEmitted ?? 0))?.kind === 'run';
  }

  /** Notes that the start of a run was emitted, by its lock. */
  setRun(run: RunId | undefined): void {
    this.#run = run;
  }

  /** Emits the new entries. */
  emitEntries(journal: Journal | undefined, intent: Intent, nowMs: number): void {
    if (journal !== undefined) this.#follow(journal);
    for (const entry of journal?.entries ?? []) {
      const last = this.#lastEmitted ?? 0;
      const isOpen = entry.n === this.#open;
      if (entry.n > last || isOpen) this.#emitEntry(entry, isOpen, intent, nowMs);
      this.#lastEmitted = Math.max(last, entry.n);
    }
  }

  /** A run that found no journal numbers its entries from 1 again. */
  #follow(journal: Journal): void {
    const { entries, holder, sinceMs } = journal;
    const isNewRun = this.#writer !== undefined && !isSameRun(this.#writer, journal);
    if (isNewRun && (entries.at(-1)?.n ?? 0) <= (this.#lastEmitted ?? 0)) {
      this.#lastEmitted = (entries.findLast(({ kind }) => kind === 'run')?.n ?? 1) - 1;
      this.#open = undefined;
    }
    this.#writer = { holder, sinceMs };
  }

  #emitEntry(entry: JournalEntry, isOpen: boolean, intent: Intent, nowMs: number): void {
    if (entry.kind === 'run') this.#emitRun(entry, intent, nowMs);
    else if (entry.kind === 'step') this.#emitStep(entry, isOpen, nowMs);
    else if (entry.kind === 'end') this.#end = { ...entry, readAtMs: nowMs };
    else if (entry.kind === 'refusal') {
      const { atMs, step, reason } = entry;
      this.#send({ kind: 'step-refused', step, reason }, atMs, nowMs);
    } else {
      const { atMs, wait } = entry;
      this.#send({ kind: 'phase', phase: wait.phase }, atMs, nowMs);
      this.#send({ kind: 'waiting', wait }, atMs, nowMs);
    }
  }

  #emitRun({ atMs, holder, sinceMs, resumed }: EntryOf<'run'>, intent: Intent, nowMs: number): void {
    this.#end = undefined;
    this.#open = undefined;
    this.#earlierSteps = this.#number;
    if (isSameRun(this.#run, { holder, sinceMs })) return;
    this.#run = { holder, sinceMs };
    const watched = { holder, sinceMs };
    this.#send({ kind: 'started', intent, resumed: resumed || this.#isLate, watched }, atMs, nowMs);
  }

  #emitStep(entry: EntryOf<'step'>, isOpen: boolean, nowMs: number): void {
    const { step, startedAtMs, endedAtMs, error } = entry;
    const number = this.#earlierSteps + entry.number;
    if (!isOpen) {
      this.#number = number;
      this.#send({ kind: 'phase', phase: step.phase }, startedAtMs, nowMs);
      this.#send({ kind: 'step-started', step, number }, startedAtMs, nowMs);
      if (step.action.kind === 'start-rollback') this.#rollbackReason = step.action.reason;
    }
    this.#open = endedAtMs === undefined ? entry.n : undefined;
    if (endedAtMs === undefined) return;
    if (error === undefined) this.#actions.push(step.action);
    const elapsedMs = Math.max(0, endedAtMs - startedAtMs);
    const payload: EventPayload =
      error === undefined
        ? { kind: 'step-done', step, number, elapsedMs }
        : { kind: 'step-failed', step, message: error };
    this.#send(payload, endedAtMs, nowMs);
  }

  /** At the runner's time, whose clock may be ahead of the watcher's. */
  #send(payload: EventPayload, atMs: number, nowMs: number): void {
    this.#emit({ ...payload, atMs: Math.min(atMs, nowMs) });
  }
}
