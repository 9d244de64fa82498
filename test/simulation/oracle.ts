import type { ConvergenceState } from '../../src/lib/model/convergence.js';
import { findLaunchTemplate } from '../../src/sandbox/aws/autoscaling/launch-source.js';
import type { GroupRecord, Member } from '../../src/sandbox/aws/records.js';
import type { AwsState } from '../../src/sandbox/aws/state.js';
import type { Peer } from '../../src/sandbox/consul/raft/log.js';
import { findActingLeader, type Group, getGossipName, type Net, type Server } from '../../src/sandbox/consul/state.js';
import type { SimulatedEnvironment } from './environment.js';
import { Others } from './others.js';
import { isSeenLeaving } from './ports/consul-reads.js';

/** The cluster name given to the roll. */
export const CLUSTER = 'consul';

/** The group that existed before the roll, or the one that the roll created. */
export type Side = 'old' | 'new';

/**
 * The actual state, read from the account and from Consul without any adapter. It computes everything itself, the
 * quorum too: the checkers share nothing with the code they check.
 */
export class Oracle {
  /** ACLs are on in old servers and off in new ones. */
  weakens = false;
  /** What the leader reports of Raft is one read old. */
  areReportsStale: () => boolean = () => false;
  /** Servers say nothing of themselves without the ACL token. */
  needsToken = false;
  /** `redundancy_zone_tag` of autopilot. */
  zoneTag = '';
  /** Instances that run on without their agent, also once all faults have ended. */
  deadAgents: ReadonlySet<string> = new Set();
  /** Addresses that the ACL token may go to now. */
  tokenRecipients: ReadonlySet<string> = new Set();
  /** Servers that an operator has asked to leave: it does not show before gossip has them leaving. */
  readonly leftByHand = new Set<Server>();
  /** Others have deleted the keys of the roll. */
  hasLostKeys = false;
  readonly others = new Others();
  /** What was in the account before the roll, and is not the cluster's. */
  readonly foreign: ReturnType<typeof listForeign>;
  /** The name given to the roll. */
  readonly cluster = CLUSTER;
  readonly state: AwsState;
  readonly net: Net;

  constructor(
    readonly environment: SimulatedEnvironment,
    /** The cluster's Raft group; servers in any other do not count. */
    readonly raft: Group,
    readonly oldGroup: string,
    readonly balancer: string,
    /** Images that servers of the cluster may have: the one before the roll, and the roll's own. */
    readonly images: ReadonlySet<string>,
    /** Number of servers of the cluster. */
    readonly size: number,
    /** The new image, if both sides are in one group and differ by image. */
    readonly inPlaceOnto: string | undefined,
    /** Maximum number of servers beyond `size`, if both sides are in one group. */
    readonly surge: number,
    /** Addresses of servers whose answers are disturbed now. */
    readonly disturbed: Set<string> = new Set(),
    /** Addresses of servers that are paused together, and resume together. */
    readonly stalled: Set<string> = new Set(),
    /** Sides whose servers refuse to leave now. */
    readonly refusingLeaves: Set<Side> = new Set(),
  ) {
    this.state = environment.aws.inside;
    this.net = environment.net.inside;
    this.foreign = listForeign(this.state, oldGroup);
  }

  /** The record of the roll in the store, as the fields that it has; undefined without one, or for any other value. */
  get record(): Readonly<Record<string, string>> | undefined {
    const value = this.raft.store.keys.get(`consul-roll/${this.cluster}/record`)?.value.toString('utf8');
    try {
      const parsed: unknown = JSON.parse(value ?? '');
      return typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, string>) : undefined;
    } catch {
      return undefined;
    }
  }

  get nowMs(): number {
    return this.environment.nowMs;
  }

  /** The latest Raft configuration: it counts from the moment the leader has it. */
  get peers(): readonly Peer[] {
    return this.raft.log.latestConfiguration().configuration;
  }

  get voters(): readonly Peer[] {
    return this.peers.filter((peer) => peer.voter);
  }

  get leader(): Server | undefined {
    return findActingLeader(this.raft);
  }

  /** The process with a Raft id; undefined if it does not run. */
  serverOf(peer: Peer): Server | undefined {
    const server = this.net.servers.get(peer.host);
    return server?.nodeId === peer.id ? server : undefined;
  }

  /** Whether it runs, and takes part in elections and commits. */
  isUp(peer: Peer): boolean {
    return this.serverOf(peer)?.life === 'running';
  }

  /** Whether it was asked to leave: by a roll, or, as far as that shows, by an operator. */
  isLeaving(server: Server): boolean {
    return this.leftByHand.has(server) ? isSeenLeaving(server) : server.leaving;
  }

  /** Whether it runs, follows the leader or is the leader, and was not asked to leave. */
  isHealthy(peer: Peer): boolean {
    const server = this.serverOf(peer);
    if (server === undefined || server.life !== 'running' || this.isLeaving(server)) return false;
    return server.group === this.raft && server.leaderView !== undefined && server.leaderView === this.leader;
  }

  /** Whether it bootstraps a cluster by itself. */
  isFounder(peer: Peer): boolean {
    return this.serverOf(peer)?.configuredExpect === 1;
  }

  /** Whether Consul says so: autopilot's last report. It finds a server ill before that one stops to follow the leader. */
  isReportedHealthy(peer: Peer): boolean {
    return this.raft.health.some(({ id, healthy }) => id === peer.id && healthy);
  }

  /** Other servers that run with the node id, or under the node name, of the one that runs at this address. */
  findNamesakes(address: string): readonly Server[] {
    const running = [...this.net.servers.values()].filter(({ life }) => life === 'running');
    const own = running.find((server) => server.address === address);
    if (own === undefined) return [];
    const isAlike = (other: Server) => other.nodeId === own.nodeId || getGossipName(other) === getGossipName(own);
    return running.filter((server) => server !== own && isAlike(server));
  }

  refusesToLeave(address: string): boolean {
    const side = this.sideAt(address);
    const isBlocked = this.net.servers.get(address)?.leaveBlocked === true;
    return isBlocked || (side !== undefined && this.refusingLeaves.has(side));
  }

  hasAcls(address: string): boolean {
    return !this.weakens || this.sideAt(address) === 'old';
  }

  noteTokenRecipients(addresses: ReadonlySet<string>): void {
    this.tokenRecipients = addresses;
  }

  readOthers(): ConvergenceState {
    return this.others.read();
  }

  sideAt(address: string): Side | undefined {
    return this.sideOf(this.net.servers.get(address)?.nodeName ?? '');
  }

  peerAt(address: string): Peer | undefined {
    return this.peers.find((peer) => peer.host === address && this.#counts(peer));
  }

  peerOf(instanceId: string): Peer | undefined {
    return this.peers.find((peer) => this.serverOf(peer)?.nodeName === instanceId && this.#counts(peer));
  }

  /** The cluster loses nothing with a founder without a vote. */
  #counts(peer: Peer): boolean {
    return peer.voter || !this.isFounder(peer);
  }

  /** Every group that was not there before the roll was created by it; in place there is one group only. */
  group(side: Side): GroupRecord | undefined {
    const { groups } = this.state;
    const old = groups.get(this.oldGroup);
    if (side === 'old' || this.inPlaceOnto !== undefined) return old;
    for (const group of groups.values()) {
      if (group !== old && !this.foreign.groups.has(group.name)) return group;
    }
    return undefined;
  }

  /** The group that has this instance. */
  groupOf(instanceId: string): GroupRecord | undefined {
    for (const group of this.state.groups.values()) if (group.members.has(instanceId)) return group;
    return undefined;
  }

  /** The group that launched this instance, even if it no longer has it; undefined once the instance is forgotten. */
  launcherOf(instanceId: string): string | undefined {
    return this.state.instances.get(instanceId)?.tags.get('aws:autoscaling:groupName');
  }

  sideOf(instanceId: string): Side | undefined {
    const group = this.groupOf(instanceId);
    if (group === undefined) return undefined;
    if (this.inPlaceOnto === undefined) return group.name === this.oldGroup ? 'old' : 'new';
    return this.state.instances.get(instanceId)?.spec.image.imageId === this.inPlaceOnto ? 'new' : 'old';
  }

  /** Instances of a side. */
  members(side: Side): Member[] {
    const members = [...(this.group(side)?.members.values() ?? [])];
    if (this.inPlaceOnto === undefined) return members;
    return members.filter(({ instance }) => this.sideOf(instance.instanceId) === side);
  }

  /** Members of a side that are not being terminated. */
  listActiveMembers(side: Side): Member[] {
    return this.members(side).filter(({ lifecycle }) => !lifecycle.startsWith('Terminat'));
  }

  /** Whether the store has the record of a rollback. */
  get isRollingBack(): boolean {
    return this.record?.direction === 'back';
  }

  /** Whether the store has the record of a roll. */
  get isRolling(): boolean {
    return this.record !== undefined;
  }

  /** Whether Auto Scaling may still give its launch up. */
  isLaunching(instanceId: string): boolean {
    return this.groupOf(instanceId)?.members.get(instanceId)?.lifecycle.startsWith('Pending') === true;
  }

  isInService(instanceId: string): boolean {
    const balancer = this.state.balancers.get(this.balancer);
    return balancer?.registrations.get(instanceId)?.phase === 'in-service';
  }
}

/** Names of all groups but one, and of what other groups launch from and are behind. */
function listForeign(state: AwsState, oldGroup: string) {
  const own = state.groups.get(oldGroup);
  const template = findLaunchTemplate(own?.fields ?? {})?.LaunchTemplateId;
  const names = [...state.launchConfigurations.keys(), ...state.balancers.keys()];
  const ofOwn = [own?.fields.LaunchConfigurationName, ...(own?.attachments.keys() ?? [])];
  const templates = [...state.launchTemplates.values()].filter((one) => one.templateId !== template);
  return {
    groups: new Set([...state.groups.keys()].filter((name) => name !== oldGroup)),
    others: [
      ...names.filter((name) => !ofOwn.includes(name)),
      ...templates.flatMap((one) => [one.templateId, one.name]),
    ],
  };
}

/** Votes needed for a quorum. */
export function computeMajority(voters: number): number {
  return Math.floor(voters / 2) + 1;
}
