import type {
  ClusterSpec,
  GroupSpec,
  LaunchSourceKind,
  LaunchSourceSpec,
  LoadBalancerSpec,
} from './model/cluster-spec.js';
import type {
  AclPermission,
  ClassicHealthCheck,
  IamPermissionResult,
  Member,
  ProbeTargets,
  RaftProtocol,
  ServerNetwork,
  ServerSettings,
} from './model/doctor.js';
import type { Group } from './model/group.js';
import type { Hook, HookOutcome } from './model/hook.js';
import type {
  LaunchSource,
  LaunchTemplateState,
  NextLaunchSource,
  PreviousLaunchSource,
} from './model/launch-source.js';
import type { BalancerName, TargetGroup } from './model/load-balancer.js';
import type { AutopilotSettings, LaunchTemplateUser, MachineImage } from './model/observation.js';
import type { Agent, BalancerState, Peer } from './model/server.js';

/** What the engine needs of AWS. Every write can be repeated with the same end. */
export interface Cloud {
  /** Account id of the caller. Throws RollError `no-credentials` when there are none that work. */
  readAccountId(): Promise<string>;
  /**
   * The groups of a cluster: those named `cluster`, tagged `Name=cluster`, or tagged by an earlier or running
   * roll as `consul-roll:cluster=cluster`. Each once, oldest first, with their tags and templates.
   */
  findGroups(cluster: string): Promise<readonly Group[]>;
  /** One batch of describe calls for these groups, however many servers they have. Groups that are gone are left out. */
  describeCluster(
    groupNames: readonly string[],
    templateNames: readonly string[],
    balancers: readonly BalancerName[],
    launchTemplate?: LaunchTemplateQuery,
  ): Promise<ClusterDescription>;
  findImage(imageId: string): Promise<MachineImage | undefined>;
  /** Architectures an instance type supports, or undefined when that cannot be read. */
  findArchitectures(instanceType: string): Promise<readonly string[] | undefined>;
  isRefreshInProgress(group: string): Promise<boolean>;
  countFreeAddresses(subnets: readonly string[]): Promise<readonly { id: string; freeAddresses: number }[]>;
  /** What the account may still create, or undefined when that cannot be read. */
  readQuota(): Promise<{ groupsLeft: number; templatesLeft: number } | undefined>;

  /** A launch configuration equal to `from` but for its name and image. One that exists is left as it is if equal, refused otherwise. */
  createLaunchConfiguration(from: string, name: string, imageId: string): Promise<void>;
  /**
   * A version of a launch template equal to `source` but for the image, described by `mark`. One that is described so
   * already is left as it is, however often it is asked for.
   */
  createLaunchTemplateVersion(
    source: { readonly id: string; readonly version: number },
    mark: string,
    imageId: string,
  ): Promise<void>;
  /**
   * A launch configuration or a launch template that launches the same as a template of the other kind, but for the
   * image; the first version of a launch template is described by `mark`. One that exists and is equal, or so
   * described, is left as it is.
   */
  convertLaunchSource(
    from: PreviousLaunchSource,
    to: ConvertedLaunchSource,
    mark: string,
    imageId: string,
  ): Promise<void>;
  /** What a template says and the other kind cannot, by field; empty when it can be converted whole. */
  findUnsupportedSettings(
    from: PreviousLaunchSource,
    to: ConvertedLaunchSource['kind'],
  ): Promise<readonly string[]>;
  /** Every group of the account on this launch template, by itself or in a mixed instances policy. */
  listLaunchTemplateUsers(launchTemplateId: string): Promise<readonly LaunchTemplateUser[]>;
  /** What a copy of the group will not have, a sentence each. */
  listNotCopied(group: string): Promise<readonly string[]>;
  /**
   * A group equal to `from` in every field the API can set, but for: its name, its template, size 0 (min 0,
   * desired 0, the same max), no load balancer attached yet, and `tags` added (not propagated to instances).
   */
  createGroup(
    from: string,
    name: string,
    launchSource: LaunchSource,
    tags: Readonly<Record<string, string>>,
  ): Promise<void>;
  /**
   * Has a group launch from something else from now on; its servers stay as they are. A mixed instances policy stays,
   * with another version in it.
   */
  setLaunchSource(group: string, launchSource: LaunchSource): Promise<void>;
  /** What `$Default` stands for from now on. */
  setDefaultLaunchTemplateVersion(launchTemplateId: string, version: number): Promise<void>;
  setSizes(group: string, sizes: { minSize?: number; maxSize?: number; desired?: number }): Promise<void>;
  suspendProcesses(group: string, processes: readonly string[]): Promise<void>;
  resumeProcesses(group: string, processes: readonly string[]): Promise<void>;
  tag(group: string, tags: Readonly<Record<string, string>>): Promise<void>;
  untag(group: string, keys: readonly string[]): Promise<void>;
  /** What there is to know of the target groups among these; once, before a roll. */
  describeTargetGroups(balancers: readonly BalancerName[]): Promise<readonly TargetGroup[]>;
  register(balancer: BalancerName, instanceIds: readonly string[]): Promise<void>;
  deregister(balancer: BalancerName, instanceIds: readonly string[]): Promise<void>;
  attachLoadBalancers(group: string, balancers: readonly BalancerName[]): Promise<void>;
  /** Gives a group the warm pool that another has; nothing where that has none. */
  copyWarmPool(from: string, group: string): Promise<void>;
  /** Deletes a warm pool and its instances, without force. Gone already is fine. */
  deleteWarmPool(group: string): Promise<void>;
  /** Terminates one instance by name and lowers the group's desired capacity with it. Gone already is fine. */
  terminate(instanceId: string): Promise<void>;
  /** Deletes an empty group; never with ForceDelete. Gone already is fine. */
  deleteGroup(group: string): Promise<void>;
  /** Gone already is fine; `in-use` when another group launches from it. */
  deleteLaunchConfiguration(name: string): Promise<'deleted' | 'in-use'>;
  /** One version of a launch template. Gone already is fine. */
  deleteLaunchTemplateVersion(launchTemplateId: string, version: number): Promise<void>;
  /** A launch template with every version. Gone already is fine. */
  deleteLaunchTemplate(launchTemplateId: string): Promise<void>;
  close(): void;
}

/** A launch template of a roll to look at: by its id, or by its name as long as it has none. */
export interface LaunchTemplateQuery {
  readonly id: string | undefined;
  readonly name: string;
  /** The description of the roll's own version, whose number is above `after`. */
  readonly description: string;
  readonly afterVersion: number;
}

/** A template of a kind the old group was not on. */
export type ConvertedLaunchSource = Exclude<NextLaunchSource, { readonly kind: 'launch-template-version' }>;

/** What AWS knows of some groups at one moment. */
export interface ClusterDescription {
  readonly groups: readonly Group[];
  readonly instances: readonly CloudInstance[];
  /** Launch configurations that exist, of those asked for. */
  readonly launchConfigurations: readonly string[];
  /** The launch template asked for, if it exists. */
  readonly launchTemplate: LaunchTemplateState | undefined;
  /** Connection draining by load balancer, or deregistration delay by target group; milliseconds, 0 when off. */
  readonly drainingMs: Readonly<Record<string, number>>;
}

export interface CloudInstance {
  readonly instanceId: string;
  readonly group: string;
  readonly address: string | undefined;
  readonly zone: string;
  readonly imageId: string;
  readonly launchedAtMs: number;
  /** Auto Scaling's lifecycle state. */
  readonly lifecycle: string;
  readonly protectedFromScaleIn: boolean;
  readonly balancers: Readonly<Record<string, BalancerState>>;
}

/** What the engine needs of Consul. Addresses are the servers' own, without a port. */
export interface Consul {
  /**
   * What one server says of itself; not answering is an answer. `sentinelKey` is read with `?stale`. Every method
   * here throws RollError `acl-denied`, naming the missing rule, where the ACL token does not suffice.
   */
  readAgent(address: string, sentinelKey: string): Promise<Agent>;
  /** What a server that believes to be the leader says of the cluster; undefined when it is none or does not answer. */
  readLeader(address: string, sentinelKey: string): Promise<LeaderReport | undefined>;
  /** The leader's commit index, or undefined when it does not answer. */
  readCommitIndex(address: string): Promise<number | undefined>;
  readAutopilot(address: string): Promise<AutopilotSettings | undefined>;
  /**
   * Asks the server at this address to leave. Comes back once the request is under way: Consul answers 14 to 15
   * seconds later, and 200 is no proof, so what counts is the Raft configuration. Throws when it is refused.
   */
  requestLeave(address: string): Promise<void>;
  /** Removes a Raft peer by id, through the leader at `address`. */
  removePeer(address: string, peerId: string): Promise<void>;
  /** Since Consul 1.15. `unsupported` on older ones. */
  transferLeadership(address: string, peerId: string): Promise<'asked' | 'unsupported'>;
  writeKey(address: string, key: string, value: string): Promise<void>;
  deleteKey(address: string, key: string): Promise<void>;
  /** A verified snapshot of the state, taken from the leader at `address`, as bytes of a gzipped archive. */
  takeSnapshot(address: string): Promise<Uint8Array>;
  /** Reads a key through the leader, with its ModifyIndex (0 when there is none). */
  readKey(address: string, key: string): Promise<{ value: string | undefined; modifyIndex: number }>;
  /** Check-and-set: writes if the key's ModifyIndex is still `modifyIndex` (0: if there is no key). False when it lost. */
  compareAndSet(address: string, key: string, value: string, modifyIndex: number): Promise<boolean>;
  /** Deletes if unchanged since `modifyIndex`. */
  compareAndDelete(address: string, key: string, modifyIndex: number): Promise<boolean>;
  close(): Promise<void>;
}

export interface LeaderReport {
  /** Its own Raft configuration, joined with autopilot's health. */
  readonly peers: readonly Peer[];
  readonly failureTolerance: number;
  readonly sentinel: string | undefined;
}

export interface Clock {
  /** Epoch milliseconds. */
  now(): number;
  /** Comes back early when the signal aborts; never throws for it. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** Where snapshots are kept. */
export interface Files {
  /** Writes a file only its owner can read; returns its full path. */
  save(name: string, bytes: Uint8Array): Promise<string>;
}

/** Commands of the operator's, run at certain moments of a roll. */
export interface Hooks {
  /** In the order in which they are run. */
  readonly list: readonly Hook[];
  /**
   * Runs one to its end, until its time is over or until the signal aborts. Never throws.
   *
   * @param facts variables of its environment, besides those of this process
   * @param hear is told its output line by line, without control characters
   */
  run(
    hook: Hook,
    facts: Readonly<Record<string, string>>,
    hear: (line: string) => void,
    signal: AbortSignal,
  ): Promise<HookOutcome>;
}

/** What `doctor` needs of AWS, besides `Cloud`. Changes nothing. */
export interface CloudInspection {
  /** The ARN of whoever calls. Throws RollError `no-credentials` when there are none that work. */
  readCallerArn(): Promise<string>;
  /** Which of these reading actions the caller may call, tried by calling them for as little as can be. */
  probeReads(actions: readonly string[]): Promise<readonly IamPermissionResult[]>;
  /**
   * Which of these changing actions the caller may call: tried by dry runs of EC2, and elsewhere by calls that can
   * change nothing, as what they name does not exist or they are incomplete.
   */
  probeChanges(actions: readonly string[], targets: ProbeTargets): Promise<readonly IamPermissionResult[]>;
  /** The same on the group there is, for those of these actions that can be tried on it without changing anything. */
  probeOldGroupChanges(
    actions: readonly string[],
    targets: ProbeTargets,
  ): Promise<readonly IamPermissionResult[]>;
  /**
   * Which of these actions on the groups, or iam:PassRole, IAM's own simulation of the caller's policies allows, with
   * the tags of the group. Not known where the caller may not ask for one.
   */
  simulatePolicies(
    actions: readonly string[],
    targets: ProbeTargets,
  ): Promise<readonly IamPermissionResult[]>;
  /** Those among these that are classic load balancers. */
  describeClassicHealthChecks(balancers: readonly BalancerName[]): Promise<readonly ClassicHealthCheck[]>;
  /** The security groups of these instances and of what the group launches; undefined where the caller may not read them. */
  describeServerNetwork(instanceIds: readonly string[], group: string): Promise<ServerNetwork | undefined>;
  close(): void;
}

/** What `doctor` needs of Consul, besides `Consul`. Changes nothing. */
export interface ConsulInspection {
  /** Undefined when it does not answer. */
  readServerSettings(address: string): Promise<ServerSettings | undefined>;
  /** Of every server in the leader's Raft configuration. */
  readRaftProtocols(leader: string): Promise<readonly RaftProtocol[]>;
  /** Gossip as this server has it, as far as the token may see it. */
  listMembers(address: string): Promise<readonly Member[]>;
  /**
   * Which rules of a roll the token has, asked of the leader by requests that are refused without the rule and do
   * nothing with it.
   */
  probeAclPermissions(leader: string, cluster: string): Promise<readonly AclPermission[]>;
  close(): Promise<void>;
}

/**
 * What `create` needs of AWS, besides `Cloud`. Looking answers undefined for what is not there. What makes something
 * throws RollError `made-meanwhile` where somebody else was faster, or an earlier try of its own.
 */
export interface Creation {
  /** Of an image, for instance `/dev/xvda`. */
  findRootDevice(imageId: string): Promise<string | undefined>;
  findLoadBalancer(name: string): Promise<ExistingLoadBalancer | undefined>;
  /** The default version where none is named. */
  findLaunchSource(
    kind: LaunchSourceKind,
    name: string,
    version?: string,
  ): Promise<ExistingLaunchSource | undefined>;
  findGroup(name: string): Promise<ExistingGroup | undefined>;
  /** Makes it, or brings one that is unfinished to its end. */
  createLoadBalancer(name: string, fields: LoadBalancerSpec): Promise<void>;
  createLaunchSource(template: ClusterSpec['launchSource']): Promise<LaunchSource>;
  /** At its size at once, behind its load balancers; tagged with the cluster. */
  createGroup(name: string, fields: GroupSpec, launchSource: LaunchSource, cluster: string): Promise<void>;
  close(): void;
}

export interface ExistingLoadBalancer {
  readonly fields: LoadBalancerSpec;
  /** It takes several calls, and whoever made it did not come to their end. */
  readonly unfinished: boolean;
  readonly dnsName: string;
}

export interface ExistingLaunchSource {
  readonly fields: LaunchSourceSpec;
  readonly launchSource: LaunchSource;
}

export interface ExistingGroup {
  readonly fields: GroupSpec;
  /** Undefined for a mixed instances policy. */
  readonly launchSource: LaunchSource | undefined;
}
