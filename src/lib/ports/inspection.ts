import type { BalancerName } from '../model/balancer.js';
import type {
  ClassicCheck,
  Member,
  Permitted,
  ProbedThings,
  RaftProtocol,
  Right,
  ServerNetwork,
  ServerSettings,
} from '../model/evidence.js';

/** What `doctor` needs of AWS, besides `Cloud`. Changes nothing. */
export interface CloudInspection {
  /** The ARN of whoever calls. Throws RollError `no-credentials` when there are none that work. */
  caller(): Promise<string>;
  /** Which of these reading actions the caller may call, tried by calling them for as little as can be. */
  mayRead(actions: readonly string[]): Promise<readonly Permitted[]>;
  /**
   * Which of these changing actions the caller may call: tried by dry runs of EC2, and elsewhere by calls that can
   * change nothing, as what they name does not exist or they are incomplete.
   */
  mayChange(actions: readonly string[], things: ProbedThings): Promise<readonly Permitted[]>;
  /** The same on the group there is, for those of these actions that can be tried on it without changing anything. */
  mayChangeOldGroup(actions: readonly string[], things: ProbedThings): Promise<readonly Permitted[]>;
  /**
   * Which of these actions on the groups, or iam:PassRole, IAM's own simulation of the caller's policies allows, with
   * the tags of the group. Not known where the caller may not ask for one.
   */
  simulated(actions: readonly string[], things: ProbedThings): Promise<readonly Permitted[]>;
  /** Those among these that are classic load balancers. */
  classicChecks(balancers: readonly BalancerName[]): Promise<readonly ClassicCheck[]>;
  /** The security groups of these instances and of what the group launches; undefined where the caller may not read them. */
  network(instanceIds: readonly string[], group: string): Promise<ServerNetwork | undefined>;
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
