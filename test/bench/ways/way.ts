import type { ConsulKind } from '../../../src/sandbox/instances/consul-choice.js';
import type { Sandbox } from '../../../src/sandbox/sandbox.js';
import type { Program } from '../../helpers/program.js';
import type { AwsClients } from '../aws.js';

/** The cluster that a way replaces, and what the way may use. */
export interface BenchSite {
  readonly sandbox: Sandbox;
  /** Of the Auto Scaling group that has the servers now. */
  readonly groupName: string;
  /** Of the classic load balancer in front of them. */
  readonly loadBalancerName: string;
  /** Servers of the cluster. */
  readonly size: number;
  /** What AWS's delays are divided by; waits of AWS's clients are, too. */
  readonly speed: number;
  /** The image that the servers are to run at the end. */
  readonly imageId: string;
  readonly aws: AwsClients;
  /** consul-roll, compiled. */
  readonly program: Program;
  /** Leads any AWS client to the sandbox. */
  readonly env: Readonly<Record<string, string>>;
  /** An empty folder, removed afterwards. */
  readonly folder: string;
  /** Aborted when the time limit of the way is over. */
  readonly signal: AbortSignal;
}

/** How a way ended, by its own account. */
export interface WayEnd {
  /** 0 where it reports success. */
  readonly exitCode: number;
  /** What carried it out, such as `Terraform v1.11.4`. */
  readonly by: string;
  /** What it spent its time on, where it tells: consul-roll's `time.sums`, the longest first. */
  readonly spent?: readonly TimeSum[];
}

/** All time that was spent on one thing, milliseconds. */
export interface TimeSum {
  /** `wait`: for the cluster or AWS; anything else is work of its own. */
  readonly use: string;
  readonly for: string | null;
  readonly count: number;
  readonly elapsedMs: number;
}

/** One way to replace all servers of a cluster by servers of another image. */
export interface Way {
  /** For `--ways`. */
  readonly id: string;
  readonly title: string;
  /** What it does, in one sentence. */
  readonly how: string;
  /** Whether it is consul-roll: it must keep the quorum and lose nothing. */
  readonly ours: boolean;
  /** At speed 1. A cluster without a quorum never recovers, so a way that waits for it never ends. */
  readonly limitMs: number;
  /** Whether the servers leave Raft whenever they are stopped (`leave_on_terminate`, or `consul leave` in the unit). */
  readonly leavesOnStop?: boolean;
  /** Why it cannot be run on such servers; undefined where it can. */
  findObstacle?(consul: ConsulKind): string | undefined;
  /** What must be there before the time begins. */
  prepare?(site: BenchSite): Promise<void>;
  /** @throws Error what the way ended with */
  replace(site: BenchSite): Promise<WayEnd>;
}
