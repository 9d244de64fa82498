import type { ErrorKind, RollError } from '../../model/errors.js';
import type { Intent } from '../../model/intent.js';
import type { Knowledge } from '../../model/memory.js';
import { findReason, type RollResult } from '../../model/outcome.js';
import { buildLastState, buildReasonDocument, formatInstant } from '../json/build-parts.js';
import { describeFailureInShort } from '../text/failures.js';
import { buildOutcomeText } from '../text/outcome.js';
import type { CommonEventField } from './documents.js';
import type { DocumentOf } from './schema.js';

/** Writes during a roll. */
export interface WriteTotals {
  readonly acknowledged: number;
  readonly failed: number;
  /** Acknowledged, and missing at the end. */
  readonly lost: number;
  readonly longestGapMs: number;
  readonly longestGapAtMs: number;
}

/** How a run ended: with a result, or in an error before there was one. */
export type RunEnd =
  | { readonly kind: 'result'; readonly result: RollResult; readonly exitCode: number; readonly writes?: WriteTotals }
  | { readonly kind: 'error'; readonly error: RollError; readonly exitCode: number };

type EndedDocument = DocumentOf<'ended'>;

/** What the run observed before it ended. */
interface RunSummary {
  /** Undefined if no roll started. */
  readonly intent: Intent | undefined;
  /** The last observation, if any. */
  readonly last: Knowledge | undefined;
  readonly elapsedMs: number;
  readonly leaderChanges: number;
}

/** The last document of a run: its text, and its own fields. */
export function buildEndedDocument(
  ending: RunEnd,
  { intent, last, elapsedMs, leaderChanges }: RunSummary,
): Omit<EndedDocument, Exclude<CommonEventField, 'text'>> {
  const { exitCode } = ending;
  const groups = intent === undefined ? null : { old: intent.oldGroup, new: intent.newGroup };
  if (ending.kind === 'error') {
    const { code, kind, message, state, next } = ending.error;
    return {
      kind: 'ended',
      text: message,
      outcome: toOutcome(kind),
      image: intent?.imageId ?? null,
      groups,
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
  const { result, writes } = ending;
  const { happened, now, next } = buildOutcomeText(result);
  const reason = findReason(result);
  return {
    kind: 'ended',
    text: [happened, ...(result.failures ?? []).slice(0, 1).map(describeFailureInShort)].join(' '),
    outcome: result.outcome,
    image: result.intent?.imageId ?? null,
    groups,
    exitCode,
    now,
    next: [...next],
    reason: reason === undefined ? null : buildReasonDocument(reason),
    error: null,
    ...buildLastState(result.observation && { observation: result.observation, memory: result.memory }),
    elapsedMs: result.elapsedMs,
    leaderChanges: result.leaderChanges,
    writes: writes === undefined ? null : buildWritesDocument(writes),
  };
}

function buildWritesDocument(writes: WriteTotals): EndedDocument['writes'] {
  const { acknowledged, failed, lost, longestGapMs, longestGapAtMs } = writes;
  return { acknowledged, failed, lost, longestGapMs, longestGapAt: formatInstant(longestGapAtMs) };
}

/** The outcome of a run that an error of this kind ended. */
export function toOutcome(kind: ErrorKind): EndedDocument['outcome'] {
  return kind === 'usage' || kind === 'unexpected' ? 'error' : kind;
}
