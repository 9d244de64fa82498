import type { Missing } from './convergence.js';
import type { QuorumMargin } from './raft.js';
import type { Side } from './server.js';

/** The phases of a roll, in order; `rollback` only in a rollback. */
export const PHASES = ['snapshot', 'prepare', 'canary', 'grow', 'drain', 'finish', 'rollback'] as const;
export type Phase = (typeof PHASES)[number];

/** A wait: what for, and how long. */
export interface Wait {
  readonly phase: Phase;
  readonly for: WaitCondition;
  /** Milliseconds from `sinceMs` until the wait times out. */
  readonly limitMs: number;
  readonly sinceMs: number;
}

/** Lifecycle hooks that hold a server, and how long they may. */
export interface HeldBy {
  readonly hooks: readonly string[];
  readonly forMs: number;
}

export type WaitCondition =
  /** `expected` servers of a side pass every gate; `instanceIds` are those that exist but have not passed yet. */
  | {
      readonly kind: 'ready';
      readonly side: Side;
      readonly instanceIds: readonly string[];
      readonly expected: number;
      readonly held?: HeldBy | undefined;
    }
  | { readonly kind: 'in-service'; readonly instanceIds: readonly string[] }
  | { readonly kind: 'drained'; readonly instanceId: string }
  | { readonly kind: 'out-of-raft'; readonly instanceId: string }
  | { readonly kind: 'agent-down'; readonly instanceId: string }
  | { readonly kind: 'agent-reachable'; readonly instanceId: string }
  | { readonly kind: 'terminated'; readonly instanceId: string; readonly held?: HeldBy | undefined }
  | { readonly kind: 'leadership'; readonly towards: string | undefined }
  | { readonly kind: 'healthy'; readonly margin: QuorumMargin }
  /** A Raft peer without an instance is gone. */
  | { readonly kind: 'orphan-peer'; readonly peerId: string; readonly node: string }
  | { readonly kind: 'deleted'; readonly group: string }
  /** The group's warm pool is gone. */
  | { readonly kind: 'warm-pool-deleted'; readonly group: string }
  /** Auto Scaling would change nothing in the group if its processes were active. */
  | { readonly kind: 'settled'; readonly group: string }
  | { readonly kind: 'sentinel' }
  /** What others had in the cluster before the roll is there again. */
  | { readonly kind: 'convergence'; readonly missing: readonly Missing[] }
  | { readonly kind: 'bake' };

/** Equal for two waits for the same thing. */
export function buildWaitKey(waitFor: WaitCondition): string {
  switch (waitFor.kind) {
    case 'drained':
    case 'out-of-raft':
    case 'agent-down':
    case 'agent-reachable':
      return `${waitFor.kind} ${waitFor.instanceId}`;
    case 'terminated':
      return [waitFor.kind, waitFor.instanceId, ...(waitFor.held?.hooks ?? [])].join(' ');
    case 'orphan-peer':
      return `orphan-peer ${waitFor.peerId}`;
    case 'ready':
      return [waitFor.kind, waitFor.expected, ...(waitFor.held?.hooks ?? [])].join(' ');
    case 'in-service':
      return `in-service ${waitFor.instanceIds.join(' ')}`;
    case 'deleted':
    case 'settled':
    case 'warm-pool-deleted':
      return `${waitFor.kind} ${waitFor.group}`;
    case 'leadership':
    case 'healthy':
    case 'sentinel':
    case 'convergence':
    case 'bake':
      return waitFor.kind;
  }
}
