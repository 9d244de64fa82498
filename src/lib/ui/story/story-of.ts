import type { KnownBudget } from '../../model/quorum.js';
import type { DocumentOf, EventDocument, EventKind, StateDocument } from '../events/schema.js';
import { dateAndTime } from '../time.js';
import { joined, looksOf } from './looks.js';
import { momentsOf } from './moments.js';
import { type Run, timeOf } from './runs.js';
import { serverStories } from './server-stories.js';
import type { Ending, Span, Story, WriteStory } from './story.js';

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
