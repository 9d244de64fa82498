import type { AgentDown } from '../../../src/lib/model/server.js';

/** Whom a fault hits. */
export type FaultTarget = 'leader' | 'old' | 'new' | 'any';

/** Something that goes wrong outside the roll. */
export type Fault =
  /** SIGKILL; a supervisor starts the agent again. */
  | { readonly kind: 'kill-server'; readonly whom: FaultTarget }
  /** SIGSTOP, and SIGCONT later. */
  | { readonly kind: 'freeze-server'; readonly whom: FaultTarget; readonly forMs: number }
  /** The server that is leaving stands still. */
  | { readonly kind: 'hang-in-leave'; readonly forMs: number }
  /** So many stand still that nobody can lead. */
  | { readonly kind: 'no-leader'; readonly forMs: number }
  /** Somebody terminates an instance, past its group or through it. */
  | { readonly kind: 'terminate-instance'; readonly whom: FaultTarget; readonly throughGroup: boolean }
  /** No subnet has an address left. */
  | { readonly kind: 'no-addresses'; readonly forMs: number }
  /** EC2 launches nothing, and says why. */
  | { readonly kind: 'no-launches'; readonly code: string; readonly forMs: number }
  /** The load balancer finds no server of the new group healthy. */
  | { readonly kind: 'blind-balancer'; readonly forMs: number }
  /** Servers launched from the new image find another cluster from now on. */
  | { readonly kind: 'foreign-cluster' }
  /** Agents that have left are started again. */
  | { readonly kind: 'eager-supervisor'; readonly times: number }
  /** Leaves are answered, and never happen. */
  | { readonly kind: 'deaf-leave'; readonly times: number }
  /** A server's HTTP API answers nonsense, or nothing, while Consul itself works. */
  | {
      readonly kind: 'mute-server';
      readonly whom: FaultTarget;
      readonly as: AgentDown['why'];
      readonly forMs: number;
    }
  /** AWS answers nothing but this error. */
  | { readonly kind: 'aws-outage'; readonly code: string; readonly forMs: number }
  /** A server that is in no group joins the cluster, and dies for good. */
  | { readonly kind: 'orphan-peer' }
  /** Somebody wants one more of a group that is frozen. */
  | { readonly kind: 'scaled-by-hand' }
  /** Somebody has the new group launch another image. */
  | { readonly kind: 'image-by-hand' }
  /** Somebody takes the record of the roll off one of its two groups. */
  | { readonly kind: 'record-by-hand'; readonly side: 'old' | 'new' };

/** When a fault comes: some time after the roll began, or after the nth effect of a kind. */
export type Trigger =
  | { readonly kind: 'time'; readonly afterMs: number }
  | { readonly kind: 'effect'; readonly named: string; readonly nth: number; readonly delayMs: number };

export interface PlannedFault {
  readonly trigger: Trigger;
  readonly fault: Fault;
}

/** How often single calls fail, from 0 to 1. */
export interface Noise {
  readonly awsReads: number;
  readonly awsEffects: number;
  readonly consulReads: number;
  readonly consulEffects: number;
}
