import type { KnownQuorumMargin } from '../../model/raft.js';
import type { DocumentOf, EventDocument, EventKind } from '../events/schema.js';
import type { StateDocument } from '../json/parts.js';
import { formatDateTime } from '../text/format.js';
import type { RecordedRun, RollReport, TimelineEntry, TimelineEntryKind, TimeSpan } from './model.js';
import { buildServerTimelines } from './server-timelines.js';
import { listObservedSpans, listTimeSpent, mergeSpans } from './spans.js';

/**
 * Builds the report of one roll from the events of its runs.
 *
 * @param runs of one roll, at least one, in order
 * @param problems what is wrong with the record they come from
 */
export function buildRollReport(runs: readonly RecordedRun[], problems: readonly string[]): RollReport {
  const documents = runs.flatMap((run) => run.documents);
  const observed = runs.flatMap(listObservedSpans);
  const started = documents.find((document) => document.kind === 'started');
  const ended = runs.at(-1)?.documents.findLast((document) => document.kind === 'ended');
  return {
    rollId: runs[0]?.rollId,
    cluster: documents.find(({ cluster }) => cluster !== null)?.cluster ?? 'the cluster',
    started,
    runs: runs.map(({ fromMs, toMs }) => ({ fromMs, toMs })),
    servers: buildServerTimelines(observed),
    voters: mergeSpans(
      observed.map(({ fromMs, toMs, state }) => ({ fromMs, toMs, margin: toQuorumMargin(state) })),
      (one, other) => isSameMargin(one.margin, other.margin),
    ),
    leaders: mergeSpans(
      observed.map(({ fromMs, toMs, state }) => ({ fromMs, toMs, instanceId: state.leader ?? undefined })),
      (one, other) => one.instanceId === other.instanceId,
    ),
    phases: runs.flatMap(listPhaseSpans),
    entries: runs.flatMap(listTimelineEntries),
    time: listTimeSpent(runs),
    warnings: documents.flatMap((document) => findWarning(document) ?? []),
    failures: filterByKind(documents, 'server-failed'),
    leaderChanges: runs.reduce((sum, run) => sum + countLeaderChanges(run), 0),
    end: ended,
    snapshot: documents.flatMap((document) => ('snapshot' in document ? (document.snapshot?.path ?? []) : [])).at(-1),
    writes: filterByKind(documents, 'ended').findLast(({ writes }) => writes !== null)?.writes,
    problems: [...problems, ...listMissingParts(runs, started)],
  };
}

function filterByKind<K extends EventKind>(documents: readonly EventDocument[], kind: K): readonly DocumentOf<K>[] {
  return documents.filter((document): document is DocumentOf<K> => document.kind === kind);
}

/** A journal has the number alone, and a run that was killed the events alone. */
function countLeaderChanges({ documents }: RecordedRun): number {
  const counted = filterByKind(documents, 'ended').at(-1)?.leaderChanges;
  return counted ?? filterByKind(documents, 'leader-changed').length;
}

function toQuorumMargin({ voters, healthy, quorum, margin }: StateDocument): KnownQuorumMargin | undefined {
  if (voters === null || quorum === null) return undefined;
  return { voters, quorum, healthy: healthy ?? undefined, margin: margin ?? undefined };
}

function isSameMargin(one: KnownQuorumMargin | undefined, other: KnownQuorumMargin | undefined): boolean {
  return one?.voters === other?.voters && one?.healthy === other?.healthy;
}

/** The phases of one run; every event names its phase, that of spent time the one before it. */
function listPhaseSpans({ documents: all, toMs }: RecordedRun): readonly (TimeSpan & { readonly name: string })[] {
  const documents = all.filter(({ kind }) => kind !== 'time-spent');
  const spans = documents.map(({ at, phase }, index) => {
    const next = documents[index + 1];
    return { fromMs: Date.parse(at), toMs: next === undefined ? toMs : Date.parse(next.at), name: phase };
  });
  return mergeSpans(spans, (one, other) => one.name === other.name);
}

/** A problem that did not stop the roll. */
function findWarning(document: EventDocument): string | undefined {
  if (document.kind === 'warning') return document.message;
  const warns = document.kind === 'hook' && document.state === 'failed' && document.onFailure === 'warn';
  return warns ? document.text : undefined;
}

/** Says which parts of the roll the record lacks: its beginning, and the ends of killed runs. */
function listMissingParts(runs: readonly RecordedRun[], started: DocumentOf<'started'> | undefined): string[] {
  const begun =
    started?.resumed === true
      ? [
          `This record begins in the middle: a run that is not in it started the roll at ${formatDateTime(Date.parse(started.begunAt))}.`,
        ]
      : [];
  const killed = runs.flatMap(({ documents, fromMs }, index) => {
    if (documents.at(-1)?.kind === 'ended') return [];
    const cause = index < runs.length - 1 ? 'its process was killed' : 'its process was killed, or still runs';
    return [`The run of ${formatDateTime(fromMs)} has no end in this record: ${cause}.`];
  });
  return [...begun, ...killed];
}

const ENTRY_KINDS: Readonly<Record<EventKind, TimelineEntryKind>> = {
  started: 'roll',
  phase: 'roll',
  'pause-requested': 'roll',
  'stop-requested': 'roll',
  ended: 'roll',
  observed: 'server',
  'leader-changed': 'server',
  waiting: 'wait',
  'step-started': 'step',
  'step-done': 'step',
  'step-refused': 'problem',
  'step-failed': 'problem',
  'observation-failed': 'problem',
  'lock-held': 'problem',
  hook: 'step',
  'server-failed': 'problem',
  warning: 'problem',
  'time-spent': 'wait',
};

/**
 * Every event of one run as one row, except its phases, which every row names, and its time, which has a table. The end of a step is told with its start.
 */
function listTimelineEntries({ documents }: Pick<RecordedRun, 'documents'>): readonly TimelineEntry[] {
  const done = new Map(documents.flatMap((one) => (one.kind === 'step-done' ? [[one.stepNumber, one]] : [])));
  const begun = new Set(documents.flatMap((one) => (one.kind === 'step-started' ? [one.stepNumber] : [])));
  return documents
    .filter(({ kind }) => kind !== 'phase' && kind !== 'time-spent')
    .filter((one) => one.kind !== 'step-done' || !begun.has(one.stepNumber))
    .map((document) => {
      const about = { atMs: Date.parse(document.at), kind: getEntryKind(document), phase: document.phase };
      if (document.kind !== 'step-started') return { ...about, what: document.text, why: '' };
      const { what, why } = document.step;
      return { ...about, what, why, tookMs: done.get(document.stepNumber)?.elapsedMs ?? undefined };
    });
}

function getEntryKind(document: EventDocument): TimelineEntryKind {
  const failed = document.kind === 'hook' && document.state === 'failed';
  return failed ? 'problem' : ENTRY_KINDS[document.kind];
}
