import { formatFlag, RollError } from '../../model/errors.js';
import { type Group, isHeldByRoll } from '../../model/group.js';
import { buildSentinelKey } from '../../model/intent.js';
import { findTakeover } from '../../model/raft.js';
import { isTerminating } from '../../model/servers.js';
import type { CloudInstance, ClusterDescription } from '../../ports.js';
import type { Engine } from '../engine.js';
import type { Claim } from './claim.js';
import type { ToldGroup } from './own-group.js';

/** Servers of a roll that lead a cluster which has not elected them, as no process of the roll saw. */

/** A server that leads the servers of a group, which have not elected it. */
export interface TakenOver {
  readonly kind: 'taken-over';
  readonly by: CloudInstance;
  /** The groups of those that follow it. */
  readonly groups: readonly string[];
  /** Where they have its Raft configuration in place of theirs. */
  readonly merged?: Merged;
}

/** What shows that its followers had a cluster before it. */
interface Merged {
  /** The last entry of the Raft log that it has committed. */
  readonly committed: number;
  /** The follower that has applied most. */
  readonly most: CloudInstance;
  readonly applied: number;
}

/** Of groups that are the cluster's, or of which it is not known which one is: others may say what they like. */
export function findTakenOver(
  told: readonly ToldGroup[],
  ours: readonly ToldGroup[],
  instances: readonly CloudInstance[],
): TakenOver | undefined {
  const listClaims = (some: readonly ToldGroup[]) => some.flatMap(({ claims }) => claims);
  const all = [...listClaims(told), ...told.flatMap(({ held }) => held)];
  const takeover = findTakeover(all, listClaims(ours));
  const by = instances.find(({ address }) => address !== undefined && address === takeover?.host);
  if (takeover === undefined || by === undefined) return undefined;
  const following = told.filter(({ hosts }) => hosts.some((host) => takeover.followers.includes(host)));
  const followers = instances.filter(({ address = '' }) => takeover.followers.includes(address));
  const groups = following.map(({ group }) => group);
  if (!isOfLaterRoll(by, followers, groups)) return undefined;
  return { kind: 'taken-over', by, groups: groups.map(({ name }) => name) };
}

/** What no tag and no server can say: a roll holds their groups, and the server that it launched is younger than they are. */
function isOfLaterRoll(by: CloudInstance, followers: readonly CloudInstance[], groups: readonly Group[]): boolean {
  const isHeld = groups.filter(({ name }) => followers.some(({ group }) => group === name)).every(isHeldByRoll);
  return isHeld && followers.every(({ launchedAtMs }) => launchedAtMs < by.launchedAtMs);
}

/** A leader, and the hosts in its Raft. */
interface LedCluster {
  readonly leader: string;
  readonly members: ReadonlySet<string>;
}

/**
 * The leader, where all servers that follow it have applied entries of the Raft log that it has never had. Raft elects no such
 * server: it has bootstrapped a cluster of its own, and the others have its configuration by now. They have their state from
 * before in memory.
 */
export async function findMergedFounder(
  { consul }: Engine,
  cluster: string,
  { leader, members }: LedCluster,
  { groups, instances }: Pick<ClusterDescription, 'groups' | 'instances'>,
): Promise<TakenOver | undefined> {
  const by = instances.find(({ address }) => address === leader);
  const followers = instances.filter((one) => one !== by && members.has(one.address ?? ''));
  if (by === undefined || !isOfLaterRoll(by, followers, groups)) return undefined;
  consul.giveTokenTo(members);
  const readings = followers.map(async (server) => {
    const agent = await consul.readAgent(server.address ?? '', buildSentinelKey(cluster)).catch(() => undefined);
    return agent?.kind === 'up' ? { server, applied: agent.appliedIndex } : undefined;
  });
  const read = (await Promise.all(readings)).flatMap((one) => one ?? []);
  // After them: what a follower has applied, a leader has committed before.
  const committed = await consul.readCommitIndex(leader);
  const [first] = read.sort((one, other) => other.applied - one.applied);
  if (first === undefined || committed === undefined || read.some(({ applied }) => applied <= committed))
    return undefined;
  const following = [...new Set(read.map(({ server }) => server.group))];
  return {
    kind: 'taken-over',
    by,
    groups: following,
    merged: { committed, most: first.server, applied: first.applied },
  };
}

/**
 * The error that a server leads the cluster which the others have not elected. Only an operator knows whether the roll that
 * tags tell of launched it, so nothing is terminated.
 */
export function takenOverError(
  cluster: string,
  { by, groups, merged }: TakenOver,
  claim: Claim | undefined,
): RollError {
  if (merged !== undefined) return mergedError(cluster, by, merged, claim);
  const { instanceId, address, group, imageId, launchedAtMs } = by;
  const intent = claim?.record?.intent;
  const isOfRoll =
    intent !== undefined &&
    group === intent.newGroup &&
    groups.every((name) => name === intent.oldGroup) &&
    imageId === intent.imageId &&
    launchedAtMs >= intent.startedAtMs;
  const launched = formatLaunch(by);
  return new RollError({
    code: 'cluster-taken-over',
    message: `The servers of ${groups.join(', ')} follow ${instanceId} (${address}, in group ${group}), and have not elected it: they have each other in their Raft configuration, and not that server. One that bootstraps a cluster of its own takes another over like this.`,
    kind: 'quorum-at-risk',
    state: `Keys that ${cluster} acknowledged may be lost. This command changed nothing, and no server was sent the ACL token.`,
    next: isOfRoll
      ? `if roll ${intent.rollId} is yours, it launched ${instanceId} (${launched}): ${formatTermination(by)}; if they have none after a minute, do not restart Consul on them, and recover them: docs/quorum-lost.md; then consul-roll rollback ${formatFlag('cluster', cluster)} ${formatFlag('roll', intent.rollId)}; then compare the keys with the snapshot of the roll, and restore it if any are missing`
      : `find out what ${instanceId} is (${launched}), and terminate it only if it is not a server of your cluster: the others elect a leader then; then again: consul-roll status ${formatFlag('cluster', cluster)}`,
  });
}

function formatLaunch({ imageId, launchedAtMs }: CloudInstance): string {
  return `${imageId}, launched ${new Date(launchedAtMs).toISOString()}`;
}

/** No lifecycle hook of its group delays what EC2 itself shuts down. */
function formatTermination(by: CloudInstance): string {
  const { instanceId } = by;
  const terminate = `aws autoscaling terminate-instance-in-auto-scaling-group ${formatFlag('instance-id', instanceId)} --should-decrement-desired-capacity`;
  const shutDown = `aws ec2 terminate-instances ${formatFlag('instance-ids', instanceId)}`;
  return isTerminating(by)
    ? `a lifecycle hook of its group holds its termination, and it leads meanwhile: shut it down, and the others elect a leader: ${shutDown}`
    : `terminate that server, and the others elect a leader: ${terminate}; if a lifecycle hook holds it, also: ${shutDown}`;
}

/** The error that the others have its configuration in place of theirs, so that they elect no leader without it. */
function mergedError(
  cluster: string,
  by: CloudInstance,
  { committed, most, applied }: Merged,
  claim: Claim | undefined,
): RollError {
  const { instanceId, address, group } = by;
  const save = 'consul snapshot save -stale taken-over.snap';
  const restore = 'consul snapshot restore taken-over.snap';
  const of = formatFlag('cluster', cluster);
  const then =
    claim === undefined
      ? `consul-roll status ${of}`
      : `consul-roll rollback ${of} ${formatFlag('roll', claim.rollId)}, which takes ${instanceId} out once the others vote`;
  return new RollError({
    code: 'cluster-taken-over',
    message: `${instanceId} (${address}, in group ${group}; ${formatLaunch(by)}) leads the cluster, and its Raft log ends at entry ${committed}; ${most.instanceId}, which follows it, has applied entry ${applied}. Raft elects no server that lacks entries: this one has bootstrapped a cluster of its own, and taken ${cluster} over.`,
    kind: 'quorum-at-risk',
    state: `The others are in its Raft configuration, and what ${cluster} stored before is only in their memory. This command changed nothing.`,
    next: `terminate no server and restart none: ${instanceId} may have the only vote. On ${most.instanceId} (${most.address}), save what it has: ${save}; then restore that, without what was written since: ${restore}; then ${then}`,
  });
}
