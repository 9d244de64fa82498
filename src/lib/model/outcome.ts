import type { Intent, PausePoint } from './intent.js';
import type { Memory } from './memory.js';
import type { Observation } from './observation.js';
import type { ServerFailure } from './server-failure.js';
import type { StopReason } from './stop-reason.js';

/** How a command that rolls can end. */
export const OUTCOMES = [
  'rolled',
  'nothing-to-do',
  'refused',
  'rolled-back',
  'stopped',
  'quorum-at-risk',
  'locked',
  'interrupted',
] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** How much a run has changed when it ends early. */
export const CHANGE_EXTENTS = [
  'nothing',
  /** Only the record of the roll was written. */
  'record',
  'cluster',
] as const;
export type ChangeExtent = (typeof CHANGE_EXTENTS)[number];

/** How a roll ended, and why. If another roll holds the lock, `locked` is thrown and there is no result. */
export type RollEnd =
  | { readonly outcome: 'rolled' | 'nothing-to-do' }
  /** The reason is undefined where an earlier run started the rollback. */
  | { readonly outcome: 'rolled-back'; readonly reason: StopReason | undefined }
  | { readonly outcome: 'refused' | 'stopped'; readonly reason: StopReason; readonly changed: ChangeExtent }
  /** The reason is undefined if a watcher found no leader. */
  | { readonly outcome: 'quorum-at-risk'; readonly reason: StopReason | undefined; readonly changed: ChangeExtent }
  | {
      readonly outcome: 'interrupted';
      readonly changed: ChangeExtent;
      /** Who asked for it by the tag of a pause, and when. */
      readonly pausedBy?: string | undefined;
      /** It stopped for an operator after this phase, as the order said. */
      readonly pausedAfter?: PausePoint | undefined;
    };

export type RollResult = RollEnd & {
  readonly intent: Intent | undefined;
  /** The last one. */
  readonly observation: Observation | undefined;
  readonly memory: Memory;
  readonly elapsedMs: number;
  readonly leaderChanges: number;
  /** Servers of the roll that this run gave up. */
  readonly failures?: readonly ServerFailure[];
};

/** Why a roll ended as it did, where it has a reason. */
export function findReason(end: RollEnd): StopReason | undefined {
  return 'reason' in end ? end.reason : undefined;
}

/** How much was changed by a roll that ended early; undefined if it was completed. */
export function findChangeExtent(end: RollEnd): ChangeExtent | undefined {
  return 'changed' in end ? end.changed : undefined;
}
