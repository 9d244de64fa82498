import type { Group } from '../../src/lib/model/group.js';
import { type History, NO_HISTORY, type Raft, type Survey } from '../../src/lib/model/observation.js';
import type { Peer, Server, Side } from '../../src/lib/model/server.js';
import {
  addressOf,
  BALANCER,
  instanceIdOf,
  isMember,
  LOOK_MS,
  NEW_IMAGE,
  OLD_IMAGE,
  type Stage,
  serverAt,
} from './servers.js';

/** A made-up cluster, by what differs from five healthy old servers led by the first. */
export interface SurveyShape {
  /** Servers of the old group; 5 unless told. */
  readonly old?: number;
  /** Servers of the new group; 0 unless told, and then there is no new group either. */
  readonly new?: number;
  /** Index of the leader, old servers first; `undefined` (given) for a cluster without one. */
  readonly leader?: number | undefined;
  /** Stages by instance id; `in-service` where none is given. */
  readonly stages?: Readonly<Record<string, Stage>>;
  readonly sentinel?: string;
  /** Raft peers that no instance stands behind. */
  readonly ghosts?: readonly Peer[];
  readonly oldGroup?: Partial<Group> | null;
  readonly newGroup?: Partial<Group> | null;
  readonly history?: Partial<History>;
  /** Laid over the finished survey. */
  readonly over?: Partial<Survey>;
}

/** A consistent survey of a cluster called `consul`: agents, peers and groups agree with one another. */
export function surveyOf(shape: SurveyShape = {}): Survey {
  const servers = serversOf(shape);
  const fresh = shape.new ?? 0;
  return {
    atMs: LOOK_MS,
    cluster: 'consul',
    old: shape.oldGroup === null ? undefined : groupOf('old', servers, shape.oldGroup),
    new: groupWanted(shape.newGroup, fresh) ? groupOf('new', servers, shape.newGroup ?? {}) : undefined,
    servers,
    raft: raftOf(shape, servers),
    templates: fresh > 0 ? ['consul-lc', 'consul-lc-7f3a'] : ['consul-lc'],
    launchTemplate: undefined,
    drainingMs: { [BALANCER]: 5000 },
    facts: undefined,
    history: { ...NO_HISTORY, ...shape.history },
    ...shape.over,
  };
}

function groupWanted(over: Partial<Group> | null | undefined, size: number): boolean {
  return over === undefined ? size > 0 : over !== null;
}

interface Place {
  readonly side: Side;
  readonly index: number;
  readonly stage: Stage;
}

function placesOf(shape: SurveyShape): Place[] {
  return [...sideOf('old', shape.old ?? 5, shape), ...sideOf('new', shape.new ?? 0, shape)];
}

function sideOf(side: Side, size: number, shape: SurveyShape): Place[] {
  return Array.from({ length: size }, (_, index) => {
    return { side, index, stage: shape.stages?.[instanceIdOf(side, index)] ?? 'in-service' };
  });
}

function serversOf(shape: SurveyShape): Server[] {
  const places = placesOf(shape);
  const leading = places['leader' in shape ? (shape.leader ?? -1) : 0];
  const leader = leading === undefined ? '' : `${addressOf(leading.side, leading.index)}:8300`;
  const members = places.filter((place) => isMember(place.stage));
  const ghosts = (shape.ghosts ?? []).map((ghost) => ghost.address);
  const peers = [...members.map((place) => `${addressOf(place.side, place.index)}:8300`), ...ghosts].sort();
  return places.map((place) => serverAt({ ...place, leader, peers, sentinel: shape.sentinel }));
}

function raftOf(shape: SurveyShape, servers: readonly Server[]): Raft | undefined {
  const peers = [...servers.flatMap((server) => server.peer ?? []), ...(shape.ghosts ?? [])];
  const leader = peers.find((peer) => peer.leader);
  if (leader === undefined) return undefined;
  const voters = peers.filter((peer) => peer.voter);
  const healthy = voters.filter((peer) => peer.healthy).length;
  return {
    leader: leader.address,
    peers,
    commitIndex: 1000,
    committedBefore: 1000,
    sentinel: shape.sentinel,
    failureTolerance: Math.max(0, healthy - (Math.floor(voters.length / 2) + 1)),
  };
}

function groupOf(side: Side, servers: readonly Server[], over: Partial<Group> = {}): Group {
  const own = servers.filter((server) => server.side === side);
  const suffix = side === 'old' ? '' : '-7f3a';
  return {
    name: `consul${suffix}`,
    createdAtMs: LOOK_MS - (side === 'old' ? 86_400_000 : 120_000),
    template: { kind: 'launch-configuration', name: `consul-lc${suffix}` },
    imageId: side === 'old' ? OLD_IMAGE : NEW_IMAGE,
    instanceType: 'm5.large',
    minSize: side === 'old' ? own.length : 0,
    maxSize: Math.max(own.length, 5),
    desired: own.length,
    suspended: [],
    balancers: side === 'old' ? [BALANCER] : [],
    targetGroups: [],
    otherTraffic: [],
    subnets: ['subnet-1a', 'subnet-1b', 'subnet-1c'],
    desiredUnit: 'units',
    warmPool: 'none',
    deletionProtection: 'none',
    tags: { Name: 'consul' },
    deleting: false,
    instanceIds: own.map((server) => server.instanceId),
    ...over,
  };
}

/** The same just after an election: autopilot has judged nobody yet, and so calls nobody healthy. */
export function unjudged(survey: Survey): Survey {
  const doubted = <P extends Peer | undefined>(peer: P): P => peer && { ...peer, healthy: false };
  return {
    ...survey,
    servers: survey.servers.map((server) => ({ ...server, peer: doubted(server.peer) })),
    raft: survey.raft && { ...survey.raft, peers: survey.raft.peers.map(doubted), failureTolerance: 0 },
  };
}
