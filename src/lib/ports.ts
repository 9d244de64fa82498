import type { ActionOf } from './model/action.js';
import type {
  ClusterSpec,
  GroupSpec,
  LaunchSourceKind,
  LaunchSourceSpec,
  LoadBalancerSpec,
} from './model/cluster-spec.js';
import type { StateKind, StateNames } from './model/comparison.js';
import type { ConvergenceState } from './model/convergence.js';
import type {
  AclPermission,
  ClassicHealthCheck,
  IamPermissionResult,
  Member,
  OtherServer,
  ProbeTargets,
  RaftProtocol,
  ServerNetwork,
  ServerSettings,
} from './model/doctor.js';
import type { Group, LifecycleHook } from './model/group.js';
import type { Hook, HookOutcome } from './model/hook.js';
import type { ImageReference } from './model/image-reference.js';
import type {
  LaunchSource,
  LaunchTemplateState,
  NextLaunchSource,
  PreviousLaunchSource,
} from './model/launch-source.js';
import type { GroupSummary, ServerQuery } from './model/listed-cluster.js';
import type { BalancerName, TargetGroup } from './model/load-balancer.js';
import type {
  AutopilotSettings,
  FileProblem,
  LaunchTemplateUser,
  MachineImage,
  StrayInstance,
  SubnetRoom,
} from './model/observation.js';
import type { RollKeys } from './model/record.js';
import type { CallerIdentity } from './model/roll-context.js';
import type { Agent, AgentUp, BalancerState, GossipMember, Peer, Refusal } from './model/server.js';
import type { ServerConsole } from './model/server-failure.js';

/** What the engine needs of AWS. Every write can be repeated with the same result. */
export interface Cloud {
  /** Who calls AWS, and where. Throws RollError `no-credentials` when no credentials work. */
  readCaller(): Promise<CallerIdentity>;
  /**
   * The groups of a cluster: those named `cluster`, tagged `Name=cluster`, or tagged by an earlier or running
   * roll as `consul-roll:cluster=cluster`. Each once, oldest first, with their tags and launch
   * sources.
   */
  findGroups(cluster: string): Promise<readonly Group[]>;
  listGroups(): Promise<readonly GroupSummary[]>;
  findGroupsOfServers(query: ServerQuery): Promise<readonly string[]>;
  /** One batch of describe calls for these groups, whatever their size. Groups that do not exist are left out. */
  describeCluster(
    groupNames: readonly string[],
    launchConfigurationNames: readonly string[],
    balancers: readonly BalancerName[],
    launchTemplate?: LaunchTemplateQuery,
  ): Promise<ClusterDescription>;
  findImage(imageId: string): Promise<MachineImage | undefined>;
  /** The id of the image that is meant now. Throws RollError `image-unresolved` where there is none. */
  resolveImage(reference: ImageReference): Promise<string>;
  /** Architectures an instance type supports, or undefined when that cannot be read. */
  findArchitectures(instanceType: string): Promise<readonly string[] | undefined>;
  isRefreshInProgress(group: string): Promise<boolean>;
  /** Running ones, by private address. */
  findInstancesAt(addresses: readonly string[]): Promise<readonly StrayInstance[]>;
  /** What EC2 has of an instance's console: the latest, where the instance type supports that. */
  readConsole(instanceId: string): Promise<ServerConsole>;
  /** The lifecycle hooks of a group. */
  readLifecycleHooks(group: string): Promise<readonly LifecycleHook[]>;
  countFreeAddresses(subnets: readonly string[]): Promise<readonly SubnetRoom[]>;
  /** How many more the account can create, or undefined when that cannot be read. */
  readQuota(): Promise<{ groupsLeft: number; launchConfigurationsLeft: number } | undefined>;

  /**
   * Creates a launch configuration equal to `from` except for its name and image. An existing one is left as it is; throws
   * RollError if it differs.
   */
  createLaunchConfiguration(from: string, name: string, imageId: string): Promise<void>;
  /**
   * Creates a version of a launch template equal to `source` except for the image, with the description `mark`. An
   * existing version with that description is left as it is.
   */
  createLaunchTemplateVersion(
    source: { readonly id: string; readonly version: number },
    mark: string,
    imageId: string,
  ): Promise<void>;
  /**
   * Creates a launch template from a launch configuration, or a launch configuration from a launch template, with
   * another image. The first version of the launch template has the description `mark`. An existing one that is equal,
   * or has that description, is left as it is.
   */
  convertLaunchSource(
    from: PreviousLaunchSource,
    to: ConvertedLaunchSource,
    mark: string,
    imageId: string,
  ): Promise<void>;
  /** Fields of a launch source that the other kind does not have; empty when everything can be converted. */
  findUnsupportedSettings(from: PreviousLaunchSource, to: ConvertedLaunchSource['kind']): Promise<readonly string[]>;
  /** Every group of the account that uses this launch template, directly or in a mixed instances policy. */
  listLaunchTemplateUsers(launchTemplateId: string): Promise<readonly LaunchTemplateUser[]>;
  /** The user data of a launch source, base64; undefined if it has none. */
  readUserData(from: PreviousLaunchSource): Promise<string | undefined>;
  /** What a copy of the group will not have, one sentence each. */
  listNotCopied(group: string): Promise<readonly string[]>;
  /**
   * Creates a group equal to `from` in every field the API can set, except: its name, its launch source, size 0 (min 0,
   * desired 0, the same max), no load balancer attached, and `tags` added (not propagated to instances).
   */
  createGroup(
    from: string,
    name: string,
    launchSource: LaunchSource,
    tags: Readonly<Record<string, string>>,
  ): Promise<void>;
  /** Changes what a group launches, not its instances. A mixed instances policy stays, with another version in it. */
  setLaunchSource(group: string, launchSource: LaunchSource): Promise<void>;
  /** Sets the version that `$Default` stands for. */
  setDefaultLaunchTemplateVersion(launchTemplateId: string, version: number): Promise<void>;
  setSizes(group: string, sizes: { minSize?: number; maxSize?: number; desired?: number }): Promise<void>;
  suspendProcesses(group: string, processes: readonly string[]): Promise<void>;
  resumeProcesses(group: string, processes: readonly string[]): Promise<void>;
  /** Scale-in protection of these instances, at most 50, all in service; then of those that the group launches. */
  setProtection(group: string, change: ProtectionChange): Promise<void>;
  /** Sets the HealthStatus of an instance to `Healthy`. */
  setHealthy(instanceId: string): Promise<void>;
  tag(group: string, tags: Readonly<Record<string, string>>): Promise<void>;
  untag(group: string, keys: readonly string[]): Promise<void>;
  /** The target groups among these. Read once, before a roll. */
  describeTargetGroups(balancers: readonly BalancerName[]): Promise<readonly TargetGroup[]>;
  /** By balancer: how long the checks take that find a new server healthy, interval times threshold, milliseconds. */
  readHealthyAfterMs(balancers: readonly BalancerName[]): Promise<Readonly<Record<BalancerName, number>>>;
  /** Those of these with cross-zone load balancing off. */
  listZonalBalancers(balancers: readonly BalancerName[]): Promise<readonly BalancerName[]>;
  register(balancer: BalancerName, instanceIds: readonly string[]): Promise<void>;
  deregister(balancer: BalancerName, instanceIds: readonly string[]): Promise<void>;
  attachLoadBalancers(group: string, balancers: readonly BalancerName[]): Promise<void>;
  /** Gives a group the same warm pool as another group; does nothing if that has no warm pool. */
  copyWarmPool(from: string, group: string): Promise<void>;
  /** Deletes a warm pool and its instances, without force. No error if it does not exist. */
  deleteWarmPool(group: string): Promise<void>;
  /** Terminates one instance by id and lowers the group's desired capacity by one. No error if it does not exist. */
  terminate(instanceId: string): Promise<void>;
  /** Of hooks that hold the termination of these instances. No error if none does; `denied` if the caller may not. */
  completeLifecycleHooks(what: Omit<ActionOf<'complete-lifecycle-hooks'>, 'kind'>): Promise<'completed' | 'denied'>;
  /** Deletes an empty group; never with ForceDelete. No error if it does not exist. */
  deleteGroup(group: string): Promise<void>;
  /** `in-use` when another group uses it. No error if it does not exist. */
  deleteLaunchConfiguration(name: string): Promise<'deleted' | 'in-use'>;
  /** Deletes one version of a launch template. No error if it does not exist. */
  deleteLaunchTemplateVersion(launchTemplateId: string, version: number): Promise<void>;
  /** Deletes a launch template with all its versions. No error if it does not exist. */
  deleteLaunchTemplate(launchTemplateId: string): Promise<void>;
  close(): void;
}

/** Scale-in protection of a group that changes. */
export interface ProtectionChange {
  readonly newServers: boolean;
  readonly instanceIds: readonly string[];
  /** For the instances. */
  readonly isProtected: boolean;
}

/** The launch template of a roll: by its id, or by its name while the id is unknown. */
export interface LaunchTemplateQuery {
  readonly id: string | undefined;
  readonly name: string;
  /** The description of the roll's own version, whose number is above `afterVersion`. */
  readonly description: string;
  readonly afterVersion: number;
}

/** A launch source of another kind than the old group's. */
export type ConvertedLaunchSource = Exclude<NextLaunchSource, { readonly kind: 'launch-template-version' }>;

/** Some groups as AWS describes them at one moment. */
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
  /** What its group launched it from, as Auto Scaling remembers; undefined if it does not, or did not launch it. */
  readonly launchedFrom?: LaunchSource | undefined;
  readonly launchedAtMs: number;
  /** Auto Scaling's lifecycle state. */
  readonly lifecycle: string;
  readonly protectedFromScaleIn: boolean;
  /** Its HealthStatus is `Unhealthy`. */
  readonly markedUnhealthy: boolean;
  readonly balancers: Readonly<Record<string, BalancerState>>;
}

/** What the engine needs of Consul. Addresses are the servers' own, without a port. */
export interface Consul {
  /** The only servers that get the ACL token from now on; before, none does. One that then refuses is observed as `broken`. */
  giveTokenTo(addresses: Iterable<string>): void;
  /**
   * What one server reports about itself; no response is a value too. `sentinelKey` is read with `?stale`. Every method
   * of this interface throws RollError `acl-denied`, which names the missing rule, if the ACL token lacks a permission.
   */
  readAgent(address: string, sentinelKey: string): Promise<Agent>;
  /** What a server says to every client, also if it refuses the token; undefined if it does not respond. */
  readClaims(address: string): Promise<Pick<AgentUp, 'leader' | 'peers'> | undefined>;
  /** What the leader reports about the cluster; undefined if this server is not the leader or does not respond. */
  readLeader(address: string, keys: RollKeys): Promise<LeaderReport | undefined>;
  /** The servers that this one knows by gossip, no clients; undefined if it does not respond. */
  readMembers(address: string): Promise<readonly GossipMember[] | undefined>;
  /** Has gossip forget a member that is gone, through the server at `address`. Done where that one does not know it. */
  forgetMember(address: string, node: string): Promise<void>;
  /** The leader's commit index; undefined if it does not respond. */
  readCommitIndex(address: string): Promise<number | undefined>;
  readAutopilot(address: string): Promise<AutopilotSettings | undefined>;
  /** Whether the server at this address would accept a request; undefined if it does not say. Changes nothing. */
  probeRequest(address: string, request: ProbedRequest): Promise<ProbeResult | undefined>;
  /**
   * Asks the server at this address to leave. Returns once the request is in flight: Consul responds 14 to 15 seconds
   * later, and its 200 proves nothing, so callers must watch the Raft configuration. Throws
   * `acl-denied` when it is refused, `consul-not-running` when nothing listens there.
   */
  requestLeave(address: string): Promise<void>;
  /** Removes a Raft peer by id, through the leader at `address`. */
  removePeer(address: string, peerId: string): Promise<void>;
  /** Needs Consul 1.15; `unsupported` on older versions. */
  transferLeadership(address: string, peerId: string): Promise<'asked' | 'unsupported'>;
  writeKey(address: string, key: string, value: string): Promise<void>;
  deleteKey(address: string, key: string): Promise<void>;
  /**
   * A snapshot of the state, taken from the leader at `address`: bytes of a gzipped archive, which is verified once all
   * were read. Reading them throws RollError `snapshot-broken` at the end of one that is incomplete or altered.
   */
  takeSnapshot(address: string): Promise<AsyncIterable<Uint8Array>>;
  /**
   * The names in the state: of the leader, or as this server has them itself (`stale`). The leader also tells of which
   * kinds the token sees only a part. Undefined if it does not respond.
   */
  listState(address: string, from: 'leader' | 'stale'): Promise<StateNames | undefined>;
  /** What others have in the cluster, as its leader sees it. Nothing is thrown for what cannot be read. */
  readConvergence(leader: string): Promise<ConvergenceState>;
  /** Reads a key through the leader, with its ModifyIndex (0 if the key does not exist). */
  readKey(address: string, key: string): Promise<{ value: string | undefined; modifyIndex: number }>;
  /** Writes if the key's ModifyIndex is still `modifyIndex` (0: if the key does not exist). False if it is not. */
  compareAndSet(address: string, key: string, value: string, modifyIndex: number): Promise<boolean>;
  /** Deletes if unchanged since `modifyIndex`. */
  compareAndDelete(address: string, key: string, modifyIndex: number): Promise<boolean>;
  close(): Promise<void>;
}

/** A request whose answer a roll must know before it makes it. */
export type ProbedRequest = 'leave' | 'remove-peer';
export type ProbeResult = 'accepted' | Omit<Refusal, 'instanceId'>;

export interface LeaderReport {
  /** The Raft configuration, joined with autopilot's health. */
  readonly peers: readonly Peer[];
  /** The values of the keys. */
  readonly sentinel: string | undefined;
  readonly record: string | undefined;
}

export interface Clock {
  /** Epoch milliseconds. */
  now(): number;
  /** Returns early, without an error, when the signal aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** Where snapshots are kept. */
export interface Files {
  /**
   * Writes a file that only its owner can read. It has its name once it is whole, with a number where a file has that
   * name; nothing of it remains when reading or writing fails.
   *
   * @returns its full path, and its size
   */
  save(name: string, chunks: AsyncIterable<Uint8Array>): Promise<{ readonly path: string; readonly bytes: number }>;
  /** Free space where the files will be; undefined where that cannot be read. */
  countFreeBytes(): Promise<number | undefined>;
  /** Why a file could not be saved; undefined where one can. Changes nothing that stays, and never throws. */
  findProblem(): Promise<FileProblem | undefined>;
}

/** The operator's commands that run at certain points of a roll. */
export interface Hooks {
  /** In the order in which they run. */
  readonly list: readonly Hook[];
  /**
   * Runs a hook until it ends, times out or the signal aborts. Never throws.
   *
   * @param variables of its environment, besides those of this process
   * @param onLine called with each line of output, without control characters
   */
  run(
    hook: Hook,
    variables: Readonly<Record<string, string>>,
    onLine: (line: string) => void,
    signal: AbortSignal,
  ): Promise<HookOutcome>;
}

/** What `doctor` needs of AWS, besides `Cloud`. Changes nothing. */
export interface CloudInspection {
  /** Which of these read actions the caller is allowed, found out by calling them. */
  probeReads(actions: readonly string[]): Promise<readonly IamPermissionResult[]>;
  /**
   * Which of these write actions the caller is allowed: found out by dry runs of EC2, and elsewhere by calls that cannot
   * change anything, because they are incomplete or name a resource that does not exist.
   */
  probeChanges(actions: readonly string[], targets: ProbeTargets): Promise<readonly IamPermissionResult[]>;
  /** The same on the existing group, for those of these actions that can be called on it without changing anything. */
  probeOldGroupChanges(actions: readonly string[], targets: ProbeTargets): Promise<readonly IamPermissionResult[]>;
  /**
   * Which of these actions on the groups, or iam:PassRole, IAM's policy simulation allows the caller, with the tags of the
   * group. Unknown if the caller is not allowed to simulate.
   */
  simulatePolicies(actions: readonly string[], targets: ProbeTargets): Promise<readonly IamPermissionResult[]>;
  /** Of the classic load balancers among these. */
  describeClassicHealthChecks(balancers: readonly BalancerName[]): Promise<readonly ClassicHealthCheck[]>;
  /** Security groups of these instances and of the group's launch source; undefined if the caller may not read them. */
  describeServerNetwork(instanceIds: readonly string[], group: string): Promise<ServerNetwork | undefined>;
  close(): void;
}

/** What `doctor` needs of Consul, besides `Consul`. Changes nothing. */
export interface ConsulInspection {
  giveTokenTo: Consul['giveTokenTo'];
  /** Undefined if the server does not respond. */
  readServerSettings(address: string): Promise<ServerSettings | undefined>;
  /** Servers of other clusters at this address, by their open ports. */
  findOtherServers(address: string): Promise<readonly OtherServer[]>;
  /** Of every server in the leader's Raft configuration. */
  readRaftProtocols(leader: string): Promise<readonly RaftProtocol[]>;
  /** The gossip members that this server knows, as far as the token may read them. */
  listMembers(address: string): Promise<readonly Member[]>;
  /**
   * Which rules of a roll the token has: found out by requests to the leader that are refused without the rule and
   * change nothing with it.
   */
  probeAclPermissions(leader: string, cluster: string): Promise<readonly AclPermission[]>;
  /** The state of new servers that cannot be compared, or only in part, because the token may not read it. */
  findHiddenState(leader: string): Promise<readonly StateKind[]>;
  close(): Promise<void>;
}

/**
 * What `create` needs of AWS, besides `Cloud`. The find methods return undefined for what does not exist. The create
 * methods throw RollError `made-meanwhile` if the resource exists by then.
 */
export interface Creation {
  /** Device name of an image's root volume, for instance `/dev/xvda`. */
  findRootDevice(imageId: string): Promise<string | undefined>;
  findLoadBalancer(name: string): Promise<ExistingLoadBalancer | undefined>;
  /** The default version if no version is given. */
  findLaunchSource(kind: LaunchSourceKind, name: string, version?: string): Promise<ExistingLaunchSource | undefined>;
  findGroup(name: string): Promise<ExistingGroup | undefined>;
  /** Creates it, or completes an incomplete one. */
  createLoadBalancer(name: string, fields: LoadBalancerSpec): Promise<void>;
  createLaunchSource(spec: ClusterSpec['launchSource']): Promise<LaunchSource>;
  /** At its full size, behind its load balancers, tagged with the cluster. */
  createGroup(name: string, fields: GroupSpec, launchSource: LaunchSource, cluster: string): Promise<void>;
  close(): void;
}

export interface ExistingLoadBalancer {
  readonly fields: LoadBalancerSpec;
  /** Creating it takes several calls, and an earlier run did not make all of them. */
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
