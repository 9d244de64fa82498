import { sentinelKey } from '../../model/intent.js';
import { type Facts, type History, NO_HISTORY, type Raft, type Survey } from '../../model/observation.js';
import { type Leadership, leadershipOf } from '../../model/raft.js';
import { hostOf, type Peer, type Server, type Side } from '../../model/server.js';
import type { CloudInstance, CloudLook, SoughtTemplate } from '../../ports.js';
import type { Engine } from '../engine.js';
import { type Names, type Sides, sidesOf } from './group-views.js';

/** What to look at. */
export interface Scene extends Names {
  readonly cluster: string;
  readonly templates: readonly string[];
  readonly launchTemplate?: SoughtTemplate | undefined;
  readonly balancers: readonly string[];
  /** Read once, handed on from look to look. */
  readonly facts: Facts | undefined;
}

/** What earlier looks hand on to this one. */
export interface Before {
  readonly history: History;
  /** The leader's commit index an interval ago. */
  readonly committed: number | undefined;
}

const NOTHING_BEFORE: Before = { history: NO_HISTORY, committed: undefined };

/**
 * One look: every read, joined into one value. AWS first, then every server on its own address, then the leader
 * they name.
 *
 * @throws what the cloud throws; a server that does not answer is an answer
 */
export async function takeSurvey(
  engine: Engine,
  scene: Scene,
  before: Before = NOTHING_BEFORE,
): Promise<Survey> {
  const cloud = await lookAtCloud(engine, scene);
  const sides = sidesOf(cloud, scene);
  const asked = await askServers(engine, scene, serversFrom(cloud, sides), before.committed);
  const raft = await askLeader(engine, scene, asked);
  return {
    atMs: engine.clock.now(),
    cluster: scene.cluster,
    old: sides.old,
    new: sides.new,
    servers: joinPeers(asked.servers, raft?.peers ?? []),
    raft,
    templates: cloud.templates,
    launchTemplate: cloud.launchTemplate,
    drainingMs: cloud.drainingMs,
    facts: scene.facts,
    history: before.history,
  };
}

function lookAtCloud({ cloud }: Engine, scene: Scene): Promise<CloudLook> {
  const names = [scene.oldGroup, scene.newGroup ?? scene.oldGroup];
  return cloud.look([...new Set(names)], scene.templates, scene.balancers, scene.launchTemplate);
}

interface Asked {
  readonly servers: readonly Server[];
  readonly leadership: Leadership;
  readonly committedBefore: number | undefined;
}

/**
 * What the servers applied is held against what the leader had committed at the look before: followers learn of a
 * commit with the next heartbeat, so at the same moment an idle one is always a little behind. Where no look came
 * before, they are asked twice.
 */
async function askServers(
  engine: Engine,
  scene: Scene,
  silent: readonly Server[],
  committedBefore: number | undefined,
): Promise<Asked> {
  const servers = await askEach(engine, scene, silent);
  const leadership = leadershipOf(servers);
  if (committedBefore !== undefined || leadership.kind !== 'agreed') {
    return { servers, leadership, committedBefore };
  }
  const committed = await engine.consul.commitIndex(hostOf(leadership.leader));
  const again = await askEach(engine, scene, silent);
  return { servers: again, leadership: leadershipOf(again), committedBefore: committed };
}

async function askEach(
  { consul }: Engine,
  scene: Scene,
  servers: readonly Server[],
): Promise<readonly Server[]> {
  const key = sentinelKey(scene.cluster);
  const agents = await Promise.all(
    servers.map(({ address, agent }) => (address === undefined ? agent : consul.ask(address, key))),
  );
  return servers.map((server, n) => ({ ...server, agent: agents[n] ?? server.agent }));
}

async function askLeader({ consul }: Engine, scene: Scene, asked: Asked): Promise<Raft | undefined> {
  const { leadership, committedBefore } = asked;
  if (leadership.kind !== 'agreed') return undefined;
  const host = hostOf(leadership.leader);
  const [report, commitIndex] = await Promise.all([
    consul.askLeader(host, sentinelKey(scene.cluster)),
    consul.commitIndex(host),
  ]);
  if (report === undefined) return undefined;
  return { leader: leadership.leader, commitIndex, committedBefore, ...report };
}

/** The instances of both groups as servers nobody has asked yet, oldest first. */
export function serversFrom({ instances }: CloudLook, { isNew }: Pick<Sides, 'isNew'>): readonly Server[] {
  return instances
    .map((instance) => serverFrom(instance, isNew(instance) ? 'new' : 'old'))
    .sort((a, b) => a.launchedAtMs - b.launchedAtMs || a.instanceId.localeCompare(b.instanceId));
}

/** Each server with its entry in the Raft configuration: by its Raft id, its address, or its node name. */
export function joinPeers(servers: readonly Server[], peers: readonly Peer[]): readonly Server[] {
  return servers.map((server) => ({ ...server, peer: peerOf(server, peers) }));
}

function peerOf(server: Server, peers: readonly Peer[]): Peer | undefined {
  const { agent, address, instanceId } = server;
  const byId = agent.kind === 'up' ? peers.find((peer) => peer.id === agent.nodeId) : undefined;
  return (
    byId ??
    peers.find((peer) => address !== undefined && hostOf(peer.address) === address) ??
    peers.find((peer) => peer.node === instanceId)
  );
}

function serverFrom(instance: CloudInstance, side: Side): Server {
  const { instanceId, address, zone, imageId, launchedAtMs, lifecycle, protectedFromScaleIn, balancers } =
    instance;
  return {
    instanceId,
    side,
    address,
    zone,
    imageId,
    launchedAtMs,
    lifecycle,
    protectedFromScaleIn,
    balancers,
    agent: { kind: 'down', why: 'silent', detail: 'it has no address yet' },
    peer: undefined,
  };
}
