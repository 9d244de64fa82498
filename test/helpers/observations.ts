import type { Group } from '../../src/lib/model/group.js';
import { EMPTY_MEMORY, type Memory } from '../../src/lib/model/memory.js';
import type { Observation, Raft } from '../../src/lib/model/observation.js';
import type { Peer, Server, Side } from '../../src/lib/model/server.js';
import {
  buildAddress,
  buildInstanceId,
  buildServer,
  isMember,
  LOAD_BALANCER,
  NEW_IMAGE,
  OBSERVED_AT_MS,
  OLD_IMAGE,
  type ServerStage,
} from './servers.js';

/** A cluster, by what differs from five healthy old servers led by the first. */
export interface ObservationShape {
  /** Servers of the old group; 5 unless told. */
  readonly old?: number;
  /** Servers of the new group; 0 unless told, and then there is no new group either. */
  readonly new?: number;
  /** Index of the leader, old servers first; `undefined` (given) for a cluster without one. */
  readonly leader?: number | undefined;
  /** Stages by instance id; `in-service` where none is given. */
  readonly stages?: Readonly<Record<string, ServerStage>>;
  readonly sentinel?: string;
  /** Raft peers that no instance stands behind. */
  readonly orphanPeers?: readonly Peer[];
  readonly oldGroup?: Partial<Group> | null;
  readonly newGroup?: Partial<Group> | null;
  readonly history?: Partial<Memory>;
  /** Laid over the finished survey. */
  readonly over?: Partial<Observation>;
}

/** A consistent survey of a cluster called `consul`: agents, peers and groups agree with one another. */
export function buildObservation(shape: ObservationShape = {}): Observation {
  const servers = buildServers(shape);
  const fresh = shape.new ?? 0;
  return {
    atMs: OBSERVED_AT_MS,
    cluster: 'consul',
    old: shape.oldGroup === null ? undefined : buildGroup('old', servers, shape.oldGroup),
    new: isGroupIncluded(shape.newGroup, fresh) ? buildGroup('new', servers, shape.newGroup ?? {}) : undefined,
    servers,
    raft: buildRaft(shape, servers),
    launchConfigurations: fresh > 0 ? ['consul-lc', 'consul-lc-7f3a'] : ['consul-lc'],
    launchTemplate: undefined,
    drainingMs: { [LOAD_BALANCER]: 5000 },
    preflightFacts: undefined,
    ...shape.over,
  };
}

/** The memory that goes with the observation of this shape. */
export function buildMemory({ history }: Pick<ObservationShape, 'history'> = {}): Memory {
  return { ...EMPTY_MEMORY, ...history };
}

function isGroupIncluded(over: Partial<Group> | null | undefined, size: number): boolean {
  return over === undefined ? size > 0 : over !== null;
}

interface ServerPlace {
  readonly side: Side;
  readonly index: number;
  readonly stage: ServerStage;
}

function listPlaces(shape: ObservationShape): ServerPlace[] {
  return [...listPlacesOfSide('old', shape.old ?? 5, shape), ...listPlacesOfSide('new', shape.new ?? 0, shape)];
}

function listPlacesOfSide(side: Side, size: number, shape: ObservationShape): ServerPlace[] {
  return Array.from({ length: size }, (_, index) => {
    return { side, index, stage: shape.stages?.[buildInstanceId(side, index)] ?? 'in-service' };
  });
}

function buildServers(shape: ObservationShape): Server[] {
  const places = listPlaces(shape);
  const leading = places['leader' in shape ? (shape.leader ?? -1) : 0];
  const leader = leading === undefined ? '' : `${buildAddress(leading.side, leading.index)}:8300`;
  const members = places.filter((place) => isMember(place.stage));
  const orphans = (shape.orphanPeers ?? []).map((orphan) => orphan.address);
  const peers = [...members.map((place) => `${buildAddress(place.side, place.index)}:8300`), ...orphans].sort();
  return places.map((place) => buildServer({ ...place, leader, peers, sentinel: shape.sentinel }));
}

function buildRaft(shape: ObservationShape, servers: readonly Server[]): Raft | undefined {
  const peers = [...servers.flatMap((server) => server.peer ?? []), ...(shape.orphanPeers ?? [])];
  const leader = peers.find((peer) => peer.leader);
  if (leader === undefined) return undefined;
  return { leader: leader.address, peers, commitIndex: 1000, baselineCommitIndex: 1000, sentinel: shape.sentinel };
}

function buildGroup(side: Side, servers: readonly Server[], over: Partial<Group> = {}): Group {
  const own = servers.filter((server) => server.side === side);
  const suffix = side === 'old' ? '' : '-7f3a';
  return {
    name: `consul${suffix}`,
    createdAtMs: OBSERVED_AT_MS - (side === 'old' ? 86_400_000 : 120_000),
    launchSource: { kind: 'launch-configuration', name: `consul-lc${suffix}` },
    imageId: side === 'old' ? OLD_IMAGE : NEW_IMAGE,
    instanceType: 'm5.large',
    minSize: side === 'old' ? own.length : 0,
    maxSize: Math.max(own.length, 5),
    desired: own.length,
    protectsNewServers: false,
    suspendedProcesses: [],
    balancers: side === 'old' ? [LOAD_BALANCER] : [],
    targetGroups: [],
    otherTraffic: [],
    subnets: ['subnet-1a', 'subnet-1b', 'subnet-1c'],
    zones: ['eu-west-1a', 'eu-west-1b', 'eu-west-1c'],
    desiredUnit: 'units',
    warmPool: 'none',
    deletionProtection: 'none',
    tags: { Name: 'consul' },
    deleting: false,
    refreshWaiting: false,
    instanceIds: own.map((server) => server.instanceId),
    ...over,
  };
}

/** The same observation just after an election, when autopilot finds no server healthy yet. */
export function withoutHealth(observation: Observation): Observation {
  const doubted = <P extends Peer | undefined>(peer: P): P => peer && { ...peer, healthy: false };
  return {
    ...observation,
    servers: observation.servers.map((server) => ({ ...server, peer: doubted(server.peer) })),
    raft: observation.raft && { ...observation.raft, peers: observation.raft.peers.map(doubted) },
  };
}
