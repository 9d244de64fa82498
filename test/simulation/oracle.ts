import type { GroupRecord, Member } from '../../src/sandbox/aws/records.js';
import type { AwsState } from '../../src/sandbox/aws/state.js';
import type { Peer } from '../../src/sandbox/consul/raft/log.js';
import { findActingLeader, type Group, type Net, type Server } from '../../src/sandbox/consul/state.js';
import type { SimulatedEnvironment } from './environment.js';

/** Which of the two groups of a roll: the one that was there, or the one made beside it. */
export type Side = 'old' | 'new';

/**
 * What is really so, read from the state of the account and of Consul and not through any adapter. Written anew
 * here, quorum arithmetic and all: the checkers share nothing with the code they check.
 */
export class Oracle {
  readonly state: AwsState;
  readonly net: Net;

  constructor(
    readonly universe: SimulatedEnvironment,
    /** The cluster's one Raft group; whoever is in another has no say. */
    readonly raft: Group,
    readonly oldGroup: string,
    readonly balancer: string,
    /** Servers the cluster is to have. */
    readonly size: number,
    /** The new image, where both sides are in one group and told apart by it. */
    readonly inPlaceOnto: string | undefined,
    /** Servers there may be beyond the size where both sides are in one group. */
    readonly surge: number,
    /** Servers whose answers are disturbed now, by address. */
    readonly disturbed: Set<string> = new Set(),
    /** Servers that all stand still together, and will go on together, by address. */
    readonly stalled: Set<string> = new Set(),
  ) {
    this.state = universe.world.inside;
    this.net = universe.net.inside;
  }

  get nowMs(): number {
    return this.universe.nowMs;
  }

  /** The newest Raft configuration: it counts from the moment the leader has it. */
  get peers(): readonly Peer[] {
    return this.raft.log.latestConfiguration().configuration;
  }

  get voters(): readonly Peer[] {
    return this.peers.filter((peer) => peer.voter);
  }

  get leader(): Server | undefined {
    return findActingLeader(this.raft);
  }

  /** The process behind a Raft id; undefined when there is none. */
  serverOf(peer: Peer): Server | undefined {
    const server = this.net.servers.get(peer.host);
    return server?.nodeId === peer.id ? server : undefined;
  }

  /** It runs, and takes part in elections and commits. */
  isUp(peer: Peer): boolean {
    return this.serverOf(peer)?.life === 'running';
  }

  /** It runs, follows the leader or is it, and has not been asked to leave. */
  isHealthy(peer: Peer): boolean {
    const server = this.serverOf(peer);
    if (server === undefined || server.life !== 'running' || server.leaving) return false;
    return server.group === this.raft && server.leaderView !== undefined && server.leaderView === this.leader;
  }

  peerAt(address: string): Peer | undefined {
    return this.peers.find((peer) => peer.host === address);
  }

  peerOf(instanceId: string): Peer | undefined {
    return this.peers.find((peer) => this.serverOf(peer)?.nodeName === instanceId);
  }

  /** Every group but the old one, a neighbour's excepted, is one that a roll made; in place there is but one. */
  group(side: Side): GroupRecord | undefined {
    const { groups } = this.state;
    const old = groups.get(this.oldGroup);
    if (side === 'old' || this.inPlaceOnto !== undefined) return old;
    for (const group of groups.values()) {
      if (group !== old && group.tags.has('consul-roll:cluster')) return group;
    }
    return undefined;
  }

  /** The group that has this instance. */
  groupOf(instanceId: string): GroupRecord | undefined {
    for (const group of this.state.groups.values()) if (group.members.has(instanceId)) return group;
    return undefined;
  }

  /** The group that launched this instance, whether it still has it or not; of one long gone nobody knows. */
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

  /** Members of a side that nobody has told to terminate. */
  standing(side: Side): Member[] {
    return this.members(side).filter(({ lifecycle }) => !lifecycle.startsWith('Terminat'));
  }

  /** Going back, as recorded on the groups. */
  get isRollingBack(): boolean {
    return (['old', 'new'] as const).some(
      (side) => this.group(side)?.tags.get('consul-roll:direction')?.value === 'back',
    );
  }

  /** A roll is recorded on one of the groups. */
  get isRolling(): boolean {
    return (['old', 'new'] as const).some((side) => this.group(side)?.tags.has('consul-roll:roll'));
  }

  serves(instanceId: string): boolean {
    const balancer = this.state.balancers.get(this.balancer);
    return balancer?.registrations.get(instanceId)?.phase === 'in-service';
  }
}

/** Votes it takes. */
export function computeMajority(voters: number): number {
  return Math.floor(voters / 2) + 1;
}
