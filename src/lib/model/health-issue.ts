/** What is not as it should be in a cluster that nobody rolls, one thing each; in the order of its story. */
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
 * Who takes a dead peer out of Raft: autopilot, as soon as gossip calls it failed; autopilot, once enough others
 * vote; a person, because autopilot is told not to, or cannot, the dead being too many; nobody may know.
 */
export type OrphanPeerCleanup = 'autopilot' | 'autopilot-later' | 'manual' | 'unknown';
