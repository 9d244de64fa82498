import type { BalancerName } from '../model/balancer.js';
import type { ClassicCheck, Member, RaftProtocol, Right, ServerSettings } from '../model/evidence.js';

/** What `doctor` needs of AWS, besides `Cloud`. Changes nothing. */
export interface CloudInspection {
  /** The ARN of whoever calls. Throws RollError `no-credentials` when there are none that work. */
  caller(): Promise<string>;
  /** Those among these that are classic load balancers. */
  classicChecks(balancers: readonly BalancerName[]): Promise<readonly ClassicCheck[]>;
  close(): void;
}

/** What `doctor` needs of Consul, besides `Consul`. Changes nothing. */
export interface ConsulInspection {
  /** Undefined when it does not answer. */
  settings(address: string): Promise<ServerSettings | undefined>;
  /** Of every server in the leader's Raft configuration. */
  raftProtocols(leader: string): Promise<readonly RaftProtocol[]>;
  /** Gossip as this server has it, as far as the token may see it. */
  members(address: string): Promise<readonly Member[]>;
  /**
   * Which rules of a roll the token has, asked of the leader by requests that are refused without the rule and do
   * nothing with it.
   */
  rights(leader: string, cluster: string): Promise<readonly Right[]>;
  close(): Promise<void>;
}
