import type { ActionKind } from './action.js';
import type { CheckResult } from './check.js';
import type { Phase, WaitCondition } from './decision.js';
import type { Hook, HookOutcome } from './hook.js';
import type { BalancerName } from './load-balancer.js';
import type { QuorumMargin } from './raft.js';

/** Why consul-roll will not do something: typed, with the numbers. Views turn it into a sentence. */
export type StopReason =
  | { readonly kind: 'preflight'; readonly failed: readonly CheckResult[] }
  | { readonly kind: 'no-leader'; readonly answers: readonly LeaderAnswer[] }
  | { readonly kind: 'two-leaders'; readonly answers: readonly LeaderAnswer[] }
  | { readonly kind: 'unknown-leader'; readonly leader: string }
  | { readonly kind: 'quorum-at-risk'; readonly instanceId: string; readonly after: QuorumMargin }
  | { readonly kind: 'membership-change-pending'; readonly node: string }
  | { readonly kind: 'too-few-replacements'; readonly ready: number; readonly needed: number }
  | { readonly kind: 'leader-must-leave-last'; readonly instanceId: string; readonly followers: number }
  /** Without it nobody would be in service there, although the others are registered. */
  | { readonly kind: 'last-in-service'; readonly instanceId: string; readonly balancer: BalancerName }
  | { readonly kind: 'still-in-raft'; readonly instanceId: string; readonly peerId: string }
  | { readonly kind: 'agent-still-up'; readonly instanceId: string }
  | {
      readonly kind: 'group-not-empty';
      readonly group: string;
      readonly instances: number;
      readonly peers: number;
    }
  /** A Raft peer that no instance of the groups stands behind; it may be a server of either. */
  | { readonly kind: 'orphan-peer'; readonly peerId: string; readonly node: string }
  | { readonly kind: 'processes-not-suspended'; readonly group: string; readonly running: readonly string[] }
  | { readonly kind: 'not-owned'; readonly resource: string }
  | { readonly kind: 'changed-externally'; readonly what: string }
  | { readonly kind: 'rejoined'; readonly instanceId: string; readonly leaves: number }
  | { readonly kind: 'old-already-left'; readonly left: number; readonly because: StopReason }
  /** The old group is gone, or no part of the roll any more: there is nothing to go back to. */
  | { readonly kind: 'old-group-gone'; readonly cluster: string }
  /** The new image's Consul is older than what runs: an old Consul cannot read what a newer one has logged. */
  | {
      readonly kind: 'downgrade';
      readonly instanceId: string;
      readonly version: string;
      readonly running: string;
    }
  /** Going back now would put an older Consul in the lead of what a newer one has logged. */
  | {
      readonly kind: 'rollback-downgrade';
      readonly cluster: string;
      readonly from: string;
      readonly to: string;
    }
  /** Setting this size would let Auto Scaling terminate servers of its own choice, several at once. */
  | { readonly kind: 'would-scale-in'; readonly group: string; readonly from: number; readonly to: number }
  /** A group on this version of its launch template would launch another image than its side of the roll may. */
  | { readonly kind: 'wrong-version'; readonly group: string; readonly version: string }
  /** AWS does not let this account make the template that the roll needs. */
  | { readonly kind: 'launch-source-refused'; readonly message: string }
  /** Nothing went wrong: an operator asked for it. */
  | { readonly kind: 'operator-request' }
  /** Of a roll that is watched: only who runs it knows. */
  | { readonly kind: 'unknown' }
  /** Of a roll that is watched: nobody runs it any more, having given the lock back or not. */
  | { readonly kind: 'runner-gone'; readonly released: boolean }
  /** AWS could not be read for too long. */
  | {
      readonly kind: 'unreadable';
      readonly message: string;
      readonly forMs: number;
      /** What the error itself said to do. */
      readonly remedy?: string | undefined;
    }
  | {
      readonly kind: 'step-failed';
      readonly action: ActionKind;
      readonly message: string;
      readonly times: number;
      readonly remedy?: string | undefined;
    }
  /** A command of the operator's failed that may end a roll. */
  | {
      readonly kind: 'hook-failed';
      readonly on: Hook['on'];
      readonly phase: Phase;
      readonly instanceId: string | undefined;
      readonly run: string;
      readonly end: HookOutcome;
      /** The last thing it said; empty where it said nothing. */
      readonly lastLine: string;
    }
  /** Somebody else took the roll's lock over. */
  | { readonly kind: 'lock-lost'; readonly holder: string | undefined }
  | {
      readonly kind: 'timed-out';
      readonly waitedFor: WaitCondition;
      readonly limitMs: number;
      readonly detail: string;
    };

export interface LeaderAnswer {
  readonly instanceId: string;
  readonly address: string;
  /** What it names: `ip:8300`, or empty. */
  readonly leader: string;
}

/** What must never be broken, by name: docs/safety.md gives each its reason, its guard and what attacks it. */
export const INVARIANTS = [
  'quorum-kept',
  'single-leader',
  'voter-budget',
  'one-change',
  'replacements-first',
  'leader-last',
  'no-member-terminated',
  'no-group-deleted-with-members',
  'suspended-until-restored',
  'own-image-only',
  'no-acknowledged-write-lost',
  'only-our-own',
  'everything-restored',
] as const;
export type Invariant = (typeof INVARIANTS)[number];

/** The invariant that a refusal upholds. */
export const INVARIANT_BY_REASON: { readonly [Kind in StopReason['kind']]?: Invariant } = {
  'no-leader': 'single-leader',
  'two-leaders': 'single-leader',
  'unknown-leader': 'single-leader',
  'quorum-at-risk': 'voter-budget',
  'membership-change-pending': 'one-change',
  'would-scale-in': 'one-change',
  'too-few-replacements': 'replacements-first',
  'last-in-service': 'replacements-first',
  'leader-must-leave-last': 'leader-last',
  'still-in-raft': 'no-member-terminated',
  'agent-still-up': 'no-member-terminated',
  'group-not-empty': 'no-group-deleted-with-members',
  'orphan-peer': 'no-group-deleted-with-members',
  'processes-not-suspended': 'suspended-until-restored',
  'wrong-version': 'own-image-only',
  'not-owned': 'only-our-own',
};

/** True where going on might cost the quorum. */
export function threatensQuorum(reason: StopReason): boolean {
  return ['no-leader', 'two-leaders', 'unknown-leader', 'quorum-at-risk'].includes(reason.kind);
}
