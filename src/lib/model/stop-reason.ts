import type { CheckResult } from './check.js';
import type { MissingState } from './comparison.js';
import type { Hook, HookOutcome } from './hook.js';
import type { BalancerName } from './load-balancer.js';
import type { LeaderAnswer, QuorumMargin } from './raft.js';
import type { Refusal, SecuritySetting, SharedIdentity } from './server.js';
import type { Phase, WaitCondition } from './wait.js';

/**
 * How a server that the roll launched shows that it did not only join: it leads itself or has only itself in its Raft
 * configuration; it is in a cluster with other servers than ours; it says that it is in bootstrap mode; or, of an old
 * one, it lacks for good what the leader has.
 */
export const FOUNDER_SIGNS = ['own-cluster', 'other-cluster', 'bootstrap-mode', 'state-missing'] as const;
export type FounderSign = (typeof FOUNDER_SIGNS)[number];

/** A server bootstrapped a cluster of its own; `followers` servers of the cluster took it for their leader. */
export interface FounderReason {
  readonly kind: 'founder';
  readonly instanceId: string;
  readonly sign: FounderSign;
  readonly followers: number;
  /** Of an old server, which a rollback launched. */
  readonly side?: 'old' | undefined;
}

/** The leader does not have the keys of this roll. */
export interface LostKeys {
  /** `ip:8300`. */
  readonly leader: string;
  readonly cluster: string;
  readonly rollId: string;
}

/** Why a roll is refused or stops, with the numbers; output/text/stop-reasons.ts turns it into a sentence. */
export type StopReason =
  | { readonly kind: 'preflight'; readonly failed: readonly CheckResult[] }
  | { readonly kind: 'no-leader'; readonly answers: readonly LeaderAnswer[] }
  | { readonly kind: 'two-leaders'; readonly answers: readonly LeaderAnswer[] }
  | { readonly kind: 'unknown-leader'; readonly leader: string }
  /** The sentinel key that this process saw is gone: the cluster lost its state, or another one is in its place. */
  | ({
      readonly kind: 'state-lost';
      /** A server that this process terminated, because it bootstrapped a cluster of its own. */
      readonly founder?: string | undefined;
    } & LostKeys)
  /** These have what the cluster acknowledged in memory only, and no leader can write. */
  | { readonly kind: 'log-overwritten'; readonly instanceIds: readonly string[] }
  | { readonly kind: 'quorum-at-risk'; readonly instanceId: string; readonly after: QuorumMargin }
  | { readonly kind: 'membership-change-pending'; readonly node: string }
  | { readonly kind: 'too-few-replacements'; readonly ready: number; readonly needed: number }
  | { readonly kind: 'leader-must-leave-last'; readonly instanceId: string; readonly followers: number }
  /** Without it, no server would be in service there; the others are registered only. */
  | { readonly kind: 'last-in-service'; readonly instanceId: string; readonly balancer: BalancerName }
  | { readonly kind: 'still-in-raft'; readonly instanceId: string; readonly peerId: string }
  | { readonly kind: 'agent-still-up'; readonly instanceId: string }
  | { readonly kind: 'group-not-empty'; readonly group: string; readonly instances: number; readonly peers: number }
  /** A Raft peer without an instance in either group; it may have been a server of either. */
  | { readonly kind: 'orphan-peer'; readonly peerId: string; readonly node: string }
  /** Auto Scaling would launch, terminate or move servers of the group as soon as its processes are active. */
  | { readonly kind: 'unsettled'; readonly group: string; readonly causes: readonly TimeoutCause[] }
  /** It would become the leader, and has not passed every gate. */
  | { readonly kind: 'unproved-heir'; readonly instanceId: string }
  | { readonly kind: 'processes-not-suspended'; readonly group: string; readonly running: readonly string[] }
  /** Its servers have left: it would launch others beside those that stay. */
  | { readonly kind: 'must-stay-suspended'; readonly group: string }
  | { readonly kind: 'not-owned'; readonly resource: string }
  /** The cluster's store does not have the record of the roll that tags tell of. */
  | { readonly kind: 'unconfirmed'; readonly rollId: string }
  | { readonly kind: 'changed-externally'; readonly change: ExternalChange }
  | ({ readonly kind: 'leave-refused' } & Refusal)
  /** Lifecycle hooks abandoned the launch of a server. */
  | { readonly kind: 'launch-abandoned'; readonly instanceId: string; readonly hooks: readonly string[] }
  /** A server of the roll has died, and so did those that this process replaced before: the next one would too. */
  | { readonly kind: 'replacements-die'; readonly instanceId: string; readonly replaced: number }
  | { readonly kind: 'rejoined'; readonly instanceId: string; readonly leaves: number }
  | { readonly kind: 'old-already-left'; readonly left: number; readonly because: StopReason }
  /** The rollback has deleted the new group, or restored the old one: there is nothing to go forward with. */
  | { readonly kind: 'new-group-gone'; readonly cluster: string }
  /** The old group is deleted or no longer part of the roll: there is nothing to roll back to. */
  | { readonly kind: 'old-group-gone'; readonly cluster: string }
  /** The Consul of the new image is older than the one that runs, and cannot read its Raft log. */
  | { readonly kind: 'downgrade'; readonly instanceId: string; readonly version: string; readonly running: string }
  | FounderReason
  /** A new server has the node id or the node name of another server, `owner`. */
  | { readonly kind: 'impostor'; readonly instanceId: string; readonly owner: string; readonly shares: SharedIdentity }
  /** A new server lacks protections that the old servers have turned on. */
  | { readonly kind: 'security-weakened'; readonly instanceId: string; readonly settings: readonly SecuritySetting[] }
  /** A new server lacks part of the state that the leader has, and would lose it for all as the leader. */
  | ({ readonly kind: 'state-missing'; readonly instanceId: string } & MissingState)
  /** Rolling back would make an older Consul the leader, which may not be able to read the newer Raft log. */
  | { readonly kind: 'rollback-downgrade'; readonly cluster: string; readonly from: string; readonly to: string }
  /** The quorum would be lost with so many new servers, if all of them died. */
  | { readonly kind: 'too-many-launches'; readonly group: string; readonly wanted: number; readonly allowed: number }
  /** At this size Auto Scaling would terminate servers of its own choice, several at once. */
  | { readonly kind: 'would-scale-in'; readonly group: string; readonly from: number; readonly to: number }
  /** On this version of its launch template the group would launch the image of the other side. */
  | { readonly kind: 'wrong-version'; readonly group: string; readonly version: string }
  /** AWS does not let this account create the launch source that the roll needs. */
  | { readonly kind: 'launch-source-refused'; readonly message: string }
  /** Nothing failed: an operator requested it. */
  | { readonly kind: 'operator-request' }
  /** Of a watched roll: the reason is not recorded. */
  | { readonly kind: 'unknown' }
  /** Of a watched roll: no process runs it any more; `released` where it released the lock. */
  | { readonly kind: 'runner-gone'; readonly released: boolean }
  /** AWS could not be read for too long. */
  | {
      readonly kind: 'unreadable';
      readonly message: string;
      readonly forMs: number;
      /** The next step from the error. */
      readonly remedy?: string | undefined;
    }
  | {
      readonly kind: 'step-failed';
      /** Its kind. */
      readonly action: string;
      readonly message: string;
      readonly times: number;
      readonly remedy?: string | undefined;
    }
  /** A hook failed, and was configured to stop the roll then. */
  | {
      readonly kind: 'hook-failed';
      readonly on: Hook['on'];
      readonly phase: Phase;
      readonly instanceId: string | undefined;
      /** See `nameHookCommand`. */
      readonly run: string;
      readonly end: HookOutcome;
      /** The last line of its output; empty where it wrote none. */
      readonly lastLine: string;
    }
  /** Another process took over the lock of the roll. */
  | { readonly kind: 'lock-lost'; readonly holder: string | undefined }
  | {
      readonly kind: 'timed-out';
      readonly waitedFor: WaitCondition;
      readonly limitMs: number;
      /** The causes that were observed; empty if there is only the wait itself. */
      readonly causes: readonly TimeoutCause[];
    };

/** What kept the roll waiting until the limit. */
export type TimeoutCause =
  /** All servers name this leader, which does not confirm it. */
  | { readonly kind: 'silent-leader'; readonly leader: string }
  /** It leads, and refuses the token that others accept. */
  | { readonly kind: 'leader-refuses-token'; readonly instanceId: string }
  | { readonly kind: 'wrong-image'; readonly instanceId: string; readonly imageId: string }
  /** Consul does not answer; `message` is the error. */
  | { readonly kind: 'no-answer'; readonly instanceId: string; readonly message: string }
  /** Consul refuses the token; `message` is the error. */
  | { readonly kind: 'token-refused'; readonly instanceId: string; readonly message: string }
  | { readonly kind: 'not-in-cluster'; readonly instanceId: string }
  /** It is in Raft, and knows no leader. */
  | { readonly kind: 'no-contact'; readonly instanceId: string }
  | { readonly kind: 'other-cluster'; readonly instanceId: string; readonly leader: string }
  /** It passes every other gate, and the operator's does not succeed. */
  | { readonly kind: 'gate-refused'; readonly instanceId: string }
  /** Gates that it does not pass; empty if it passes them only some of the time. */
  | { readonly kind: 'gates'; readonly instanceId: string; readonly gates: readonly string[] }
  | { readonly kind: 'marked-unhealthy'; readonly instanceId: string }
  | {
      readonly kind: 'not-in-group-service';
      readonly instanceId: string;
      readonly lifecycle: string;
      readonly group?: string | undefined;
    }
  /** It is older than the group lets servers become. */
  | { readonly kind: 'lifetime-over'; readonly instanceId: string; readonly group: string; readonly lifetimeMs: number }
  | { readonly kind: 'no-healthy-voter'; readonly instanceId: string }
  | { readonly kind: 'capacity-differs'; readonly instances: number; readonly desired: number }
  /** AZRebalance would launch one server and terminate another; `eu-west-1a 2` each. */
  | { readonly kind: 'zones-unbalanced'; readonly zones: readonly string[] }
  | { readonly kind: 'refresh-waiting'; readonly group: string }
  /** Lifecycle hooks hold its launch or its termination. */
  | { readonly kind: 'held'; readonly instanceId: string; readonly group: string; readonly hooks: readonly string[] }
  /** AWS did not say whether one waits. */
  | { readonly kind: 'refresh-unknown'; readonly group: string }
  /** `message` is the error of AWS, if it reports one. */
  | {
      readonly kind: 'not-launched';
      readonly launched: number;
      readonly expected: number;
      readonly message?: string | undefined;
    }
  /** Consul is healthy there, but not in these load balancers. */
  | { readonly kind: 'out-of-service'; readonly balancers: readonly BalancerName[] };

/** An external change during the roll that stops it. */
export type ExternalChange =
  | { readonly kind: 'image'; readonly group: string; readonly imageId: string; readonly expected: string }
  | { readonly kind: 'groups-missing'; readonly groups: readonly string[] }
  | { readonly kind: 'launch-source'; readonly group: string; readonly launchSource: string; readonly expected: string }
  /** The desired capacity is above what the roll expects at most. */
  | {
      readonly kind: 'scaled';
      readonly group: string;
      readonly desired: number;
      readonly expected: number;
      /** It launches nothing and has no server too many, so that only the number is to be set back. */
      readonly idle: boolean;
    }
  | { readonly kind: 'other-roll'; readonly rollId: string }
  /** The leader does not have the sentinel key of the roll. */
  | ({ readonly kind: 'sentinel' } & LostKeys)
  /** Old servers that are neither in Raft nor being terminated. */
  | { readonly kind: 'stray-servers' };

/** The invariants: docs/safety.md gives each its reason, its guard and the tests that attack it. */
export const INVARIANTS = [
  'quorum-kept',
  'single-leader',
  'quorum-margin',
  'one-change',
  'replacements-first',
  'leader-last',
  'no-member-terminated',
  'no-group-deleted-with-members',
  'suspended-until-restored',
  'own-image-only',
  'no-acknowledged-write-lost',
  'only-our-own',
  'token-to-members-only',
  'everything-restored',
] as const;
export type Invariant = (typeof INVARIANTS)[number];

/** The invariant that a refusal upholds; undefined for a reason that is not a refusal of the safety check. */
export const INVARIANT_BY_REASON: Readonly<Record<StopReason['kind'], Invariant | undefined>> = {
  'no-leader': 'single-leader',
  'two-leaders': 'single-leader',
  'unknown-leader': 'single-leader',
  'state-lost': 'single-leader',
  'log-overwritten': undefined,
  'quorum-at-risk': 'quorum-margin',
  'membership-change-pending': 'one-change',
  'too-many-launches': 'quorum-margin',
  'would-scale-in': 'one-change',
  'too-few-replacements': 'replacements-first',
  'last-in-service': 'replacements-first',
  'leader-must-leave-last': 'leader-last',
  'still-in-raft': 'no-member-terminated',
  'agent-still-up': 'no-member-terminated',
  'group-not-empty': 'no-group-deleted-with-members',
  'orphan-peer': 'no-group-deleted-with-members',
  'processes-not-suspended': 'suspended-until-restored',
  'must-stay-suspended': 'suspended-until-restored',
  unsettled: 'suspended-until-restored',
  'unproved-heir': 'no-acknowledged-write-lost',
  'wrong-version': 'own-image-only',
  'not-owned': 'only-our-own',
  unconfirmed: 'only-our-own',
  preflight: undefined,
  'changed-externally': undefined,
  'leave-refused': undefined,
  'launch-abandoned': undefined,
  'replacements-die': undefined,
  rejoined: undefined,
  'old-already-left': undefined,
  'new-group-gone': undefined,
  'old-group-gone': undefined,
  downgrade: undefined,
  founder: undefined,
  impostor: undefined,
  'security-weakened': undefined,
  'state-missing': undefined,
  'rollback-downgrade': undefined,
  'launch-source-refused': undefined,
  'operator-request': undefined,
  unknown: undefined,
  'runner-gone': undefined,
  unreadable: undefined,
  'step-failed': undefined,
  'hook-failed': undefined,
  'lock-lost': undefined,
  'timed-out': undefined,
};

/** Whether continuing might cost the quorum. */
export function threatensQuorum(reason: StopReason): boolean {
  return ['no-leader', 'two-leaders', 'unknown-leader', 'state-lost', 'log-overwritten', 'quorum-at-risk'].includes(
    reason.kind,
  );
}
