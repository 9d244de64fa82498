import type { Outcome } from '../../model/events.js';
import type { KnownBudget } from '../../model/raft.js';
import type { Side } from '../../model/server.js';
import type {
  DocumentOf,
  EventDocument,
  EventKind,
  ServerDocument,
  StateDocument,
} from '../events/schema.js';
import { dateAndTime } from '../text/format.js';
import { type Run, timeOf } from './runs.js';
import { serverStories } from './server-timelines.js';

/** A roll told from its start to its end, as a report shows it. Times are epoch milliseconds. */
export interface Story {
  /** Undefined where it ended before it had one. */
  readonly rollId: string | undefined;
  readonly cluster: string;
  readonly from: Image;
  readonly to: Image;
  /** Consul versions that ran at the start. */
  readonly consul: readonly string[];
  /** Servers the cluster has, and shall have again. */
  readonly size: number | undefined;
  /** When somebody watched: one stretch a process that rolled. Between two of them nobody knows. */
  readonly runs: readonly Span[];
  /** Every server that was seen, those of the old side first, oldest first. */
  readonly servers: readonly ServerStory[];
  /** The budget is undefined while no server led undisputedly, and so is its health while a leader had yet to judge. */
  readonly voters: readonly (Span & { readonly budget: KnownBudget | undefined })[];
  /** Who led; undefined while no server led undisputedly. */
  readonly leaders: readonly (Span & { readonly instanceId: string | undefined })[];
  readonly phases: readonly (Span & { readonly name: string })[];
  readonly moments: readonly Moment[];
  /** What went wrong beside the roll, in order. */
  readonly warnings: readonly string[];
  readonly leaderChanges: number;
  /** Undefined while nobody has said how it ended: the process was killed, or rolls on. */
  readonly ending: Ending | undefined;
  readonly writes: WriteStory | undefined;
  /** What is wrong with the record itself, a sentence each. */
  readonly flaws: readonly string[];
}

/** An image by its id and its name, as far as they are known. */
export interface Image {
  readonly id: string | undefined;
  readonly name: string | undefined;
}

/** From one moment until just before another. */
export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

/** How far a server has come, or gone. */
export const SERVER_STATES = [
  'booting',
  'joined',
  'voter',
  'in-service',
  'draining',
  'leaving',
  'left',
  'leaderless',
  'trouble',
] as const;
export type ServerState = (typeof SERVER_STATES)[number];

export interface ServerStory {
  readonly instanceId: string;
  readonly side: Side;
  readonly address: string | undefined;
  readonly zone: string;
  readonly imageId: string;
  /** In order; where there is a hole, nobody looked, and after the last it was gone. */
  readonly spans: readonly (Span & { readonly state: ServerState; readonly words: string })[];
  /** When it was first missed after it had been seen; undefined for those that are there at the end. */
  readonly goneAtMs: number | undefined;
}

/** What a moment is about, for whoever looks for something. */
export type MomentKind = 'roll' | 'step' | 'wait' | 'server' | 'trouble';

/** One line of what happened. */
export interface Moment {
  readonly atMs: number;
  readonly kind: MomentKind;
  readonly stage: string;
  readonly what: string;
  readonly why: string;
  /** Of a step that was done. */
  readonly tookMs?: number | undefined;
}

/** How it ended. */
export interface Ending {
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
export interface WriteStory {
  readonly acknowledged: number;
  readonly failed: number;
  /** Acknowledged, and not there at the end. */
  readonly lost: number;
  readonly longestGap: Span;
}

/**
 * One roll's story from the events of its runs.
 *
 * @param runs of one roll, at least one, in order
 * @param flaws what is wrong with the record they come from
 */
export function storyOf(runs: readonly Run[], flaws: readonly string[]): Story {
  const documents = runs.flatMap((run) => run.documents);
  const looks = runs.flatMap(looksOf);
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
    servers: serverStories(looks),
    voters: joined(
      looks.map(({ fromMs, toMs, state }) => ({ fromMs, toMs, budget: budgetOf(state) })),
      (one, other) => sameBudget(one.budget, other.budget),
    ),
    leaders: joined(
      looks.map(({ fromMs, toMs, state }) => ({ fromMs, toMs, instanceId: state.leader ?? undefined })),
      (one, other) => one.instanceId === other.instanceId,
    ),
    phases: runs.flatMap(phasesOf),
    moments: runs.flatMap(momentsOf),
    warnings: documents.flatMap((document) => warningIn(document) ?? []),
    leaderChanges: all(documents, 'leader-changed').length,
    ending: ended && endingOf(ended, documents),
    writes: writesOf(all(documents, 'ended')),
    flaws: [...flaws, ...missingParts(runs, started)],
  };
}

function all<K extends EventKind>(documents: readonly EventDocument[], kind: K): readonly DocumentOf<K>[] {
  return documents.filter((document): document is DocumentOf<K> => document.kind === kind);
}

function budgetOf({ voters, healthy, quorum, spare }: StateDocument): KnownBudget | undefined {
  if (voters === null || quorum === null) return undefined;
  return { voters, quorum, healthy: healthy ?? undefined, spare: spare ?? undefined };
}

function sameBudget(one: KnownBudget | undefined, other: KnownBudget | undefined): boolean {
  return one?.voters === other?.voters && one?.healthy === other?.healthy;
}

/** The phases of one run: every event says in which it happened. */
function phasesOf({ documents, toMs }: Run): readonly (Span & { readonly name: string })[] {
  const spans = documents.map(({ at, phase }, index) => {
    const next = documents[index + 1];
    return { fromMs: timeOf(at), toMs: next === undefined ? toMs : timeOf(next.at), name: phase };
  });
  return joined(spans, (one, other) => one.name === other.name);
}

function endingOf(ended: DocumentOf<'ended'>, documents: readonly EventDocument[]): Ending {
  const { outcome, exitCode, text, now, next } = ended;
  const looked = all(documents, 'looked').findLast((document) => document.snapshot !== null);
  const snapshot = ended.snapshot?.path ?? looked?.snapshot?.path;
  return { outcome, exitCode, happened: text, now, next, snapshot };
}

/** What went wrong beside the roll and did not stop it. */
function warningIn(document: EventDocument): string | undefined {
  if (document.kind === 'warning') return document.message;
  const warns = document.kind === 'hook' && document.state === 'failed' && document.onFailure === 'warn';
  return warns ? document.text : undefined;
}

/** The writes of the last run that measured them. */
function writesOf(ends: readonly DocumentOf<'ended'>[]): WriteStory | undefined {
  const writes = ends.findLast((ended) => ended.writes !== null)?.writes;
  if (writes === null || writes === undefined) return undefined;
  const { acknowledged, failed, lost, longestGapMs, longestGapAt } = writes;
  const fromMs = timeOf(longestGapAt);
  return { acknowledged, failed, lost, longestGap: { fromMs, toMs: fromMs + longestGapMs } };
}

/** What a reader would miss: the beginning, and the ends of runs that were killed. */
function missingParts(runs: readonly Run[], started: DocumentOf<'started'> | undefined): string[] {
  const begun =
    started?.resumed === true
      ? [
          `This record begins in the middle: the roll was begun at ${dateAndTime(timeOf(started.begunAt))} by a run whose events are not in it.`,
        ]
      : [];
  const killed = runs.flatMap(({ documents, fromMs }, index) => {
    if (documents.at(-1)?.kind === 'ended') return [];
    const fate = index < runs.length - 1 ? 'its process was killed' : 'its process was killed, or still runs';
    return [`The run of ${dateAndTime(fromMs)} has no end in this record: ${fate}.`];
  });
  return [...begun, ...killed];
}

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

const KINDS: Readonly<Record<EventKind, MomentKind>> = {
  started: 'roll',
  phase: 'roll',
  'pause-requested': 'roll',
  'stop-requested': 'roll',
  ended: 'roll',
  looked: 'server',
  'leader-changed': 'server',
  waiting: 'wait',
  'step-started': 'step',
  'step-done': 'step',
  'step-refused': 'trouble',
  'step-failed': 'trouble',
  'look-failed': 'trouble',
  'lock-held': 'trouble',
  hook: 'step',
  warning: 'trouble',
};

/**
 * Every event of one run as one line, but for its phases, which every line names. A step's reason stands apart, and that it is done with it where it began: the
 * two are one thing to whoever reads.
 */
export function momentsOf({ documents }: Pick<Run, 'documents'>): readonly Moment[] {
  const done = new Map(documents.flatMap((one) => (one.kind === 'step-done' ? [[one.stepNumber, one]] : [])));
  const begun = new Set(documents.flatMap((one) => (one.kind === 'step-started' ? [one.stepNumber] : [])));
  return documents
    .filter((one) => one.kind !== 'phase' && (one.kind !== 'step-done' || !begun.has(one.stepNumber)))
    .map((document) => {
      const about = { atMs: timeOf(document.at), kind: kindOf(document), stage: document.phase };
      if (document.kind !== 'step-started') return { ...about, what: document.text, why: '' };
      const { what, why } = document.step;
      return { ...about, what, why, tookMs: done.get(document.stepNumber)?.elapsedMs ?? undefined };
    });
}

function kindOf(document: EventDocument): MomentKind {
  const failed = document.kind === 'hook' && document.state === 'failed';
  return failed ? 'trouble' : KINDS[document.kind];
}
