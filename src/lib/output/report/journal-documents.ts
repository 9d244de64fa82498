import type { RollEvent } from '../../model/events.js';
import type { Limits } from '../../model/intent.js';
import type { Journal, JournalEntry } from '../../model/journal.js';
import { EMPTY_MEMORY } from '../../model/memory.js';
import type { RollEnd, RollResult } from '../../model/outcome.js';
import type { PastRoll } from '../../model/past-roll.js';
import { EventRecorder } from '../events/event-recorder.js';
import type { EventDocument } from '../events/schema.js';
import { formatCount } from '../text/format.js';
import type { EventRecord } from './runs.js';

/** A journal has no limits of a run, and no report shows them. */
const NO_LIMITS: Limits = {
  healthTimeoutMs: 0,
  drainTimeoutMs: 0,
  leaveTimeoutMs: 0,
  leaderTimeoutMs: 0,
  awsTimeoutMs: 0,
  bakeMs: 0,
  successThreshold: 0,
};

/** A roll that the store of a cluster has, and what its documents need besides. */
interface JournalSource {
  readonly cluster: string;
  readonly journal: Journal;
  readonly past: PastRoll | undefined;
  /** Version of consul-roll. */
  readonly program: string;
  readonly exitCodeOf: (end: RollEnd) => number;
}

/** The journal of a roll as the events that its runs would have written, and what it lacks. */
export function buildJournalRecord(source: JournalSource): EventRecord {
  const { entries } = source.journal;
  const dropped = (entries[0]?.n ?? 1) - 1;
  return {
    documents: splitJournal(entries).flatMap((run) => buildRunDocuments(source, run)),
    problems: [
      'This report is made from the journal in the store of the cluster: steps and waits, without observations of the servers.',
      ...(dropped === 0 ? [] : [`The journal has no room for ${formatCount(dropped, 'earlier event')}.`]),
    ],
  };
}

/** The entries of each run. The start of the first may not be kept. */
function splitJournal(entries: readonly JournalEntry[]): readonly (readonly JournalEntry[])[] {
  const runs: JournalEntry[][] = [];
  for (const entry of entries) {
    const last = runs.at(-1);
    if (last === undefined || entry.kind === 'run') runs.push([entry]);
    else last.push(entry);
  }
  return runs;
}

function buildRunDocuments(source: JournalSource, entries: readonly JournalEntry[]): readonly EventDocument[] {
  const { cluster, journal, past, program, exitCodeOf } = source;
  const { rollId, intent } = journal;
  const documents: EventDocument[] = [];
  const known = { image: past?.from ?? null, consul: intent?.fromVersion === undefined ? [] : [intent.fromVersion] };
  const add = (document: EventDocument) => {
    const isStart = document.kind === 'started';
    documents.push(isStart ? { ...document, rollId, from: { ...document.from, ...known } } : { ...document, rollId });
  };
  const startedAtMs = entries[0] === undefined ? 0 : findStartMs(entries[0]);
  const recorder = new EventRecorder({ program, cluster, limits: NO_LIMITS, intervalMs: 0 }, [add], startedAtMs);
  for (const entry of entries) {
    for (const event of listEvents(entry, intent)) recorder.handle(event);
    if (entry.kind !== 'end') continue;
    const { end } = entry;
    recorder.conclude({ kind: 'result', result: buildResult(entry, intent), exitCode: exitCodeOf(end) }, entry.atMs);
  }
  return documents;
}

function findStartMs(entry: JournalEntry): number {
  return entry.kind === 'step' ? entry.startedAtMs : entry.atMs;
}

function listEvents(entry: JournalEntry, intent: Journal['intent']): readonly RollEvent[] {
  switch (entry.kind) {
    case 'run': {
      const { atMs, resumed } = entry;
      return intent === undefined ? [] : [{ kind: 'started', atMs, intent, resumed }];
    }
    case 'step':
      return listStepEvents(entry);
    case 'refusal': {
      const { atMs, step, reason } = entry;
      return [{ kind: 'step-refused', atMs, step, reason }];
    }
    case 'wait': {
      const { atMs, wait } = entry;
      return [
        { kind: 'phase', atMs, phase: wait.phase },
        { kind: 'waiting', atMs, wait },
      ];
    }
    case 'end':
      return [{ kind: 'ended', atMs: entry.atMs, result: buildResult(entry, intent) }];
  }
}

/** Of a step without an end its process was killed in it, or takes it now. */
function listStepEvents(entry: Extract<JournalEntry, { readonly kind: 'step' }>): readonly RollEvent[] {
  const { step, number, startedAtMs, endedAtMs, error } = entry;
  const begun: readonly RollEvent[] = [
    { kind: 'phase', atMs: startedAtMs, phase: step.phase },
    { kind: 'step-started', atMs: startedAtMs, step, number },
  ];
  if (endedAtMs === undefined) return begun;
  if (error !== undefined) return [...begun, { kind: 'step-failed', atMs: endedAtMs, step, message: error }];
  const elapsedMs = Math.max(0, endedAtMs - startedAtMs);
  return [...begun, { kind: 'step-done', atMs: endedAtMs, step, number, elapsedMs }];
}

function buildResult(entry: Extract<JournalEntry, { readonly kind: 'end' }>, intent: Journal['intent']): RollResult {
  const { end, elapsedMs, leaderChanges } = entry;
  return { ...end, intent, observation: undefined, memory: EMPTY_MEMORY, elapsedMs, leaderChanges };
}
