import type { DocumentOf, EventDocument } from '../events/schema.js';
import type { ServerDocument, StateDocument } from '../json/parts.js';
import type { RecordedRun, TimeSpan } from './model.js';

/** One observation, and how long it is the latest. */
export interface ObservedSpan extends TimeSpan {
  readonly state: StateDocument;
  readonly servers: readonly ServerDocument[];
}

/** The observations of a run; each lasts until the next, the last until the end of the run. */
export function listObservedSpans(run: RecordedRun): readonly ObservedSpan[] {
  const observed = run.documents.filter(hasObservation);
  return observed.map(({ at, state, servers }, index) => {
    const next = observed[index + 1];
    return { state, servers, fromMs: Date.parse(at), toMs: next === undefined ? run.toMs : Date.parse(next.at) };
  });
}

type ObservationDocument = DocumentOf<'observed'> | (DocumentOf<'ended'> & { readonly state: StateDocument });

function hasObservation(document: EventDocument): document is ObservationDocument {
  return document.kind === 'observed' || (document.kind === 'ended' && document.state !== null);
}

/** Joins spans that touch and are the same. */
export function mergeSpans<S extends TimeSpan>(spans: readonly S[], same: (one: S, other: S) => boolean): readonly S[] {
  const merged: S[] = [];
  for (const span of spans) {
    const last = merged.at(-1);
    if (last !== undefined && last.toMs === span.fromMs && same(last, span)) {
      merged[merged.length - 1] = { ...last, toMs: span.toMs };
    } else merged.push(span);
  }
  return merged;
}
