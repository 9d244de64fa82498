import type { Action } from './action.js';
import type { Intent, Limits } from './intent.js';
import type { Knowledge } from './memory.js';
import type { QuorumMargin } from './raft.js';
import type { StopReason } from './stop-reason.js';
import type { Phase, Wait } from './wait.js';

export { buildWaitKey, PHASES, type Phase, type Wait, type WaitCondition } from './wait.js';

/** What the safety of an action depends on. */
export interface SafetyInput extends Knowledge {
  readonly intent: Intent;
}

/** What a decision depends on, and nothing else does. */
export interface DecisionInput extends SafetyInput {
  readonly limits: Limits;
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

/** An action with the reason for it, in the order the roll takes them. */
export interface Step {
  readonly phase: Phase;
  readonly action: Action;
  /** One clause, no full stop: why this, why now. */
  readonly why: string;
  /** The voters as they are before the step; undefined where no leader says, or says who is healthy. */
  readonly margin: QuorumMargin | undefined;
}
