import type { Action } from './action.js';
import type { VoterBudget } from './raft.js';
import type { Side } from './server.js';
import type { Refusal } from './stop-reason.js';

/** What to do now. Exactly one of four. */
export type Decision =
  | { readonly kind: 'act'; readonly step: Step }
  | { readonly kind: 'wait'; readonly wait: Wait }
  | { readonly kind: 'done'; readonly outcome: 'rolled' | 'nothing-to-do' | 'rolled-back' }
  | { readonly kind: 'stop'; readonly outcome: StopOutcome; readonly reason: Refusal };

/** A decision that is not the last one. */
export type Move = Extract<Decision, { readonly kind: 'act' | 'wait' }>;

export type StopOutcome = 'refused' | 'stopped' | 'quorum-at-risk';

/** The stages a person follows; `back` only where a roll is turned back. */
export const PHASES = ['snapshot', 'prepare', 'canary', 'grow', 'drain', 'finish', 'back'] as const;
export type Phase = (typeof PHASES)[number];

/** An action with the reason for it, in the order the roll takes them. */
export interface Step {
  readonly phase: Phase;
  readonly action: Action;
  /** One clause, no full stop: why this, why now. */
  readonly why: string;
  /** The voters as they are before the step; undefined where no leader says, or says who is healthy. */
  readonly budget: VoterBudget | undefined;
}

/** Nothing to do but look again: what for, and how long. */
export interface Wait {
  readonly phase: Phase;
  readonly for: WaitFor;
  /** Milliseconds from `sinceMs` until patience ends. */
  readonly limitMs: number;
  readonly sinceMs: number;
}

export type WaitFor =
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
  | { readonly kind: 'agent-answer'; readonly instanceId: string }
  | { readonly kind: 'terminated'; readonly instanceId: string }
  | { readonly kind: 'leadership'; readonly towards: string | undefined }
  | { readonly kind: 'healthy'; readonly budget: VoterBudget }
  /** A Raft peer that no instance stands behind is gone. */
  | { readonly kind: 'ghost'; readonly peerId: string; readonly node: string }
  | { readonly kind: 'deleted'; readonly group: string }
  /** The group's warm pool is gone. */
  | { readonly kind: 'cooled'; readonly group: string }
  | { readonly kind: 'sentinel' }
  | { readonly kind: 'bake' };

/** Names a wait, so that two looks can tell whether it is the same one. */
export function waitKey(waitFor: WaitFor): string {
  switch (waitFor.kind) {
    case 'drained':
    case 'out-of-raft':
    case 'agent-down':
    case 'agent-answer':
    case 'terminated':
      return `${waitFor.kind} ${waitFor.instanceId}`;
    case 'ghost':
      return `ghost ${waitFor.peerId}`;
    case 'ready':
      return `ready ${waitFor.expected}`;
    case 'in-service':
      return `in-service ${waitFor.instanceIds.join(' ')}`;
    case 'deleted':
    case 'cooled':
      return `${waitFor.kind} ${waitFor.group}`;
    default:
      return waitFor.kind;
  }
}
