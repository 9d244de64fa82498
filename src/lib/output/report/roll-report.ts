import type { Outcome } from '../../model/outcome.js';
import type { KnownQuorumMargin } from '../../model/raft.js';
import type { Side } from '../../model/server.js';
import type { DocumentOf, EventDocument, EventKind } from '../events/schema.js';
import type { ServerDocument, StateDocument } from '../json/parts.js';
import type { Bar } from '../server-states.js';
import { formatDateTime } from '../text/format.js';
import { parseInstant, type RecordedRun } from './runs.js';
import { buildServerTimelines } from './server-timelines.js';

/** A roll told from its start to its end, as a report shows it. Times are epoch milliseconds. */
export interface RollReport {
  /** Undefined where it ended before it had one. */
  readonly rollId: string | undefined;
  readonly cluster: string;
  readonly from: ReportImage;
  readonly to: ReportImage;
  /** Consul versions that ran at the start. */
  readonly consul: readonly string[];
  /** Servers the cluster has, and shall have again. */
  readonly size: number | undefined;
  /** When somebody watched: one stretch a process that rolled. Between two of them nobody knows. */
  readonly runs: readonly TimeSpan[];
  /** Every server that was seen, those of the old side first, oldest first. */
  readonly servers: readonly ServerTimeline[];
  /** The budget is undefined while no server led undisputedly, and so is its health while a leader had yet to judge. */
  readonly voters: readonly (TimeSpan & { readonly budget: KnownQuorumMargin | undefined })[];
  /** Who led; undefined while no server led undisputedly. */
  readonly leaders: readonly (TimeSpan & { readonly instanceId: string | undefined })[];
  readonly phases: readonly (TimeSpan & { readonly name: string })[];
  readonly entries: readonly TimelineEntry[];
  /** What went wrong beside the roll, in order. */
  readonly warnings: readonly string[];
  readonly leaderChanges: number;
  /** Undefined while nobody has said how it ended: the process was killed, or rolls on. */
  readonly end: ReportEnd | undefined;
  readonly writes: WriteOutage | undefined;
  /** What is wrong with the record itself, a sentence each. */
  readonly problems: readonly string[];
}

/** An image by its id and its name, as far as they are known. */
export interface ReportImage {
  readonly id: string | undefined;
  readonly name: string | undefined;
}

/** From one moment until just before another. */
export interface TimeSpan {
  readonly fromMs: number;
  readonly toMs: number;
}

export interface ServerTimeline {
  readonly instanceId: string;
  readonly side: Side;
  readonly address: string | undefined;
  readonly zone: string;
  readonly imageId: string;
  /** In order; where there is a hole, nobody looked, and after the last it was gone. */
  readonly spans: readonly (TimeSpan & { readonly state: Bar; readonly words: string })[];
  /** When it was first missed after it had been seen; undefined for those that are there at the end. */
  readonly goneAtMs: number | undefined;
}

/** What a moment is about, for whoever looks for something. */
export type TimelineEntryKind = 'roll' | 'step' | 'wait' | 'server' | 'trouble';

/** One line of what happened. */
export interface TimelineEntry {
  readonly atMs: number;
  readonly kind: TimelineEntryKind;
  readonly phase: string;
  readonly what: string;
  readonly why: string;
  /** Of a step that was done. */
  readonly tookMs?: number | undefined;
}

/** How it ended. */
export interface ReportEnd {
  readonly outcome: Outcome | 'error';
  readonly exitCode: number;
  /** One sentence, with the reason where it did not go well. */
  readonly happened: string;
  /** What the cluster is now. */
  readonly now: string;
  /** Path of the snapshot taken before the first change. */
  readonly snapshot: string | undefined;
  /** Remedies, then the next safe command. */
  readonly next: readonly string[];
}

/** What became of writes that went on all the while. */
export interface WriteOutage {
  readonly acknowledged: number;
  readonly failed: number;
  /** Acknowledged, and not there at the end. */
  readonly lost: number;
  readonly longestGap: TimeSpan;
}

/**
 * One roll's story from the events of its runs.
 *
 * @param runs of one roll, at least one, in order
 * @param flaws what is wrong with the record they come from
 */
export function buildRollReport(runs: readonly RecordedRun[], flaws: readonly string[]): RollReport {
  const documents = runs.flatMap((run) => run.documents);
  const looks = runs.flatMap(listObservedSpans);
  const started = documents.find((document) => document.kind === 'started');
  const ended = runs.at(-1)?.documents.findLast((document) => document.kind === 'ended');
  return {
    rollId: runs[0]?.rollId,
    cluster: documents.find(({ cluster }) => cluster !== null)?.cluster ?? 'the cluster',
    from: { id: started?.from.image ?? undefined, name: started?.from.name ?? undefined },
    to: { id: started?.to.image, name: started?.to.name ?? undefined },
    consul: started?.from.consul ?? [],
    size: started?.size,
    runs: runs.map(({ fromMs, toMs }) => ({ fromMs, toMs })),
    servers: buildServerTimelines(looks),
    voters: mergeSpans(
      looks.map(({ fromMs, toMs, state }) => ({ fromMs, toMs, budget: toQuorumMargin(state) })),
      (one, other) => isSameMargin(one.budget, other.budget),
    ),
    leaders: mergeSpans(
      looks.map(({ fromMs, toMs, state }) => ({ fromMs, toMs, instanceId: state.leader ?? undefined })),
      (one, other) => one.instanceId === other.instanceId,
    ),
    phases: runs.flatMap(listPhaseSpans),
    entries: runs.flatMap(listTimelineEntries),
    warnings: documents.flatMap((document) => findWarning(document) ?? []),
    leaderChanges: filterByKind(documents, 'leader-changed').length,
    end: ended && buildReportEnd(ended, documents),
    writes: buildWriteOutage(filterByKind(documents, 'ended')),
    problems: [...flaws, ...listMissingParts(runs, started)],
  };
}

function filterByKind<K extends EventKind>(
  documents: readonly EventDocument[],
  kind: K,
): readonly DocumentOf<K>[] {
  return documents.filter((document): document is DocumentOf<K> => document.kind === kind);
}

function toQuorumMargin({ voters, healthy, quorum, margin }: StateDocument): KnownQuorumMargin | undefined {
  if (voters === null || quorum === null) return undefined;
  return { voters, quorum, healthy: healthy ?? undefined, margin: margin ?? undefined };
}

function isSameMargin(one: KnownQuorumMargin | undefined, other: KnownQuorumMargin | undefined): boolean {
  return one?.voters === other?.voters && one?.healthy === other?.healthy;
}

/** The phases of one run: every event says in which it happened. */
function listPhaseSpans({ documents, toMs }: RecordedRun): readonly (TimeSpan & { readonly name: string })[] {
  const spans = documents.map(({ at, phase }, index) => {
    const next = documents[index + 1];
    return { fromMs: parseInstant(at), toMs: next === undefined ? toMs : parseInstant(next.at), name: phase };
  });
  return mergeSpans(spans, (one, other) => one.name === other.name);
}

function buildReportEnd(ended: DocumentOf<'ended'>, documents: readonly EventDocument[]): ReportEnd {
  const { outcome, exitCode, text, now, next } = ended;
  const looked = filterByKind(documents, 'observed').findLast((document) => document.snapshot !== null);
  const snapshot = ended.snapshot?.path ?? looked?.snapshot?.path;
  return { outcome, exitCode, happened: text, now, next, snapshot };
}

/** What went wrong beside the roll and did not stop it. */
function findWarning(document: EventDocument): string | undefined {
  if (document.kind === 'warning') return document.message;
  const warns = document.kind === 'hook' && document.state === 'failed' && document.onFailure === 'warn';
  return warns ? document.text : undefined;
}

/** The writes of the last run that measured them. */
function buildWriteOutage(ends: readonly DocumentOf<'ended'>[]): WriteOutage | undefined {
  const writes = ends.findLast((ended) => ended.writes !== null)?.writes;
  if (writes === null || writes === undefined) return undefined;
  const { acknowledged, failed, lost, longestGapMs, longestGapAt } = writes;
  const fromMs = parseInstant(longestGapAt);
  return { acknowledged, failed, lost, longestGap: { fromMs, toMs: fromMs + longestGapMs } };
}

/** What a reader would miss: the beginning, and the ends of runs that were killed. */
function listMissingParts(
  runs: readonly RecordedRun[],
  started: DocumentOf<'started'> | undefined,
): string[] {
  const begun =
    started?.resumed === true
      ? [
          `This record begins in the middle: the roll was begun at ${formatDateTime(parseInstant(started.begunAt))} by a run whose events are not in it.`,
        ]
      : [];
  const killed = runs.flatMap(({ documents, fromMs }, index) => {
    if (documents.at(-1)?.kind === 'ended') return [];
    const fate = index < runs.length - 1 ? 'its process was killed' : 'its process was killed, or still runs';
    return [`The run of ${formatDateTime(fromMs)} has no end in this record: ${fate}.`];
  });
  return [...begun, ...killed];
}

/** What one look saw, and for how long that is all that is known. */
export interface ObservedSpan extends TimeSpan {
  readonly state: StateDocument;
  readonly servers: readonly ServerDocument[];
}

/** The looks of a run, each lasting until the next one, the last until the end of the run. */
export function listObservedSpans(run: RecordedRun): readonly ObservedSpan[] {
  const seen = run.documents.filter(hasObservation);
  return seen.map(({ at, state, servers }, index) => {
    const next = seen[index + 1];
    return {
      state,
      servers,
      fromMs: parseInstant(at),
      toMs: next === undefined ? run.toMs : parseInstant(next.at),
    };
  });
}

type ObservationDocument = DocumentOf<'observed'> | (DocumentOf<'ended'> & { readonly state: StateDocument });

function hasObservation(document: EventDocument): document is ObservationDocument {
  return document.kind === 'observed' || (document.kind === 'ended' && document.state !== null);
}

/** Stretches that touch and are the same, as one. */
export function mergeSpans<S extends TimeSpan>(
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
  'step-refused': 'trouble',
  'step-failed': 'trouble',
  'observation-failed': 'trouble',
  'lock-held': 'trouble',
  hook: 'step',
  warning: 'trouble',
};

/**
 * Every event of one run as one line, but for its phases, which every line names. A step's reason stands apart, and that it is done with it where it began: the
 * two are one thing to whoever reads.
 */
export function listTimelineEntries({ documents }: Pick<RecordedRun, 'documents'>): readonly TimelineEntry[] {
  const done = new Map(documents.flatMap((one) => (one.kind === 'step-done' ? [[one.stepNumber, one]] : [])));
  const begun = new Set(documents.flatMap((one) => (one.kind === 'step-started' ? [one.stepNumber] : [])));
  return documents
    .filter((one) => one.kind !== 'phase' && (one.kind !== 'step-done' || !begun.has(one.stepNumber)))
    .map((document) => {
      const about = { atMs: parseInstant(document.at), kind: getEntryKind(document), phase: document.phase };
      if (document.kind !== 'step-started') return { ...about, what: document.text, why: '' };
      const { what, why } = document.step;
      return { ...about, what, why, tookMs: done.get(document.stepNumber)?.elapsedMs ?? undefined };
    });
}

function getEntryKind(document: EventDocument): TimelineEntryKind {
  const failed = document.kind === 'hook' && document.state === 'failed';
  return failed ? 'trouble' : ENTRY_KINDS[document.kind];
}
