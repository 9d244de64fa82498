import type { AgentDown } from '../../../src/lib/model/server.js';
import type { OtherKind } from '../others.js';
import type { LEAVE_ENDS } from './leaves.js';

/** The server that a fault affects. */
export type FaultTarget = 'leader' | 'old' | 'new' | 'any';

/** A fault outside the roll. */
export type Fault =
  /** SIGKILL; a supervisor starts the agent again. */
  | { readonly kind: 'kill-server'; readonly whom: FaultTarget }
  /** The agent ends for good, and its instance runs on. */
  | { readonly kind: 'dead-agent'; readonly whom: FaultTarget }
  /** SIGSTOP, and SIGCONT later. */
  | { readonly kind: 'pause-server'; readonly whom: FaultTarget; readonly forMs: number }
  /** A firewall closes port 8300 of a server that does not lead; gossip and HTTP continue. */
  | { readonly kind: 'closed-raft-port'; readonly whom: FaultTarget; readonly forMs: number }
  /** The server that is leaving is paused. */
  | { readonly kind: 'hang-in-leave'; readonly forMs: number }
  /** Up to so many servers that are leaving end before they have left: killed and started again, dead, or paused for `forMs`. */
  | {
      readonly kind: 'end-in-leave';
      readonly servers: number;
      readonly how: (typeof LEAVE_ENDS)[number];
      readonly forMs: number;
    }
  /** An operator runs `consul leave` on a server of a roll. */
  | { readonly kind: 'leave-by-hand'; readonly whom: FaultTarget }
  /** What the leader reports of Raft and of the health of its servers is one read old. */
  | { readonly kind: 'stale-reports'; readonly forMs: number }
  /** So many servers are paused that none can lead. */
  | { readonly kind: 'no-leader'; readonly forMs: number }
  /** An operator terminates an instance, through EC2 or through its group. */
  | { readonly kind: 'terminate-instance'; readonly whom: FaultTarget; readonly throughGroup: boolean }
  /** No subnet has a free address. */
  | { readonly kind: 'no-addresses'; readonly forMs: number }
  /** One zone's subnet has no free address, so that Auto Scaling launches in the others. */
  | { readonly kind: 'full-zone'; readonly zone: number; readonly forMs: number }
  /** Servers are marked Unhealthy while no group replaces servers: a load balancer's hiccup, or a program of another's. */
  | { readonly kind: 'health-marks'; readonly servers: number }
  /** EC2 refuses every launch with this code. */
  | { readonly kind: 'no-launches'; readonly code: string; readonly forMs: number }
  /** The load balancer finds every server of the new group unhealthy. */
  | { readonly kind: 'failing-health-checks'; readonly forMs: number }
  /** Servers launched from the new image join another cluster from now on. */
  | { readonly kind: 'foreign-cluster' }
  /** Agents that have left are restarted. */
  | { readonly kind: 'eager-supervisor'; readonly times: number }
  /** The unit of the new image restarts an agent that has left, every time, also once all faults have ended. */
  | { readonly kind: 'restarting-image' }
  /** Leave requests are answered and not carried out. */
  | { readonly kind: 'ignored-leave'; readonly times: number }
  /** Servers of one side refuse to leave, as with agent/leave in `block_endpoints`. */
  | { readonly kind: 'refused-leaves'; readonly side: 'old' | 'new'; readonly forMs: number }
  /** A server's HTTP API gives broken answers, none, or refuses the token, while Consul itself works. */
  | {
      readonly kind: 'unresponsive-server';
      readonly whom: FaultTarget;
      readonly as: AgentDown['why'];
      readonly forMs: number;
    }
  /** A client agent, or ACL replication with its token, is lost to the cluster; it may come back. */
  | { readonly kind: 'others-lost'; readonly what: OtherKind; readonly forMs: number }
  /** AWS answers every call with this error. */
  | { readonly kind: 'aws-outage'; readonly code: string; readonly forMs: number }
  /** A server that is in no group joins the cluster, and is killed. */
  | { readonly kind: 'orphan-peer' }
  /** Terraform starts an instance refresh, which waits for the roll. */
  | { readonly kind: 'instance-refresh' }
  /** An operator puts a server on standby, and the group is lowered by it; the same operator may end that later. */
  | { readonly kind: 'standby'; readonly whom: FaultTarget; readonly backAfterMs?: number | undefined }
  /** An operator detaches a server from its group (`DetachInstances`), which may be lowered by it. It runs on, and votes. */
  | { readonly kind: 'detach'; readonly whom: FaultTarget; readonly lowers: boolean }
  /** A lifecycle hook that is not completed. */
  | {
      readonly kind: 'lifecycle-hook';
      readonly holds: 'LAUNCHING' | 'TERMINATING';
      readonly forMs: number;
      readonly result: 'CONTINUE' | 'ABANDON';
    }
  /** The old servers reach the maximum lifetime of their group. */
  | { readonly kind: 'lifetimes-end'; readonly afterMs: number }
  /** An operator scales a group of the roll out or in, and perhaps sets its size back later. */
  | {
      readonly kind: 'scaled-by-hand';
      readonly side: 'old' | 'new';
      readonly by: number;
      readonly backAfterMs: number | undefined;
      /** The operator has the group launch the servers, although the roll has suspended that. */
      readonly launches?: true;
    }
  /** An operator restores a snapshot from before the roll, or deletes the keys of the roll. */
  | { readonly kind: 'keys-by-hand' }
  /** The owner of the old image deregisters it: the old group launches nothing any more. */
  | { readonly kind: 'old-image-gone' }
  /** An operator has the new group launch another image. */
  | { readonly kind: 'image-by-hand' }
  /** An operator deletes the tags of the roll from one of its two groups. */
  | { readonly kind: 'record-by-hand'; readonly side: 'old' | 'new' };

/** When a fault occurs: some time after the roll began, or after the nth effect of a kind. */
export type Trigger =
  | { readonly kind: 'time'; readonly afterMs: number }
  | { readonly kind: 'effect'; readonly named: string; readonly nth: number; readonly delayMs: number };

export interface PlannedFault {
  readonly trigger: Trigger;
  readonly fault: Fault;
}

/** Share of single calls that fail, from 0 to 1. */
export interface Noise {
  readonly awsReads: number;
  readonly awsEffects: number;
  readonly consulReads: number;
  readonly consulEffects: number;
}
