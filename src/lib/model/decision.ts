import type { Action } from './action.js';
import type { Intent } from './intent.js';
import type { Memory, Observation } from './observation.js';
import type { QuorumMargin } from './raft.js';
import type { Side } from './server.js';
import type { StopReason } from './stop-reason.js';

/** What the safety of an action depends on. */
export interface SafetyInput {
  readonly observation: Observation;
  readonly memory: Memory;
  readonly intent: Intent;
}

/** What to do now. Exactly one of four. */
export type Decision =
  | { readonly kind: 'act'; readonly step: Step }
  | { readonly kind: 'wait'; readonly wait: Wait }
  | { readonly kind: 'done'; readonly outcome: 'rolled' | 'nothing-to-do' | 'rolled-back' }
  | { readonly kind: 'stop'; readonly outcome: StopOutcome; readonly reason: StopReason };

/** A decision that is not the last one. */
export type PlannedMove = Extract<Decision, { readonly kind: 'act' | 'wait' }>;

export type StopOutcome = 'refused' | 'stopped' | 'quorum-at-risk';

/** The stages a person follows; `back` only where a roll is turned back. */
export const PHASES = ['snapshot', 'prepare', 'canary', 'grow', 'drain', 'finish', 'rollback'] as const;
export type Phase = (typeof PHASES)[number];

/** An action with the reason for it, in the order the roll takes them. */
export interface Step {
  readonly phase: Phase;
  readonly action: Action;
  /** One clause, no full stop: why this, why now. */
  readonly why: string;
  /** The voters as they are before the step; undefined where no leader says, or says who is healthy. */
  readonly margin: QuorumMargin | undefined;
}

/** Nothing to do but look again: what for, and how long. */
export interface Wait {
  readonly phase: Phase;
  readonly for: WaitCondition;
  /** Milliseconds from `sinceMs` until patience ends. */
  readonly limitMs: number;
  readonly sinceMs: number;
}

export type WaitCondition =
  /** So many servers of a side pass every gate; `instanceIds` are those that are there and do not yet. */
  | {
      readonly kind: 'ready';
      readonly side: Side;
      readonly instanceIds: readonly string[];
      readonly expected: number;
    }
  | { readonly kind: 'in-service'; readonly instanceIds: readonly string[] }
  | { readonly kind: 'drained'; readonly instanceId: string }
  | { readonly kind: 'out-of-raft'; readonly instanceId: string }
  | { readonly kind: 'agent-down'; readonly instanceId: string }
  | { readonly kind: 'agent-reachable'; readonly instanceId: string }
  | { readonly kind: 'terminated'; readonly instanceId: string }
  | { readonly kind: 'leadership'; readonly towards: string | undefined }
  | { readonly kind: 'healthy'; readonly budget: QuorumMargin }
  /** A Raft peer that no instance stands behind is gone. */
  | { readonly kind: 'orphan-peer'; readonly peerId: string; readonly node: string }
  | { readonly kind: 'deleted'; readonly group: string }
  /** The group's warm pool is gone. */
  | { readonly kind: 'warm-pool-deleted'; readonly group: string }
  | { readonly kind: 'sentinel' }
  | { readonly kind: 'bake' };

/** Names a wait, so that two looks can tell whether it is the same one. */
export function buildWaitKey(waitFor: WaitCondition): string {
  switch (waitFor.kind) {
    case 'drained':
    case 'out-of-raft':
    case 'agent-down':
    case 'agent-reachable':
    case 'terminated':
      return `${waitFor.kind} ${waitFor.instanceId}`;
    case 'orphan-peer':
      return `orphan-peer ${waitFor.peerId}`;
    case 'ready':
      return `ready ${waitFor.expected}`;
    case 'in-service':
      return `in-service ${waitFor.instanceIds.join(' ')}`;
    case 'deleted':
    case 'warm-pool-deleted':
      return `${waitFor.kind} ${waitFor.group}`;
    default:
      return waitFor.kind;
  }
}
