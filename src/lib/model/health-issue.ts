/** One health issue of a cluster that is not being rolled, in the order in which they usually happen. */
export type HealthIssue =
  /** EC2 does not run it any more, and its group has not noticed yet. */
  | { readonly kind: 'gone'; readonly instanceId: string }
  /** Consul on it does not answer, and as far as is known it runs. */
  | { readonly kind: 'silent'; readonly instanceId: string; readonly detail: string }
  /** It answers, and autopilot calls it unhealthy. */
  | { readonly kind: 'unhealthy'; readonly instanceId: string }
  | { readonly kind: 'terminating'; readonly instanceId: string }
  | { readonly kind: 'arriving'; readonly instanceId: string; readonly stage: StartupStage }
  /** Its group has fewer servers than it wants, and none on the way for these. */
  | {
      readonly kind: 'missing';
      readonly count: number;
      readonly group: string;
      /** In AWS's words, where it could not launch one. */
      readonly why: string | undefined;
    }
  /** A process of the group is suspended without which it does not heal. */
  | { readonly kind: 'suspended'; readonly group: string; readonly processes: readonly string[] }
  /** Raft counts it, and no standing server of the group is it. */
  | {
      readonly kind: 'orphan-peer';
      readonly node: string;
      readonly peerId: string;
      readonly cleanup: OrphanPeerCleanup;
    }
  | { readonly kind: 'out-of-service'; readonly instanceId: string };

/** How far a server has come that its group has launched. */
export type StartupStage = 'booting' | 'starting' | 'joining' | 'not voting yet' | 'entering service';

/**
 * What removes a dead peer from Raft: autopilot, after gossip has marked it failed; autopilot, once enough other
 * servers vote; the operator, because autopilot is told not to or too many are dead; or it is not known.
 */
export type OrphanPeerCleanup = 'autopilot' | 'autopilot-later' | 'manual' | 'unknown';
