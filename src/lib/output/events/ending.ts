import type { RollError } from '../../model/errors.js';
import type { RollResult } from '../../model/events.js';
import type { Intent } from '../../model/intent.js';
import type { Survey } from '../../model/observation.js';
import { OUTCOMES } from '../../model/outcome.js';
import type { Refusal } from '../../model/stop-reason.js';
import { outcomeReport } from '../text/outcome.js';
import { describeRefusal, remediesOf } from '../text/stop-reasons.js';
import { serverDocument, stateDocument } from './documents.js';
import type { DocumentOf } from './schema.js';

/** Writes that went on during a roll. */
export interface ProbedWrites {
  readonly acknowledged: number;
  readonly failed: number;
  readonly lost: number;
  readonly longestGapMs: number;
  readonly longestGapAtMs: number;
}

/** How a run ended: with a result, or in an error before there was one. */
export type Ending =
  | {
      readonly kind: 'result';
      readonly result: RollResult;
      /** The result's own unless told. */
      readonly exitCode?: number;
      readonly writes?: ProbedWrites;
    }
  | { readonly kind: 'error'; readonly error: RollError };

type EndedDocument = DocumentOf<'ended'>;
type Common = 'schema' | 'at' | 'number' | 'cluster' | 'rollId' | 'phase';

/** What was seen of a run until it ended, where its end does not say. */
export interface Seen {
  /** Of the roll, where it began. */
  readonly intent: Intent | undefined;
  /** The last look, where there was one. */
  readonly survey: Survey | undefined;
  readonly elapsedMs: number;
  readonly leaderChanges: number;
}

/** The last document of a run, without what all have. */
export function endedDocument(ending: Ending, seen: Seen): Omit<EndedDocument, Common> {
  return ending.kind === 'result' ? resultDocument(ending, seen) : errorDocument(ending.error, seen);
}

function resultDocument(
  { result, exitCode, writes }: Extract<Ending, { kind: 'result' }>,
  { intent }: Seen,
): Omit<EndedDocument, Common> {
  const { happened, now, next } = outcomeReport(result);
  return {
    kind: 'ended',
    text: happened,
    outcome: result.outcome,
    image: result.intent?.imageId ?? null,
    groups: groupsOf(intent),
    exitCode: exitCode ?? OUTCOMES[result.outcome].exitCode,
    now,
    next: [...next],
    reason: result.reason === undefined ? null : reasonDocument(result.reason),
    error: null,
    ...seenIn(result.survey),
    elapsedMs: result.elapsedMs,
    leaderChanges: result.leaderChanges,
    writes: writesDocument(writes),
  };
}

function errorDocument(
  error: RollError,
  { intent, survey, elapsedMs, leaderChanges }: Seen,
): Omit<EndedDocument, Common> {
  const { code, message, state, next, exitCode } = error;
  return {
    kind: 'ended',
    text: message,
    outcome: outcomeOfExit(exitCode),
    image: intent?.imageId ?? null,
    groups: groupsOf(intent),
    exitCode,
    now: state,
    next: [next],
    reason: null,
    error: { code, message, state, next },
    ...seenIn(survey),
    elapsedMs,
    leaderChanges,
    writes: null,
  };
}

/** An error that exits as an outcome does is one of that kind: refused, stopped, locked. */
export function outcomeOfExit(exitCode: number): EndedDocument['outcome'] {
  return ENDED_BY_ERROR.find((outcome) => OUTCOMES[outcome].exitCode === exitCode) ?? 'error';
}

const ENDED_BY_ERROR = [
  'refused',
  'rolled-back',
  'stopped',
  'quorum-at-risk',
  'locked',
  'interrupted',
] as const;

/** A refusal as the documents tell it. */
export function reasonDocument(refusal: Refusal): NonNullable<EndedDocument['reason']> {
  const { kind } = refusal;
  return { kind, sentence: describeRefusal(refusal), remedies: [...remediesOf(refusal)] };
}

function groupsOf(intent: Intent | undefined): EndedDocument['groups'] {
  return intent === undefined ? null : { old: intent.oldGroup, new: intent.newGroup };
}

function seenIn(survey: Survey | undefined): Pick<EndedDocument, 'state' | 'servers' | 'snapshot'> {
  if (survey === undefined) return { state: null, servers: [], snapshot: null };
  return {
    state: stateDocument(survey),
    servers: survey.servers.map((server) => serverDocument(server, survey)),
    snapshot: survey.history.snapshot ?? null,
  };
}

function writesDocument(writes: ProbedWrites | undefined): EndedDocument['writes'] {
  if (writes === undefined) return null;
  const { acknowledged, failed, lost, longestGapMs, longestGapAtMs } = writes;
  return { acknowledged, failed, lost, longestGapMs, longestGapAt: new Date(longestGapAtMs).toISOString() };
}
