import { isAclDenied } from '../../model/errors.js';
import type { Group } from '../../model/group.js';
import { buildRecordKey, buildSentinelKey, type Intent } from '../../model/intent.js';
import type { Observation, PreflightFacts, Raft } from '../../model/observation.js';
import { determineLeadership, findNamedLeader } from '../../model/raft.js';
import { isSameRoll, parseRecord, type RollRecord, type StoredRecord } from '../../model/record.js';
import {
  type Agent,
  type AgentDown,
  type Expulsion,
  type GossipMember,
  type Peer,
  parseHost,
  refusesToken,
  type Server,
  type Side,
} from '../../model/server.js';
import { isTerminating } from '../../model/servers.js';
import { compareTexts } from '../../model/similar.js';
import { buildRecordFields, isRecorded } from '../../model/tags.js';
import type { CloudInstance, ClusterDescription, LaunchTemplateQuery } from '../../ports.js';
import type { Engine } from '../engine.js';
import type { GroupNames, GroupViews } from '../strategy/group-views.js';
import { strategyOf } from '../strategy/strategies.js';
import { applyRecord } from './apply-record.js';
import { findTokenRecipients } from './token-recipients.js';

/** What to observe. */
export interface ObservationTarget extends GroupNames {
  readonly cluster: string;
  readonly launchConfigurations: readonly string[];
  readonly launchTemplate?: LaunchTemplateQuery | undefined;
  readonly balancers: readonly string[];
  /** Read once, and part of every observation. */
  readonly preflightFacts: PreflightFacts | undefined;
  /** The record of the roll as it was last read from the store, for an observation that cannot read it. */
  readonly record?: RollRecord | undefined;
  /** The roll as it began; undefined while only tags tell of it. */
  readonly begun?: Intent | undefined;
  /** Given while only tags tell of the roll, which must not decide which servers are the cluster's. */
  readonly unconfirmed?: { readonly believed: string | undefined } | undefined;
}

/** What to observe of a cluster without a roll. */
export function buildIdleTarget(cluster: string, group: string, balancers: readonly string[]): ObservationTarget {
  const noRoll = { newGroup: undefined, next: undefined, launchConfigurations: [], preflightFacts: undefined };
  return { cluster, oldGroup: group, balancers, ...noRoll };
}

/**
 * One observation: every read, joined into one value. AWS first, then every server on its own address, then the leader
 * that they name. A server that refuses the token is observed as such.
 *
 * @param baselineCommitIndex the leader's commit index one interval ago; undefined for the first observation
 * @throws what `Cloud` throws; a server that does not respond is observed as such
 */
export async function observe(
  engine: Engine,
  target: ObservationTarget,
  baselineCommitIndex?: number,
): Promise<Observation> {
  const cloud = await describeGroups(engine, target);
  const buildViews = (record: RollRecord | undefined) => {
    const groups = applyRecord(cloud.groups, record);
    return strategyOf(target).buildGroupViews({ ...cloud, groups }, target);
  };
  const known = buildViews(target.record);
  const asked = readRefresh(engine, cloud, known);
  const unread = { old: known.old, servers: buildServers(cloud, known), believed: listBelieved(cloud, target) };
  const readings = await readServers(engine, target, unread, baselineCommitIndex);
  const raft = await readRaft(engine, target, readings);
  // What the store says now decides, also of the sides.
  const views = buildViews(chooseRecord(target.record, raft?.record));
  const servers = matchPeersToInstances(assignSides(readings.servers, cloud, views), raft?.peers ?? []);
  const refresh = asked && (await asked);
  return {
    atMs: engine.clock.now(),
    cluster: target.cluster,
    old: addRefresh(views.old, refresh),
    new: addRefresh(views.new, refresh),
    servers: raft && servers.some(isOutsideRaft) ? await addGossip(engine, servers, raft) : servers,
    raft,
    launchConfigurations: cloud.launchConfigurations,
    launchTemplate: cloud.launchTemplate,
    drainingMs: cloud.drainingMs,
    preflightFacts: target.preflightFacts,
  };
}

/**
 * The record of the roll that is observed: as it is in the store now, or as it was last read. One that was read from tags,
 * while no leader could be asked, lacks the nonce.
 */
export function chooseRecord(known: RollRecord | undefined, read: StoredRecord | undefined): RollRecord | undefined {
  if (read === undefined || read === 'damaged') return known;
  if (known === undefined) return read;
  const { rollId, nonce = read.intent.nonce } = known.intent;
  return isSameRoll(read.intent, { rollId, nonce }) ? read : known;
}

function describeGroups({ cloud }: Engine, target: ObservationTarget): Promise<ClusterDescription> {
  const names = [target.oldGroup, target.newGroup ?? target.oldGroup];
  return cloud.describeCluster(
    [...new Set(names)],
    target.launchConfigurations,
    target.balancers,
    target.launchTemplate,
  );
}

/** Whether an instance refresh of the group has not ended; undefined without an answer. */
interface RefreshReading {
  readonly group: string;
  readonly refreshWaiting: boolean | undefined;
}

/**
 * Read at both ends of a roll only, where the servers of one side are left: no decision in between depends on it. Without
 * an answer the observation is complete all the same.
 */
function readRefresh(
  { cloud }: Engine,
  { instances }: ClusterDescription,
  { old, new: next, isNew }: GroupViews,
): Promise<RefreshReading> | undefined {
  const [first, ...others] = instances.filter((instance) => !isTerminating(instance));
  if (first === undefined || !(isRecorded(old) || isRecorded(next))) return undefined;
  if (others.some((instance) => isNew(instance) !== isNew(first))) return undefined;
  const { group } = first;
  return cloud.isRefreshInProgress(group).then(
    (refreshWaiting) => ({ group, refreshWaiting }),
    () => ({ group, refreshWaiting: undefined }),
  );
}

function addRefresh(view: Group | undefined, refresh: RefreshReading | undefined): Group | undefined {
  return view === undefined || view.name !== refresh?.group
    ? view
    : { ...view, refreshWaiting: refresh.refreshWaiting };
}

interface AgentReadings {
  readonly servers: readonly Server[];
  /** The servers that may get the ACL token. */
  readonly recipients: ReadonlySet<string>;
  readonly baselineCommitIndex: number | undefined;
}

/**
 * The applied index of a server is compared with the leader's commit index of the previous observation: followers learn
 * of a commit with the next heartbeat, so at the same moment they are always a little behind. In the first observation
 * the servers are read twice.
 */
async function readServers(
  engine: Engine,
  target: ObservationTarget,
  unread: UnreadServers,
  baselineCommitIndex: number | undefined,
): Promise<AgentReadings> {
  const first = await readAgents(engine, target, unread);
  const leader = findNamedLeader(first.servers);
  if (baselineCommitIndex !== undefined || leader === undefined) return { ...first, baselineCommitIndex };
  const commitIndex = await engine.consul.readCommitIndex(parseHost(leader));
  return { ...(await readAgents(engine, target, unread)), baselineCommitIndex: commitIndex };
}

interface UnreadServers extends Pick<Observation, 'servers' | 'old'> {
  /** The hosts that alone are believed which servers are the cluster's; undefined where the roll is confirmed. */
  readonly believed: readonly string[] | undefined;
}

/** The servers of the group that is the cluster's without what tags tell. */
function listBelieved({ instances }: ClusterDescription, { unconfirmed }: ObservationTarget) {
  const own = instances.filter(({ group }) => group === unconfirmed?.believed);
  return unconfirmed && own.flatMap(({ address }) => address ?? []);
}

/** Those that are members since the last observation are read again, with the ACL token. */
async function readAgents(
  { consul }: Engine,
  target: ObservationTarget,
  { servers, old, believed }: UnreadServers,
): Promise<Omit<AgentReadings, 'baselineCommitIndex'>> {
  const key = buildSentinelKey(target.cluster);
  const read = ({ address, agent }: Server) => (address === undefined ? agent : consul.readAgent(address, key));
  const first = await Promise.allSettled(servers.map(read));
  const told = await Promise.all(
    servers.map(async (server, n) => {
      // One that refuses the token counts too where the servers tell who they are.
      const agent = agentOf(first[n]) ?? { ...server.agent, ...(await consul.readClaims(server.address ?? '')) };
      return { ...server, agent };
    }),
  );
  const recipients = findTokenRecipients({ servers: told, old }, believed);
  // Where no server tells it, what the last observation found still holds.
  if (recipients.size > 0) consul.giveTokenTo(recipients);
  const isUnknown = ({ address = '', agent }: Server) =>
    recipients.has(address) && agent.kind === 'down' && agent.peers !== undefined;
  const readings = await Promise.all(
    first.map(async (reading, n) => {
      const server = told[n];
      if (server === undefined || reading.status === 'rejected' || !isUnknown(server)) return reading;
      const [again = reading] = await Promise.allSettled([read(server)]);
      return again;
    }),
  );
  const answering = servers.filter((_, n) => agentOf(readings[n])?.kind === 'up');
  const known = told.map((server, n) => {
    const reading = readings[n];
    const agent = reading?.status === 'rejected' ? toDeniedAgent(server, reading.reason, answering) : reading?.value;
    return { ...server, agent: agent ?? server.agent };
  });
  return { servers: known, recipients };
}

function agentOf(reading: PromiseSettledResult<Agent> | undefined): Agent | undefined {
  return reading?.status === 'fulfilled' ? reading.value : undefined;
}

/**
 * A server that refuses the token which another one of its side accepts, or an older one, has ACL settings of its own.
 *
 * @throws the error itself where the token is refused by all, or by every old server
 */
function toDeniedAgent(
  { side, launchedAtMs, agent: { leader, peers } }: Server,
  error: unknown,
  answering: readonly Server[],
): AgentDown {
  const isOwn = answering.some((other) => other.side === 'old' || side === 'new' || other.launchedAtMs < launchedAtMs);
  if (!isOwn || !isAclDenied(error)) throw error;
  const claims = leader === undefined || peers === undefined ? {} : { leader, peers };
  return { kind: 'down', why: 'denied', detail: error.message.replace(/\.$/, ''), ...claims };
}

/** The leader's report, where a quorum of its voters names it. One that refuses the token, which others accept, has none. */
async function readRaft(
  { consul }: Engine,
  target: ObservationTarget,
  { servers, recipients, baselineCommitIndex }: AgentReadings,
): Promise<Raft | undefined> {
  const leader = findNamedLeader(servers);
  if (leader === undefined) return undefined;
  const host = parseHost(leader);
  // Its store must not confirm what tags tell.
  if (target.unconfirmed !== undefined && !recipients.has(host)) return undefined;
  const isDenied = servers.some((server) => server.address === host && refusesToken(server));
  const unlessDenied = (thrown: unknown) => {
    if (isDenied && isAclDenied(thrown)) return undefined;
    throw thrown;
  };
  const keys = { sentinel: buildSentinelKey(target.cluster), record: buildRecordKey(target.cluster) };
  const [report, commitIndex] = await Promise.all([
    consul.readLeader(host, keys).catch(unlessDenied),
    consul.readCommitIndex(host),
  ]);
  const read = report?.record === undefined ? undefined : parseRecord(report.record);
  const record = read !== undefined && isAltered(read, target.begun) ? 'damaged' : read;
  const raft = report && { leader, commitIndex, baselineCommitIndex, ...report, record };
  return determineLeadership({ servers, raft }).kind === 'agreed' ? raft : undefined;
}

/** True for a record of the roll that says what no step of a roll changes: it counts as damaged, and is written again. */
function isAltered(record: StoredRecord, begun: Intent | undefined): boolean {
  if (record === 'damaged' || begun === undefined || !isSameRoll(record.intent, begun)) return false;
  const { direction, allowDowngrade } = record.intent;
  const own = buildRecordFields({ ...begun, direction, allowDowngrade }, record.side);
  return JSON.stringify(own) !== JSON.stringify(buildRecordFields(record.intent, record.side));
}

function assignSides(
  servers: readonly Server[],
  { instances }: ClusterDescription,
  { isNew }: Pick<GroupViews, 'isNew'>,
): readonly Server[] {
  const fresh = new Set(instances.filter(isNew).map(({ instanceId }) => instanceId));
  return servers.map((server) => ({ ...server, side: fresh.has(server.instanceId) ? 'new' : 'old' }));
}

/** The instances of both groups as servers whose agents were not read yet, oldest first. */
function buildServers({ instances }: ClusterDescription, { isNew }: Pick<GroupViews, 'isNew'>): readonly Server[] {
  return instances
    .map((instance) => buildServer(instance, isNew(instance) ? 'new' : 'old'))
    .sort((a, b) => a.launchedAtMs - b.launchedAtMs || compareTexts(a.instanceId, b.instanceId));
}

/**
 * Each server with its entry in the Raft configuration: the one at its address, with the id that its own agent says. A
 * server that does not say it has the one at its address, unless it is still being launched: the address may have been
 * another's. One without an address has the peer of its node name.
 */
export function matchPeersToInstances(servers: readonly Server[], peers: readonly Peer[]): readonly Server[] {
  return servers.map((server) => ({ ...server, peer: findPeer(server, peers) }));
}

function findPeer({ agent, address, instanceId, lifecycle }: Server, peers: readonly Peer[]): Peer | undefined {
  if (address === undefined) return peers.find((peer) => peer.node === instanceId);
  const peer = peers.find((one) => parseHost(one.address) === address);
  if (agent.kind === 'down') return lifecycle.startsWith('Pending') ? undefined : peer;
  return peer?.id === agent.nodeId ? peer : undefined;
}

/** The servers, with what the leader's gossip knows of those that answer and that Raft does not have. */
async function addGossip({ consul }: Engine, servers: readonly Server[], { leader }: Raft): Promise<readonly Server[]> {
  const members = (await consul.readMembers(parseHost(leader))) ?? [];
  return servers.map((server) => {
    if (!isOutsideRaft(server)) return server;
    const member = members.find(({ address, isAlive }) => address === server.address && isAlive);
    return { ...server, member, expelled: hasBeenMember(server) ? toExpulsion(member, members) : undefined };
  });
}

/** It answers, with or without a token. */
function isOutsideRaft({ agent, peer }: Server): boolean {
  return peer === undefined && agent.peers !== undefined;
}

/** It is in no Raft configuration, its own one included, which is that of a cluster: so it was taken out. */
function hasBeenMember({ agent: { peers = [] }, address }: Server): boolean {
  return peers.length > 0 && !peers.some((one) => parseHost(one) === address);
}

/** Undefined for one that has left. */
function toExpulsion(own: GossipMember | undefined, members: readonly GossipMember[]): Expulsion | undefined {
  if (own === undefined) return undefined;
  const namesakes = members.filter(({ nodeId }) => nodeId !== '' && nodeId === own.nodeId);
  const gone = namesakes.filter(({ address, isAlive }) => !isAlive && address !== own.address);
  return { claimants: gone.map(({ node }) => node) };
}

function buildServer(instance: CloudInstance, side: Side): Server {
  const { instanceId, address, zone, imageId, launchedAtMs, lifecycle, balancers } = instance;
  const { protectedFromScaleIn, markedUnhealthy } = instance;
  return {
    instanceId,
    side,
    address,
    zone,
    imageId,
    launchedAtMs,
    lifecycle,
    protectedFromScaleIn,
    markedUnhealthy,
    balancers,
    agent: { kind: 'down', why: 'silent', detail: 'it has no address yet' },
    peer: undefined,
  };
}
