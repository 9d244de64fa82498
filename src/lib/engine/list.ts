import { type Group, isUsed } from '../model/group.js';
import { buildSentinelKey, MAX_CLUSTER_SIZE } from '../model/intent.js';
import type { ClusterList, GroupSummary, ListedCluster } from '../model/listed-cluster.js';
import type { MachineImage } from '../model/observation.js';
import { type AgentUp, parseHost } from '../model/server.js';
import { compareTexts } from '../model/similar.js';
import { CLUSTER_TAG, ROLL_TAG, readClusterName } from '../model/tags.js';
import type { CloudInstance } from '../ports.js';
import type { Engine } from './engine.js';
import { readRollId } from './observe/claim.js';

/** Of an account with more groups than that, the first ones are asked. */
const MAX_GROUPS = 100;
const CLUSTER_NAME = /consul/i;
/** The key that comes with what an agent says of itself is not looked at. */
const NO_CLUSTER = 'list';

/**
 * Every group of the account and region that looks like a cluster: its servers tell who leads and who the peers are, or it
 * has the name or the tags of one. Changes nothing. The servers are any that the account has, so `consul` must have no token.
 */
export async function listClusters({ cloud, consul }: Pick<Engine, 'cloud' | 'consul'>): Promise<ClusterList> {
  const possible = (await cloud.listGroups()).filter(({ desired }) => desired > 0 && desired <= MAX_CLUSTER_SIZE);
  const asked = [...possible].sort(compareGroups).slice(0, MAX_GROUPS);
  if (asked.length === 0) return { clusters: [], leftOut: 0 };
  const names = asked.map(({ name }) => name);
  const { groups, instances } = await cloud.describeCluster(names, [], []);
  const answers = await Promise.all(instances.map((instance) => askServer(consul, instance)));
  const ids = new Set(instances.map(({ imageId }) => imageId));
  const images = await Promise.all([...ids].map((id) => cloud.findImage(id).catch(() => undefined)));
  const known = new Map(images.flatMap((image) => (image === undefined ? [] : [[image.id, image] as const])));
  const clusters = groups.filter(isUsed).flatMap((group) => {
    const own = answers.filter(({ instance }) => instance.group === group.name);
    return own.some(isServer) || isTaken(group, own) ? [toListedCluster(group, own, known)] : [];
  });
  return { clusters: clusters.sort(compareClusters), leftOut: possible.length - asked.length };
}

/** Those that a roll has marked or that are named for Consul first. */
function compareGroups(one: GroupSummary, other: GroupSummary): number {
  const rank = (group: GroupSummary) => (hasClusterName(group) ? 0 : 1);
  return rank(one) - rank(other) || compareTexts(one.name, other.name);
}

function compareClusters(one: ListedCluster, other: ListedCluster): number {
  return compareTexts(one.cluster, other.cluster) || compareTexts(one.group, other.group);
}

function hasClusterName({ name, tags }: Pick<GroupSummary, 'name' | 'tags'>): boolean {
  return CLUSTER_TAG in tags || CLUSTER_NAME.test(name) || CLUSTER_NAME.test(tags.Name ?? '');
}

/** By its tags or its name alone; a group of which only clients of Consul answer has that name because of what they are. */
function isTaken(group: Group, answers: readonly ServerAnswer[]): boolean {
  const isOfClients = answers.some(({ claims }) => claims !== undefined);
  return CLUSTER_TAG in group.tags || (hasClusterName(group) && !isOfClients);
}

/** What a server says to every client. */
interface ServerAnswer {
  readonly instance: CloudInstance;
  readonly claims: Pick<AgentUp, 'leader' | 'peers'> | undefined;
  /** With ACLs on it may not be told. */
  readonly version: string | undefined;
}

/** A client of Consul names the same peers, and is not one of them. */
function isServer({ instance, claims }: ServerAnswer): boolean {
  return claims?.peers.some((peer) => parseHost(peer) === instance.address) === true;
}

async function askServer(consul: Engine['consul'], instance: CloudInstance): Promise<ServerAnswer> {
  const { address } = instance;
  if (address === undefined) return { instance, claims: undefined, version: undefined };
  const claims = await consul.readClaims(address);
  // Other programs may answer at that port: a server of Consul has peers.
  if (claims === undefined || claims.peers.length === 0) return { instance, claims: undefined, version: undefined };
  const agent = await consul.readAgent(address, buildSentinelKey(NO_CLUSTER)).catch(() => undefined);
  return { instance, claims, version: agent?.kind === 'up' ? agent.version : undefined };
}

function toListedCluster(
  group: Group,
  answers: readonly ServerAnswer[],
  images: ReadonlyMap<string, MachineImage>,
): ListedCluster {
  const up = answers.flatMap(({ claims }) => claims ?? []);
  const leader = findOnly(up.map((one) => one.leader));
  const leads = answers.find(({ instance }) => leader !== undefined && instance.address === parseHost(leader));
  const ids = [...new Set(answers.map(({ instance }) => instance.imageId))];
  return {
    cluster: readClusterName(group),
    group: group.name,
    images: ids.map((id) => ({ id, image: images.get(id) })),
    versions: [...new Set(answers.flatMap(({ version }) => version ?? []))].sort(),
    servers: answers.length,
    answering: up.length,
    leader: leader === '' ? undefined : (leads?.instance.instanceId ?? leader),
    peers: findOnly(up.map(({ peers }) => peers.join(' ')))?.split(' ').length,
    rollId: ROLL_TAG in group.tags ? readRollId(group) : undefined,
  };
}

/** The value that all of these are; undefined where they differ, and for none. */
function findOnly(values: readonly string[]): string | undefined {
  const [only, another] = new Set(values);
  return another === undefined ? only : undefined;
}
