import type { RollEvent } from '../../model/events.js';
import type { Limits } from '../../model/intent.js';
import type { Survey } from '../../model/observation.js';
import type { Plan } from '../../model/plan.js';
import { advanced, type Progress, progressAt } from '../progress.js';
import { versionsOf } from '../text/format.js';
import type { View } from '../view.js';
import {
  EVENT_SCHEMA,
  fieldsOf,
  type OwnFields,
  phaseOf,
  type RecordedEvent,
  timeOf,
  wordsOf,
} from './documents.js';
import { type Ending, endedDocument } from './ending.js';
import type { EventDocument } from './schema.js';

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

/** What the events of a run do not say themselves, and is known before it begins. */
export interface RunFacts {
  /** Version of consul-roll. */
  readonly program: string;
  /** As it was asked for. */
  readonly cluster: string;
  readonly limits: Limits;
  /** Between two looks. */
  readonly intervalMs: number;
}

/** What a roll goes from, and the name of what it goes to. */
export interface Route {
  readonly from: {
    readonly image: string | undefined;
    readonly name: string | undefined;
    readonly consul: readonly string[];
  };
  readonly toName: string | undefined;
}

export const UNKNOWN_ROUTE: Route = {
  from: { image: undefined, name: undefined, consul: [] },
  toName: undefined,
};

/**
 * The route of a roll as a look saw it.
 *
 * @param names of images, by id, as far as they are known
 */
export function routeOf(
  { survey, intent }: Pick<Plan, 'survey' | 'intent'>,
  names: ReadonlyMap<string, string>,
): Route {
  const image = oldImageOf(survey);
  const old = survey.servers.filter(({ side }) => side === 'old');
  return {
    from: { image, name: names.get(image ?? ''), consul: versionsOf({ servers: old }) },
    toName: names.get(intent.imageId),
  };
}

/** What a roll goes from; undefined once nothing of it is left. */
export function oldImageOf({ old, servers }: Survey): string | undefined {
  return old?.imageId ?? servers.find(({ side }) => side === 'old')?.imageId;
}
