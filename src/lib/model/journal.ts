import { buildClusterKey } from './cluster-name.js';
import type { Step, Wait } from './decision.js';
import type { Intent } from './intent.js';
import type { RollEnd } from './outcome.js';
import type { StopReason } from './stop-reason.js';

/**
 * What a run of a roll has done so far, kept beside the lock in Consul's key-value store for `status --watch` and `report`.
 * Decisions never read the journal: the tags on the groups are authoritative.
 */
export interface Journal {
  readonly rollId: string;
  /** Who writes it: the holder of the lock, and since when that run asked for the lock. */
  readonly holder: string;
  readonly sinceMs: number;
  /** The roll, without its nonce; undefined in a journal of an earlier build. */
  readonly intent?: Intent | undefined;
  /** Oldest first; older ones are dropped where there are too many. */
  readonly entries: readonly JournalEntry[];
}

/** Times are epoch milliseconds by the clock of the runner. */
export type JournalEntry = {
  /** Counts the entries of a roll from 1, over all its runs. */
  readonly n: number;
} & JournalRecord;

export type JournalRecord =
  /** A run began. */
  | {
      readonly kind: 'run';
      readonly atMs: number;
      readonly holder: string;
      readonly sinceMs: number;
      readonly resumed: boolean;
    }
  | {
      readonly kind: 'step';
      /** Counts the steps of one run from 1. */
      readonly number: number;
      readonly step: Step;
      readonly startedAtMs: number;
      /** Undefined while it is in progress. */
      readonly endedAtMs?: number | undefined;
      /** Why it failed. */
      readonly error?: string | undefined;
    }
  | { readonly kind: 'refusal'; readonly atMs: number; readonly step: Step; readonly reason: StopReason }
  | { readonly kind: 'wait'; readonly atMs: number; readonly wait: Wait }
  | {
      readonly kind: 'end';
      readonly atMs: number;
      readonly end: RollEnd;
      readonly elapsedMs: number;
      readonly leaderChanges: number;
    };

/** The key of a cluster's journal in Consul's key-value store. */
export function buildJournalKey(cluster: string): string {
  return buildClusterKey(cluster, 'journal');
}

/** An action as it is in a journal, of earlier builds too: those asked one server a step. */
export function nameSeveral(value: unknown): unknown {
  const { kind, instanceId, address, balancers } = Object(value);
  if (instanceId === undefined) return value;
  if (kind === 'leave') return { kind, servers: [{ instanceId, address }] };
  return kind === 'deregister' ? { kind, instanceIds: [instanceId], balancers } : value;
}
