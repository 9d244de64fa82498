import type { ErrorKind, RollError } from '../../model/errors.js';
import type { Intent } from '../../model/intent.js';
import type { Knowledge } from '../../model/memory.js';
import { findReason, type RollResult } from '../../model/outcome.js';
import {
  buildReasonDocument,
  buildServerDocuments,
  buildSnapshotDocument,
  buildStateDocument,
} from '../json/build-parts.js';
import { buildOutcomeText } from '../text/outcome.js';
import type { DocumentOf } from './schema.js';

/** Writes during a roll. */
export interface ProbedWrites {
  readonly acknowledged: number;
  readonly failed: number;
  readonly lost: number;
  readonly longestGapMs: number;
  readonly longestGapAtMs: number;
}

/** How a run ended: with a result, or in an error before there was one. */
export type RunEnd =
  | { readonly kind: 'result'; readonly result: RollResult; readonly exitCode: number; readonly writes?: ProbedWrites }
  | { readonly kind: 'error'; readonly error: RollError; readonly exitCode: number };

type EndedDocument = DocumentOf<'ended'>;
type CommonEndField = 'schema' | 'at' | 'number' | 'cluster' | 'rollId' | 'phase';

/** What the run observed before it ended. */
export interface RunSummary {
  /** Undefined if no roll started. */
  readonly intent: Intent | undefined;
  /** The last observation, if any. */
  readonly last: Knowledge | undefined;
  readonly elapsedMs: number;
  readonly leaderChanges: number;
}

/** The last document of a run, without the common fields. */
export function buildEndedDocument(ending: RunEnd, seen: RunSummary): Omit<EndedDocument, CommonEndField> {
  return ending.kind === 'result' ? buildResultEnd(ending, seen) : buildErrorEnd(ending, seen);
}

function buildResultEnd(
  { result, exitCode, writes }: Extract<RunEnd, { kind: 'result' }>,
  { intent }: RunSummary,
): Omit<EndedDocument, CommonEndField> {
  const { happened, now, next } = buildOutcomeText(result);
  const reason = findReason(result);
  return {
    kind: 'ended',
    text: happened,
    outcome: result.outcome,
    image: result.intent?.imageId ?? null,
    groups: buildGroupsDocument(intent),
    exitCode,
    now,
    next: [...next],
    reason: reason === undefined ? null : buildReasonDocument(reason),
    error: null,
    ...buildLastState(result.observation && { observation: result.observation, memory: result.memory }),
    elapsedMs: result.elapsedMs,
    leaderChanges: result.leaderChanges,
    writes: buildWritesDocument(writes),
  };
}

function buildErrorEnd(
  { error, exitCode }: Extract<RunEnd, { kind: 'error' }>,
  { intent, last, elapsedMs, leaderChanges }: RunSummary,
): Omit<EndedDocument, CommonEndField> {
  const { code, kind, message, state, next } = error;
  return {
    kind: 'ended',
    text: message,
    outcome: toOutcome(kind),
    image: intent?.imageId ?? null,
    groups: buildGroupsDocument(intent),
    exitCode,
    now: state,
    next: [next],
    reason: null,
    error: { code, message, state, next },
    ...buildLastState(last),
    elapsedMs,
    leaderChanges,
    writes: null,
  };
}

/** The outcome of a run that an error of this kind ended. */
export function toOutcome(kind: ErrorKind): EndedDocument['outcome'] {
  return kind === 'usage' || kind === 'unexpected' ? 'error' : kind;
}

function buildGroupsDocument(intent: Intent | undefined): EndedDocument['groups'] {
  return intent === undefined ? null : { old: intent.oldGroup, new: intent.newGroup };
}

function buildLastState(last: Knowledge | undefined): Pick<EndedDocument, 'state' | 'servers' | 'snapshot'> {
  if (last === undefined) return { state: null, servers: [], snapshot: null };
  const { observation, memory } = last;
  return {
    state: buildStateDocument(observation),
    servers: buildServerDocuments(last),
    snapshot: buildSnapshotDocument(memory),
  };
}

function buildWritesDocument(writes: ProbedWrites | undefined): EndedDocument['writes'] {
  if (writes === undefined) return null;
  const { acknowledged, failed, lost, longestGapMs, longestGapAtMs } = writes;
  return { acknowledged, failed, lost, longestGapMs, longestGapAt: new Date(longestGapAtMs).toISOString() };
}
