import type { EventDocument } from '../events/schema.js';
import type { Span } from './story.js';

/** The events of one process, in order. */
export interface Run extends Span {
  readonly rollId: string | undefined;
  readonly documents: readonly EventDocument[];
}

/** The runs in a record, by the time they began; one that is there twice counts once. */
export function runsIn(documents: readonly EventDocument[]): readonly Run[] {
  const groups: EventDocument[][] = [];
  for (const document of documents) {
    const last = groups.at(-1);
    const before = last?.at(-1);
    if (last === undefined || before === undefined || document.number <= before.number)
      groups.push([document]);
    else last.push(document);
  }
  const runs = new Map(groups.map(runOf).map((run) => [`${run.rollId} ${run.fromMs}`, run]));
  return [...runs.values()].sort((a, b) => a.fromMs - b.fromMs);
}

function runOf(documents: readonly EventDocument[]): Run {
  const times = documents.map(({ at }) => timeOf(at));
  const rollId = documents.find((document) => document.rollId !== null)?.rollId ?? undefined;
  return { rollId, documents, fromMs: Math.min(...times), toMs: Math.max(...times) };
}

/** The runs of one roll: of the one that is named, or of the last that there is. */
export function runsOfRoll(runs: readonly Run[], rollId: string | undefined): readonly Run[] {
  const wanted = rollId ?? runs.at(-1)?.rollId;
  return wanted === undefined ? runs.slice(-1) : runs.filter((run) => run.rollId === wanted);
}

/** Epoch milliseconds of the time an event has. */
export function timeOf(at: string): number {
  return Date.parse(at);
}
