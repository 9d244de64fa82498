import type { RollEvent } from '../../model/event.js';
import type { Survey } from '../../model/survey.js';
import { advanced, type Progress, progressAt } from '../progress.js';
import type { View } from '../view.js';
import { fieldsOf, type OwnFields, phaseOf, type RecordedEvent, timeOf } from './document.js';
import { type Ending, endedDocument } from './ending.js';
import { type Route, type RunFacts, UNKNOWN_ROUTE } from './run-facts.js';
import type { EventDocument } from './schema.js';
import { EVENT_SCHEMA } from './version.js';
import { wordsOf } from './words.js';

/** Takes one document after the other. */
export type Reader = (document: EventDocument) => void;

/** What says the same as before is written again only after this long. */
const QUIET_MS = 30_000;

/**
 * Writes a run down: every event as a document, for whoever reads it elsewhere or later. Looks that saw nothing new
 * are left out but for one in half a minute, so that the story of a long roll stays short.
 */
export class Chronicle implements View {
  readonly #run: RunFacts;
  readonly #readers: readonly Reader[];
  readonly #startedAtMs: number;
  #route = UNKNOWN_ROUTE;
  #progress: Progress;
  #before: Survey | undefined;
  #number = 0;
  #leaderChanges = 0;
  #rollId: string | undefined;
  #last: { readonly content: string; readonly atMs: number } | undefined;
  #ended = false;

  constructor(run: RunFacts, readers: readonly Reader[], nowMs: number) {
    this.#run = run;
    this.#readers = readers;
    this.#startedAtMs = nowMs;
    this.#progress = progressAt(nowMs);
  }

  /** What was found out before the first event. */
  learn(route: Route): void {
    this.#route = route;
  }

  handle(event: RollEvent): void {
    const from = phaseOf(this.#progress);
    this.#progress = advanced(this.#progress, event);
    if (event.kind === 'started') this.#rollId = event.intent.rollId;
    if (event.kind === 'leader-changed') this.#leaderChanges += 1;
    if (event.kind === 'ended') return;
    if (event.kind !== 'phase' || phaseOf(this.#progress) !== from) this.#record(event, from);
    if (event.kind === 'looked') this.#before = event.survey;
  }

  /** What went wrong beside the roll until now, in order. */
  get warnings(): readonly string[] {
    return this.#progress.warnings;
  }

  /** The end of the roll is not yet the end of the run: that is for `conclude`. */
  async end(): Promise<void> {}

  /** Writes the last document; once, whatever ends after that. */
  conclude(ending: Ending, atMs: number): void {
    if (this.#ended) return;
    this.#ended = true;
    const { text, ...fields } = endedDocument(ending, {
      intent: this.#progress.intent,
      survey: this.#before,
      elapsedMs: atMs - this.#startedAtMs,
      leaderChanges: this.#leaderChanges,
    });
    this.#write(fields, text, atMs);
  }

  #record(event: RecordedEvent, from: ReturnType<typeof phaseOf>): void {
    const fields = fieldsOf(event, {
      run: this.#run,
      route: this.#route,
      progress: this.#progress,
      from,
    });
    if (this.#isOld(fields, event)) return;
    this.#write(fields, wordsOf(event, this.#before), event.atMs);
  }

  /** True for what says the same as the last that could have, not long ago. */
  #isOld(fields: OwnFields, event: RecordedEvent): boolean {
    if (!['looked', 'look-failed', 'lock-held'].includes(event.kind)) return false;
    const content = JSON.stringify({ ...fields, inARow: undefined });
    const isOld = content === this.#last?.content && event.atMs - this.#last.atMs < QUIET_MS;
    if (!isOld) this.#last = { content, atMs: event.atMs };
    return isOld;
  }

  #write(fields: OwnFields, text: string, atMs: number): void {
    this.#number += 1;
    const document: EventDocument = {
      schema: EVENT_SCHEMA,
      at: timeOf(atMs),
      number: this.#number,
      cluster: this.#run.cluster,
      rollId: this.#rollId ?? null,
      phase: phaseOf(this.#progress),
      text,
      ...fields,
    };
    for (const reader of this.#readers) reader(document);
  }
}
