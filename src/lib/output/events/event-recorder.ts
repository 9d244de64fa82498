import type { RollEvent } from '../../model/events.js';
import type { Knowledge } from '../../model/memory.js';
import { formatInstant } from '../json/build-parts.js';
import type { TimeSpent } from '../json/parts.js';
import { applyEvent, type Progress, type RollPhase, startProgress } from '../progress.js';
import { describeTimeSpent } from '../text/waits.js';
import { buildTimeSpanFields, TimeJournal } from '../time-spent.js';
import type { View } from '../view.js';
import { buildEventFields, type EventFields, formatEvent, getEventPhase, type RecordedEvent } from './documents.js';
import { buildEndedDocument, type RunEnd } from './ending.js';
import type { FoundServers, RunInfo } from './run-info.js';
import { EVENT_SCHEMA, type EventDocument } from './schema.js';

/** Takes one document after the other. */
export type EventSink = (document: EventDocument) => void;

/** What says the same as before is written again only after this long. */
const REPEAT_INTERVAL_MS = 30_000;

/**
 * Records a run: every event as a document. An observation without news is left out, except one every 30 seconds, so
 * that the record of a long roll stays short.
 */
export class EventRecorder implements View {
  readonly #run: RunInfo;
  readonly #sinks: readonly EventSink[];
  readonly #startedAtMs: number;
  #found: FoundServers = { servers: [], old: undefined };
  #progress: Progress;
  #previous: Knowledge | undefined;
  #number = 0;
  #leaderChanges = 0;
  #rollId: string | undefined;
  #last: { readonly content: string; readonly atMs: number } | undefined;
  #ended = false;
  readonly #time = new TimeJournal();

  constructor(run: RunInfo, readers: readonly EventSink[], nowMs: number) {
    this.#run = run;
    this.#sinks = readers;
    this.#startedAtMs = nowMs;
    this.#progress = startProgress(nowMs);
  }

  /** What was found out before the first event. */
  setFound(found: FoundServers): void {
    this.#found = found;
  }

  handle(event: RollEvent): void {
    const from = getEventPhase(this.#progress);
    this.#writeTime(this.#time.take(event, from));
    this.#progress = applyEvent(this.#progress, event);
    if (event.kind === 'started') this.#rollId = event.intent.rollId;
    if (event.kind === 'leader-changed') this.#leaderChanges += 1;
    if (event.kind === 'ended') return;
    if (event.kind !== 'phase' || getEventPhase(this.#progress) !== from) this.#record(event, from);
    if (event.kind === 'observed') this.#previous = event;
  }

  /** The state of the roll after the last event. */
  get progress(): Progress {
    return this.#progress;
  }

  /** What the roll spent its time on so far. */
  get timeSpent(): readonly TimeSpent[] {
    return this.#time.spans;
  }

  /** The end of the roll is not yet the end of the run: that is for `conclude`. */
  async end(): Promise<void> {}

  /** Writes the last document; once, whatever ends after that. */
  conclude(ending: RunEnd, atMs: number): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#writeTime(this.#time.end(atMs));
    const { text, ...fields } = buildEndedDocument(ending, {
      intent: this.#progress.intent,
      last: this.#previous,
      elapsedMs: atMs - this.#startedAtMs,
      leaderChanges: this.#leaderChanges,
    });
    this.#write(fields, text, atMs);
  }

  #record(event: RecordedEvent, from: ReturnType<typeof getEventPhase>): void {
    const fields = buildEventFields(event, { run: this.#run, found: this.#found, progress: this.#progress, from });
    if (this.#isOld(fields, event)) return;
    this.#write(fields, formatEvent(event, this.#previous), event.atMs);
  }

  #writeTime(span: TimeSpent | undefined): void {
    if (span === undefined) return;
    const fields = { kind: 'time-spent', ...buildTimeSpanFields(span) } as const;
    this.#write(fields, describeTimeSpent(span), span.toMs, span.phase);
  }

  /** True for what says the same as the last that could have, not long ago. */
  #isOld(fields: EventFields, event: RecordedEvent): boolean {
    if (!['observed', 'observation-failed', 'lock-held'].includes(event.kind)) return false;
    const content = JSON.stringify({ ...fields, inARow: undefined });
    const isOld = content === this.#last?.content && event.atMs - this.#last.atMs < REPEAT_INTERVAL_MS;
    if (!isOld) this.#last = { content, atMs: event.atMs };
    return isOld;
  }

  #write(fields: EventFields, text: string, atMs: number, phase: RollPhase = getEventPhase(this.#progress)): void {
    this.#number += 1;
    const document: EventDocument = {
      schema: EVENT_SCHEMA,
      at: formatInstant(atMs),
      number: this.#number,
      cluster: this.#run.cluster,
      rollId: this.#rollId ?? null,
      phase,
      text,
      ...fields,
    };
    for (const reader of this.#sinks) reader(document);
  }
}
