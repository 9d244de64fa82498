import type { DocumentOf, EventDocument } from '../events/schema.js';
import type { ServerDocument, StateDocument, TimeSpent } from '../json/parts.js';
import type { RecordedRun, TimeSpan } from './model.js';

/** One observation, and how long it is the latest. */
export interface ObservedSpan extends TimeSpan {
  readonly state: StateDocument;
  readonly servers: readonly ServerDocument[];
}

/** An observation without news is recorded twice a minute, so after this time without one nothing was observed. */
const OBSERVED_FOR_MS = 60_000;

/**
 * The observations of a run; each lasts until the next, the last until the end of the run. None lasts through a time in
 * which nothing was observed: while reads failed, a hook ran, or the machine slept.
 */
export function listObservedSpans(run: RecordedRun): readonly ObservedSpan[] {
  const observed = run.documents.filter(hasObservation);
  const started = run.documents.find((document) => document.kind === 'started');
  const longestMs = Math.max(OBSERVED_FOR_MS, 2 * (started?.limits.intervalMs ?? 0));
  return observed.map(({ at, state, servers }, index) => {
    const fromMs = Date.parse(at);
    const next = observed[index + 1];
    const nextMs = next === undefined ? run.toMs : Date.parse(next.at);
    return { state, servers, fromMs, toMs: nextMs - fromMs > longestMs ? fromMs : nextMs };
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

/**
 * What a roll spent its time on, over all its runs, without gaps: between two runs no process was running, and of a
 * process that was killed the last seconds are not recorded. Empty where an earlier version recorded none.
 *
 * @param runs in order
 */
export function listTimeSpent(runs: readonly RecordedRun[]): readonly TimeSpent[] {
  const spans: TimeSpent[] = [];
  const fill = (use: 'no-process' | 'not-recorded', toMs: number, phase: TimeSpent['phase']) => {
    const fromMs = spans.at(-1)?.toMs ?? toMs;
    if (toMs > fromMs) spans.push({ fromMs, toMs, phase, use, for: null, instanceIds: [] });
  };
  for (const { documents, toMs } of runs) {
    const own = documents.filter((document) => document.kind === 'time-spent').map(toTimeSpent);
    const last = documents.at(-1);
    if (own.length === 0 || last === undefined) continue;
    fill('no-process', own[0]?.fromMs ?? 0, spans.at(-1)?.phase ?? 'preflight');
    spans.push(...own);
    if (last.kind !== 'ended') fill('not-recorded', toMs, last.phase);
  }
  return spans;
}

function toTimeSpent({ from, at, phase, use, for: on, instanceIds }: DocumentOf<'time-spent'>): TimeSpent {
  return { fromMs: Date.parse(from), toMs: Date.parse(at), phase, use, for: on, instanceIds };
}
