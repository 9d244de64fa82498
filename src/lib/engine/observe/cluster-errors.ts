import { isOwnRollName } from '../../model/cluster-name.js';
import {
  formatFlag,
  formatRollFlags,
  formatScalingCommand,
  formatTagCommand,
  formatUntagCommand,
  quoteWord,
  RollError,
} from '../../model/errors.js';
import { type Group, isHeldByRoll, SELF_ACTING_PROCESSES } from '../../model/group.js';
import { buildRecordKey, type Intent } from '../../model/intent.js';
import { formatGroupLaunchSource, formatLaunchSource } from '../../model/launch-source.js';
import type { RollRecord, StoredRecord } from '../../model/record.js';
import { buildRecordTags, CLUSTER_TAG, PREVIOUS_LAUNCH_SOURCE_TAG, ROLL_TAG } from '../../model/tags.js';
import type { Claim } from './claim.js';
import type { ForeignName } from './own-names.js';

/** Why a cluster, or the roll that is in progress on it, is not found. */

/** A similar name, and the group that has it, or whose tags give it. */
export interface Meant {
  readonly name: string;
  readonly group: string;
}

/**
 * @param meant of a group where one is named, otherwise of a cluster: anyone who may write tags can give a group a name
 * @param untagged groups that may be the cluster's, and have lost its name
 */
export function clusterNotFoundError(
  cluster: string,
  named: string | undefined,
  meant?: Meant,
  untagged: readonly string[] = [],
): RollError {
  const source = meant === undefined || meant.name === meant.group ? '' : ` (by the tags of group ${meant.group})`;
  const hint = meant === undefined ? '' : ` Did you mean ${meant.name}${source}?`;
  return new RollError({
    code: 'cluster-not-found',
    message:
      named === undefined
        ? `No Auto Scaling group is named ${cluster}, or tagged Name=${cluster}.${hint}`
        : `Auto Scaling group ${named} does not exist.${hint}`,
    kind: 'refused',
    next:
      untagged.length === 0
        ? 'check the name, the account and the region: consul-roll list'
        : `if the cluster is in ${untagged.join(' or ')}, which a roll has named so or whose servers are tagged Name=${cluster}: name that group with --group; otherwise check the name, the account and the region: consul-roll list`,
  });
}

/** The error that the name does not say which group is the cluster's: any group may carry the tags that give it the name. */
export function clusterAmbiguousError(cluster: string, groups: readonly Group[]): RollError {
  const names = groups.map((group) => `${group.name} (${describeMatch(group, cluster)})`);
  return new RollError({
    code: 'cluster-ambiguous',
    message: `${groups.length} Auto Scaling groups match the cluster ${cluster}: ${names.join(', ')}.`,
    kind: 'refused',
    // No command: only an operator knows which of them is the cluster's.
    next: 'select one with --group, or remove the tag from a group that is not of this cluster',
  });
}

/** The tag that gives a group the name of the cluster. */
function findNamingTag(tags: Group['tags'], cluster: string): string | undefined {
  return [CLUSTER_TAG, 'Name'].find((key) => tags[key] === cluster);
}

/** What a group is taken for one of the cluster by: its name, a tag of it, or what no tag of a group says. */
function describeMatch({ name, tags }: Group, cluster: string): string {
  if (name === cluster) return 'name';
  const key = findNamingTag(tags, cluster);
  if (key !== undefined) return `tag ${key}=${cluster}`;
  return isOwnRollName(name, cluster) ? 'named by a roll' : `servers tagged Name=${cluster}`;
}

/** A damaged record is never used in part: a lost number could count as 0 servers. */
export function recordDamagedError(cluster: string): RollError {
  const key = buildRecordKey(cluster);
  return new RollError({
    code: 'record-damaged',
    message: `The key ${key} in Consul has a value that no roll writes, so the roll of cluster ${cluster} is not known.`,
    kind: 'stopped',
    state: 'A roll may be in progress; this command changed nothing.',
    next: `find out who wrote it: consul kv get -detailed ${quoteWord(key)}; remove it: consul kv delete ${quoteWord(key)}; then consul-roll status ${formatFlag('cluster', cluster)}`,
  });
}

/** A group that the record names and nothing else does may have lost its tags, or its processes may run again. */
export function recordForeignError(cluster: string, { rollId }: Intent, { what, group }: ForeignName): RollError {
  const key = buildRecordKey(cluster);
  // Empty where its servers tell that they are in another cluster.
  const proof = group === undefined ? '' : formatProof(group, cluster);
  const own = proof === '' ? '' : `if ${group?.name} is a group of this cluster: ${proof}; otherwise `;
  return new RollError({
    code: 'record-foreign',
    message: `The record of roll ${rollId} of cluster ${cluster} names ${what}, which no roll of this cluster has.`,
    kind: 'refused',
    next: `${own}find out who wrote it: consul kv get -detailed ${quoteWord(key)}; if no roll of yours is in progress, remove it: consul kv delete ${quoteWord(key)}`,
  });
}

/** The commands after which a group counts as the cluster's: a tag alone is not enough, because many may write one. */
function formatProof(group: Group, cluster: string): string {
  const isTagged = group.name === cluster || findNamingTag(group.tags, cluster) !== undefined;
  const has = (process: string) => group.suspendedProcesses.includes(process);
  const scaling = (command: string, flags: Parameters<typeof formatScalingCommand>[2]) =>
    formatScalingCommand(command, group.name, flags);
  const processes = { 'scaling-processes': SELF_ACTING_PROCESSES };
  const servers = { 'instance-ids': group.instanceIds };
  const prepare = [
    ...(isHeldByRoll(group) ? [] : [scaling('suspend-processes', processes)]),
    ...(has('Terminate') ? [scaling('resume-processes', { 'scaling-processes': 'Terminate' })] : []),
    ...(group.instanceIds.length > 0
      ? [`${scaling('set-instance-protection', servers)} --protected-from-scale-in`]
      : []),
  ];
  return [
    ...(isTagged ? [] : [formatTagCommand(group.name, CLUSTER_TAG, cluster)]),
    ...(isOwnRollName(group.name, cluster) ? [] : prepare),
  ].join('; ');
}

/** The record may be forged, or the group has lost its tags: only an operator knows what the group launched from. */
export function recordUnprovedError({ intent, side }: RollRecord, { name, launchSource }: Group): RollError {
  const { rollId, cluster, direction, previousLaunchSource } = intent;
  const key = buildRecordKey(cluster);
  const tag = PREVIOUS_LAUNCH_SOURCE_TAG;
  const told = formatLaunchSource(previousLaunchSource);
  const right = `if it was ${told}: ${formatTagCommand(name, tag, buildRecordTags(intent, side)[tag] ?? '')}; otherwise `;
  return new RollError({
    code: 'record-unproved',
    message: `The record of roll ${rollId} of cluster ${cluster} says that ${name} launched its servers from ${told} before the roll, and nothing else does: it launches from ${formatGroupLaunchSource(launchSource)}, none of its servers is from ${told}, and its tag ${tag} says something else or is missing.`,
    kind: 'stopped',
    state: `Roll ${rollId} is in progress (${direction}); this command changed nothing.`,
    next: `${right}find out who wrote the record: consul kv get -detailed ${quoteWord(key)}; remove it: consul kv delete ${quoteWord(key)}; then consul-roll status ${formatFlag('cluster', cluster)}`,
  });
}

/** Shell patterns are quoted as they are: the query of the AWS CLI for the groups that rolls have created. */
const LIST_CREATED = `aws autoscaling describe-auto-scaling-groups --query "AutoScalingGroups[?contains(AutoScalingGroupName, '-roll-')].AutoScalingGroupName"`;

/**
 * The error that a roll seems to be in progress, and no server says where: those of the cluster's group are down, have left,
 * or are not reached, and what names another group are tags. Anyone who may write tags could have written them, so its
 * servers get no token until the operator names it.
 *
 * @param groups those that the command line tells
 * @param others those that only tags name, whose servers answer
 */
export function clusterSilentError(cluster: string, groups: readonly Group[], others: readonly string[]): RollError {
  const [own, ...more] = groups.map(({ name }) => name);
  const silent = more.length === 0 ? `group ${own}` : `groups ${[own, ...more].join(', ')}`;
  const status = (group: string) =>
    `consul-roll status ${formatFlag('cluster', cluster)} ${formatFlag('group', group)}`;
  return new RollError({
    code: 'cluster-silent',
    message:
      others.length === 0
        ? `No server of ${silent} says which cluster it is in, and the processes of a roll are suspended there.`
        : `No server of ${silent} says which cluster it is in, so nothing vouches for group ${others.join(', ')}, which tags name.`,
    kind: 'refused',
    state: `A roll of ${cluster} may be in progress; this command changed nothing, and no server was sent the ACL token.`,
    next:
      others.length === 0
        ? `if a roll has moved the servers to another group, name that: ${status('GROUP')}; rolls create groups such as those of ${LIST_CREATED}; otherwise restore the servers of ${own}, or the network to them`
        : `only if you know that it has the servers of ${cluster}: ${others.map(status).join(', or ')}; otherwise restore the servers of ${own}, or the network to them`,
    passing: true,
  });
}

/** What the store has instead of the record, or why it does not say. */
type Untold = StoredRecord | 'unread' | RollError | { readonly stranger: string } | undefined;

/** The error that a roll is not believed: only tags tell of it. */
export function unconfirmedError(cluster: string, claim: Claim, stored: Untold): RollError {
  const { rollId, groups, record } = claim;
  const names = groups.map(({ name }) => name).join(', ');
  const onto = record === undefined ? '' : ` onto ${record.intent.imageId}`;
  return new RollError({
    code: 'record-unconfirmed',
    message: `Tags on ${names} tell of roll ${rollId}${onto}, and ${describeMissing(cluster, stored)}.`,
    kind: 'refused',
    state: 'Nothing was changed: anyone who may write tags could have written these.',
    next: findUnconfirmedRemedy(cluster, claim, stored),
  });
}

function findUnconfirmedRemedy(cluster: string, { rollId, groups, record }: Claim, stored: Untold): string {
  const again = `then again: consul-roll status ${formatFlag('cluster', cluster)}`;
  if (stored instanceof RollError) return stored.next;
  if (stored === 'unread')
    return `restore the cluster's leader, or select the group of the cluster with --group; ${again}`;
  if (isStranger(stored))
    return `find out what ${stored.stranger} is. If a roll launched it, it has bootstrapped a cluster of its own: terminate it, and the others elect a leader; ${again}`;
  const remove = `if you do not know this roll, remove the tag: ${formatUntagCommand(groups, ROLL_TAG)}`;
  const adopt = `consul-roll resume ${formatFlag('cluster', cluster)} ${formatFlag('roll', rollId)}`;
  if (record === undefined) return remove;
  return `${remove}; if you began it with an earlier version, or its keys in Consul were deleted: ${adopt}`;
}

function describeMissing(cluster: string, stored: Untold): string {
  if (stored === 'unread') return 'no leader of the cluster could be asked to confirm it';
  if (stored instanceof RollError) return `it could not be confirmed: ${stored.message.replace(/\.$/, '')}`;
  if (isStranger(stored)) {
    return `the servers of the cluster could not be asked to confirm it: they follow ${stored.stranger}, which is not in their Raft configuration`;
  }
  return `the key ${buildRecordKey(cluster)} in Consul does not confirm it`;
}

function isStranger(stored: Untold): stored is { readonly stranger: string } {
  return typeof stored === 'object' && 'stranger' in stored;
}

/** Errors of a cluster that could be read and has no recorded roll, or whose message says so itself. */
const ERRORS_WITHOUT_ROLL: readonly string[] = [
  'cluster-not-found',
  'cluster-ambiguous',
  'cluster-silent',
  'record-foreign',
  'record-unconfirmed',
];

/** A roll, and whether the cluster's store or only tags tell of it. */
interface ToldRoll {
  readonly kind: 'stored' | 'named' | 'unasked';
  readonly record: { readonly intent: Intent };
}

/**
 * The error of a command that could not read a cluster with a roll in progress: that roll is stopped, not refused.
 *
 * @param roll undefined if nothing of it could be read either
 */
export function rollInProgressError(thrown: unknown, cluster: string, roll: ToldRoll | undefined): unknown {
  if (!(thrown instanceof RollError) || thrown.kind !== 'refused' || ERRORS_WITHOUT_ROLL.includes(thrown.code)) {
    return thrown;
  }
  const { code, message, next, passing } = thrown;
  const then =
    roll?.kind === 'stored'
      ? `resume ${formatRollFlags(roll.record.intent)}`
      : `status ${formatFlag('cluster', cluster)}`;
  return new RollError({
    code,
    message,
    kind: 'stopped',
    state: `${describeRoll(cluster, roll)}; this command changed nothing.`,
    next: `${next}; then consul-roll ${then}`,
    passing,
    cause: thrown,
  });
}

function describeRoll(cluster: string, roll: ToldRoll | undefined): string {
  if (roll === undefined) return `A roll of ${cluster} may be in progress`;
  const { rollId, direction } = roll.record.intent;
  return roll.kind === 'stored'
    ? `Roll ${rollId} is in progress (${direction})`
    : `Tags tell of roll ${rollId} (${direction}), which the store of the cluster has not confirmed`;
}
