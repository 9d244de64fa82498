import type { Action } from './action.js';
import type { Intent, Limits } from './intent.js';
import type { Knowledge } from './memory.js';
import type { QuorumMargin } from './raft.js';
import type { SharedIdentity, Side } from './server.js';
import { findQuorumMargin, isHealthKnown } from './servers.js';
import type { FounderSign, StopReason } from './stop-reason.js';
import type { Phase, Wait } from './wait.js';

export { buildWaitKey, type HeldBy, PHASES, type Phase, type Wait, type WaitCondition } from './wait.js';

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
  readonly reason: StepReason;
  /** The voters as they are before the step; undefined where no leader says, or says who is healthy. */
  readonly margin: QuorumMargin | undefined;
}

/** Why a step is taken, and why now; output/text/step-reasons.ts turns it into a clause. */
export type StepReason =
  | { readonly kind: PlainStepReason }
  /** The group would launch the new image by this alias of its launch template. */
  | { readonly kind: 'alias-pinned'; readonly alias: string }
  /** `remaining` counts the Raft members of the side, this server among them. */
  | { readonly kind: 'drained'; readonly side: Side; readonly remaining: number }
  /** Raft does not have it; `followers` old servers take it for their leader. */
  | { readonly kind: 'founder'; readonly sign: FounderSign; readonly followers: number }
  /** It has the node id or the node name of the server `owner`. */
  | { readonly kind: 'impostor'; readonly owner: string; readonly shares: SharedIdentity }
  | { readonly kind: 'leave-refused'; readonly message: string }
  | { readonly kind: 'keeps-rejoining'; readonly requests: number }
  | { readonly kind: 'launches-image'; readonly image: Side }
  | { readonly kind: 'passed-gates'; readonly servers: number }
  | { readonly kind: 'rollback'; readonly because: StopReason };

/** The reasons that need no data. */
export const PLAIN_STEP_REASONS = [
  'about-to-leave',
  'agent-down',
  'agent-hangs',
  'agent-still-up',
  'as-before',
  'avoid-election',
  'balanced-zones',
  'before-relaunch',
  'canary',
  'canary-passed',
  'canary-skipped',
  'confirmed-first',
  'controlled-launches',
  'copy-of-old-group',
  'default-version-kept',
  'default-version-moved',
  'disaster-recovery',
  'draining',
  'final-write',
  'forward-requested',
  'group-empty',
  'held-by-hook',
  'harmless-first',
  'identity-claimed',
  'instance-gone',
  'kept-empty',
  'later-servers-in-service',
  'leader-last',
  'leave-unfinished',
  'marked-unhealthy',
  'never-joined',
  'never-voted',
  'no-longer-launched',
  'no-more-launches',
  'no-next-founder',
  'no-scale-in',
  'old-servers-left',
  'only-image-differs',
  'only-new-servers',
  'only-this-roll',
  'original-size',
  'orphan-peer',
  'pause-reached',
  'rebalancing-last',
  'record-missing',
  'replacement-died',
  'replication-gate',
  'resumable',
  'roll-complete',
  'roll-over',
  'tags-denied',
  'run-ends',
  'room-for-old-servers',
  'room-for-surge',
  'same-as-old-group',
  'scale-in-needs-min-size',
  'self-healing',
  'sentinel-unneeded',
  'servers-missing',
  'servers-stay',
  'token-refused',
  'unlaunched-servers',
  'unreachable',
  'warm-pool-after-roll',
  'warm-pool-not-empty',
] as const;
export type PlainStepReason = (typeof PLAIN_STEP_REASONS)[number];

/** A decision to take one step. A reason without data is its kind alone. */
export function decideAction(
  { observation }: Knowledge,
  phase: Phase,
  action: Action,
  why: StepReason | PlainStepReason,
): Decision {
  const reason = typeof why === 'string' ? { kind: why } : why;
  const margin = isHealthKnown(observation) ? findQuorumMargin(observation) : undefined;
  return { kind: 'act', step: { phase, action, reason, margin } };
}
