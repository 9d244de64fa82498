import type { LifecycleHook } from './group.js';
import type { BalancerName } from './load-balancer.js';

/** What the operator should know before a roll; it does not prevent the roll. Views put it into words. */
export type Notice = TrafficNotice | LaunchSourceNotice | LifecycleHookNotice;

/** A lifecycle hook of the old group, which the new one has too: each launch, or each termination, waits for it. */
export interface LifecycleHookNotice extends LifecycleHook {
  readonly kind: 'lifecycle-hook';
  readonly group: string;
  /** The new group has another name, which what completes the hook may not know. */
  readonly isCopied: boolean;
}

/** About load balancers and target groups. */
export type TrafficNotice =
  /** A target drains for its whole deregistration delay, with or without connections. */
  | { readonly kind: 'long-drain'; readonly balancer: BalancerName; readonly eachMs: number; readonly servers: number }
  /** A health check that also passes on a server that is in no cluster. */
  | { readonly kind: 'check-verifies-nothing'; readonly balancer: BalancerName; readonly path: string }
  /** No load balancer forwards to the target group, so its servers are never checked. */
  | { readonly kind: 'not-reachable'; readonly balancer: BalancerName }
  /** Servers that no load balancer reaches, in a target group that one does reach: their zone is not enabled there. */
  | { readonly kind: 'zone-not-enabled'; readonly balancer: BalancerName; readonly instanceIds: readonly string[] }
  /** Connections through a network load balancer stay on a draining server until one end closes them. */
  | { readonly kind: 'connections-stay'; readonly balancer: BalancerName }
  /** Cross-zone load balancing is off, and the surge is too small to keep a server in service in each zone. */
  | {
      readonly kind: 'zone-may-be-empty';
      readonly balancer: BalancerName;
      readonly surge: number;
      readonly servers: number;
    }
  | { readonly kind: 'slow-start'; readonly balancer: BalancerName; readonly forMs: number };

/** About what the group launches from, and what of it a copy does not have. */
export type LaunchSourceNotice =
  /**
   * The group names its launch template by an alias; during the roll the group uses the number that the alias resolves
   * to.
   */
  | {
      readonly kind: 'alias-pinned';
      readonly group: string;
      readonly launchTemplate: string;
      readonly alias: string;
      readonly version: number;
    }
  /** The group launches the new image already, though its servers run another. */
  | { readonly kind: 'already-launches-image'; readonly group: string }
  /** The new group gets a warm pool with servers of its own. */
  | { readonly kind: 'warm-pool'; readonly group: string }
  /** The servers have a bootstrap_expect that their user data does not set: the image does. */
  | { readonly kind: 'bootstrap-in-image'; readonly expect: number }
  /** Whether the user data sets a bootstrap_expect is not known. */
  | { readonly kind: 'user-data-unreadable'; readonly why: string }
  /** The user data runs or writes what is not in it: how many times, and where first. */
  | { readonly kind: 'user-data-incomplete'; readonly where: string; readonly places: number }
  /** One clause: what is not copied. */
  | { readonly kind: 'not-copied'; readonly what: string };
