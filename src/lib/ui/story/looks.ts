import type { DocumentOf, EventDocument, ServerDocument, StateDocument } from '../events/schema.js';
import { type Run, timeOf } from './runs.js';
import type { Span } from './story.js';

/** What one look saw, and for how long that is all that is known. */
export interface Look extends Span {
  readonly state: StateDocument;
  readonly servers: readonly ServerDocument[];
}

/** The looks of a run, each lasting until the next one, the last until the end of the run. */
export function looksOf(run: Run): readonly Look[] {
  const seen = run.documents.filter(saw);
  return seen.map(({ at, state, servers }, index) => {
    const next = seen[index + 1];
    return { state, servers, fromMs: timeOf(at), toMs: next === undefined ? run.toMs : timeOf(next.at) };
  });
}

type Sight = DocumentOf<'looked'> | (DocumentOf<'ended'> & { readonly state: StateDocument });

function saw(document: EventDocument): document is Sight {
  return document.kind === 'looked' || (document.kind === 'ended' && document.state !== null);
}

/** Stretches that touch and are the same, as one. */
export function joined<S extends Span>(
  spans: readonly S[],
  same: (one: S, other: S) => boolean,
): readonly S[] {
  const whole: S[] = [];
  for (const span of spans) {
    const last = whole.at(-1);
    if (last !== undefined && last.toMs === span.fromMs && same(last, span)) {
      whole[whole.length - 1] = { ...last, toMs: span.toMs };
    } else whole.push(span);
  }
  return whole;
}
