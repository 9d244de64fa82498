/** One health issue of a cluster that is not being rolled, in the order in which they usually happen. */
export type HealthIssue =
  /** Its instance is gone in EC2, but its group still counts it. */
  | { readonly kind: 'gone'; readonly instanceId: string }
  /** The instance runs, but Consul on it does not answer. */
  | {
      readonly kind: 'silent';
      readonly instanceId: string;
      readonly detail: string;
      /** Where a setting of this machine is the cause. */
      readonly remedy?: string | undefined;
      /** Whether the cluster can lose it now: `unknown` without a leader, which says nothing about the server itself. */
      readonly replaceable: 'yes' | 'no' | 'unknown';
    }
  /** Consul on it refuses the ACL token that others accept; `detail` is the error. */
  | { readonly kind: 'token-refused'; readonly instanceId: string; readonly detail: string }
  /** It answers, but autopilot reports it unhealthy. */
  | { readonly kind: 'unhealthy'; readonly instanceId: string }
  | { readonly kind: 'terminating'; readonly instanceId: string }
  /** Its group has launched it, and it is not in service yet. */
  | { readonly kind: 'arriving'; readonly instanceId: string }
  /** Its group has fewer servers than desired, and is launching none for these. */
  | {
      readonly kind: 'missing';
      readonly count: number;
      readonly group: string;
      /** The reason from AWS, if a launch failed. */
      readonly why: string | undefined;
    }
  /** A suspended process without which the group replaces no server. */
  | { readonly kind: 'suspended'; readonly group: string; readonly processes: readonly string[] }
  /** A Raft peer without a matching server in the group. */
  | {
      readonly kind: 'orphan-peer';
      readonly node: string;
      readonly peerId: string;
      readonly cleanup: OrphanPeerCleanup;
    }
  | { readonly kind: 'out-of-service'; readonly instanceId: string };

export type HealthIssueOf<Kind extends HealthIssue['kind']> = Extract<HealthIssue, { kind: Kind }>;

/**
 * What removes a dead peer from Raft: autopilot, after gossip has marked it failed; autopilot, once enough other
 * servers vote; the operator, because autopilot does not remove dead servers or too many are dead; or unknown.
 */
export type OrphanPeerCleanup = 'autopilot' | 'autopilot-later' | 'manual' | 'unknown';
