import type { BalancerName } from './load-balancer.js';

/** What the operator should know before a roll, but does not prevent it. Views word it. */
export type Notice = TrafficNotice | LaunchSourceNotice;

/** About what the servers get their traffic from. */
export type TrafficNotice =
  /** A target drains for the whole of its deregistration delay, busy or not. */
  | { readonly kind: 'long-drain'; readonly balancer: BalancerName; readonly eachMs: number; readonly servers: number }
  /** A health check that a server in no cluster passes too. */
  | { readonly kind: 'check-verifies-nothing'; readonly balancer: BalancerName; readonly path: string }
  /** No load balancer forwards to the target group, so its servers are never checked. */
  | { readonly kind: 'not-reachable'; readonly balancer: BalancerName }
  /** Servers that no load balancer reaches, in a target group that one does reach: their zone is not enabled there. */
  | { readonly kind: 'zone-not-enabled'; readonly balancer: BalancerName; readonly instanceIds: readonly string[] }
  /** Connections through a network load balancer go on to a server that drains, until one of the two ends closes. */
  | { readonly kind: 'connections-stay'; readonly balancer: BalancerName }
  | { readonly kind: 'slow-start'; readonly balancer: BalancerName; readonly forMs: number };

/** About what the group launches from, and what of it a copy does not have. */
export type LaunchSourceNotice =
  /** The group names its launch template by an alias; it is on the number that stands for while the roll lasts. */
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
  /** One clause: what stays behind. */
  | { readonly kind: 'not-copied'; readonly what: string };
