import { formatBalancer } from '../../model/load-balancer.js';
import type { LeaderAnswer } from '../../model/raft.js';
import {
  type ExternalChange,
  INVARIANT_BY_REASON,
  type StopReason,
  type TimeoutCause,
} from '../../model/stop-reason.js';
import { capitalize, formatCount, formatLifecycleHooks, formatList, formatWholeDuration } from './format.js';
import { describeHookEnd } from './hooks.js';
import { describeFounderSign, formatIdentity } from './step-reasons.js';
import { describeWaitFor } from './waits.js';
import { describeMissingState } from './warnings.js';

/** An id or the name of a group, which keeps its case at the start of a sentence. */
const STARTS_WITH_NAME = /^\S*[-\d]/;

/** Why a roll is refused or stops: one sentence with the numbers, and the invariant it upholds if there is one. */
export function describeStopReason(reason: StopReason): string {
  const invariant = INVARIANT_BY_REASON[reason.kind];
  const text = formatStopReason(reason);
  const sentence = STARTS_WITH_NAME.test(text) ? text : capitalize(text);
  return invariant === undefined ? `${sentence}.` : `${sentence} [${invariant}].`;
}

type StopReasonKind = StopReason['kind'];
export type StopReasonOf<K extends StopReasonKind> = Extract<StopReason, { readonly kind: K }>;

function formatStopReason(reason: StopReason): string {
  // Each entry takes the reason of its own kind.
  const format = STOP_REASON_TEXTS[reason.kind] as (reason: StopReason) => string;
  return format(reason);
}

const STOP_REASON_TEXTS = {
  preflight: ({ failed }) => failed.map(({ subject, observed }) => `${subject}: ${observed}`).join('; '),
  'no-leader': ({ answers }) => `the servers do not agree on a leader (${formatLeaderAnswers(answers)})`,
  'two-leaders': ({ answers }) => `the servers name more than one leader (${formatLeaderAnswers(answers)})`,
  'unknown-leader': ({ leader }) => `the leader, ${leader}, is not an instance of this cluster`,
  'state-lost': ({ leader, founder }) =>
    `the cluster that ${leader} leads does not have the sentinel key of this roll any more: it lost its state, or it is another cluster` +
    (founder === undefined ? '' : `; ${founder} had bootstrapped a cluster of its own, and was terminated`),
  'log-overwritten': ({ instanceIds }) =>
    `the servers have no leader that can write, and the Raft log of ${formatList(instanceIds)} ends before what was applied: a server that bootstrapped a cluster of its own has overwritten it, and what the cluster acknowledged is in the memory of its servers only`,
  'quorum-at-risk': ({ instanceId, after: { voters, healthy, quorum } }) =>
    `without ${instanceId}, ${healthy === 0 ? 'no voter' : `only ${healthy} of ${formatCount(voters, 'voter')}`} would be ` +
    `${healthy === 0 ? 'known to be ' : ''}healthy; at least ${quorum + 1} must be`,
  'membership-change-pending': ({ node }) => `${node} is still in Raft after it was asked to leave`,
  'too-few-replacements': ({ ready, needed }) =>
    `only ${ready} of ${formatCount(needed, 'replacement')} passed all gates`,
  'last-in-service': ({ instanceId, balancer }) =>
    `${instanceId} is the only server in service in ${formatBalancer(balancer)}`,
  'leader-must-leave-last': ({ instanceId, followers }) =>
    `${instanceId} is the leader, and ${formatCount(followers, 'follower')} must leave before it`,
  'still-in-raft': ({ instanceId, peerId }) => `${instanceId} is still in the Raft configuration, as peer ${peerId}`,
  'agent-still-up': ({ instanceId }) => `Consul still answers on ${instanceId}`,
  'group-not-empty': ({ group, instances, peers }) =>
    `group ${group} still has ${formatCount(instances, 'instance')} and ${formatCount(peers, 'Raft peer')}`,
  'orphan-peer': ({ peerId, node }) => `Raft peer ${node} (${peerId}) has no matching instance`,
  'processes-not-suspended': ({ group, running }) =>
    `processes of group ${group} are not suspended: ${formatList(running)}`,
  'must-stay-suspended': ({ group }) => `processes of group ${group} must stay suspended: its servers have left`,
  unsettled: ({ group, causes }) =>
    `Auto Scaling would change group ${group} at once (${causes.map(describeTimeoutCause).join('; ')})`,
  'unproved-heir': ({ instanceId }) => `${instanceId} has not passed every gate, so it must not become the leader`,
  'not-owned': ({ resource }) => `${resource} does not belong to this roll`,
  unconfirmed: ({ rollId }) => `tags tell of roll ${rollId}, and Consul has not confirmed it`,
  'changed-externally': ({ change }) => `changed externally during the roll: ${describeExternalChange(change)}`,
  'leave-refused': ({ instanceId, message }) => `${instanceId} refuses to leave: ${message}`,
  'launch-abandoned': ({ instanceId, hooks }) => `${formatLifecycleHooks(hooks)} abandoned the launch of ${instanceId}`,
  'replacements-die': ({ instanceId, replaced }) =>
    `Consul died on ${instanceId}, and on the ${formatCount(replaced, 'server')} that this run replaced before it`,
  rejoined: ({ instanceId, leaves }) => `${instanceId} rejoined after ${formatCount(leaves, 'leave request')}`,
  'old-already-left': ({ left, because }) =>
    `${formatStopReason(because)}; the roll is not rolled back automatically, because ${formatCount(left, 'old server')} already left`,
  'new-group-gone': () => 'the rollback has no new group any more, so there is nothing to go forward with',
  'old-group-gone': () => 'the old group is gone and every server is new, so there is nothing to roll back to',
  downgrade: ({ instanceId, version, running }) =>
    `${instanceId} runs Consul ${version} and the cluster runs ${running}: an older Consul cannot read the Raft log of a newer one`,
  founder: ({ instanceId, sign, followers, side }) =>
    `${instanceId}: ${describeFounderSign(sign)}` +
    (followers === 0
      ? ''
      : `, and ${formatCount(followers, side === 'old' ? 'server' : 'old server')} took it for their leader`) +
    (side === 'old' ? '; no more servers of the old image are launched, and the new servers stay' : ''),
  impostor: ({ instanceId, owner, shares }) =>
    `${instanceId} has the ${formatIdentity(shares)} of ${owner}, ` +
    (shares === 'node-id'
      ? 'so Consul keeps only one of the two in Raft'
      : `so it cannot join, and Consul would take its leave for that of ${owner}`),
  'security-weakened': ({ instanceId, settings }) =>
    `${instanceId} runs without ${formatList(settings)}, which every old server has turned on`,
  'state-missing': ({ instanceId, ...missing }) =>
    `${instanceId} lacks ${describeMissingState(missing)} that the leader has`,
  'rollback-downgrade': ({ from, to }) =>
    `a new server with Consul ${from} is the leader, and Consul ${to} may not be able to read its Raft log`,
  'too-many-launches': ({ group, wanted, allowed }) =>
    `group ${group} would launch ${formatCount(wanted, 'server')}, and the voters can lose ${allowed} of them`,
  'would-scale-in': ({ group, from, to }) =>
    `group ${group} has ${formatCount(from, 'server')}, and at size ${to} Auto Scaling would choose which of them to terminate`,
  'wrong-version': ({ group, version }) =>
    `group ${group} would launch the wrong image on version ${version} of its launch template`,
  'launch-source-refused': ({ message }) => message.replace(/\.$/, ''),
  'operator-request': () => 'requested by an operator',
  unknown: () => 'reason not recorded',
  'runner-gone': ({ released }) =>
    released
      ? 'the process that ran it released the lock; its own output and exit code say how it ended'
      : 'the lock is no longer renewed: the process that ran it has exited or cannot reach the cluster',
  unreadable: ({ message, forMs }) => `every observation failed for ${formatWholeDuration(forMs)} (${message})`,
  'step-failed': ({ action, message, times }) =>
    `${action.replaceAll('-', ' ')} failed ${formatCount(times, 'time')} in a row (${message})`,
  'hook-failed': ({ on, phase, instanceId, run, end, lastLine }) =>
    `the hook ${on} ${instanceId ?? phase} ${describeHookEnd(end)}: ${run}${lastLine === '' ? '' : ` (${lastLine})`}`,
  'lock-lost': ({ holder }) => `the lock was taken over by ${holder ?? 'another process'}`,
  'timed-out': ({ waitedFor, limitMs, causes }) =>
    `timed out after ${formatWholeDuration(limitMs)} waiting for ${describeWaitFor(waitedFor)}` +
    (causes.length === 0 ? '' : ` (${causes.map(describeTimeoutCause).join('; ')})`),
} satisfies { readonly [K in StopReasonKind]: (reason: StopReasonOf<K>) => string };

function describeTimeoutCause(cause: TimeoutCause): string {
  switch (cause.kind) {
    case 'silent-leader':
      return `all name ${cause.leader}, which does not answer as the leader`;
    case 'leader-refuses-token':
      return `${cause.instanceId} leads, and refuses the ACL token that other servers accept`;
    case 'wrong-image':
      return `${cause.instanceId}: it was launched from ${cause.imageId}`;
    case 'no-answer':
      return `${cause.instanceId}: Consul does not answer, ${cause.message}`;
    case 'token-refused':
      return `${cause.instanceId}: ${cause.message}`;
    case 'no-contact':
      return `${cause.instanceId}: it is in Raft, and the leader does not reach it: check port 8300 in both directions`;
    case 'not-in-cluster':
      return `${cause.instanceId}: it is not in a cluster that has a leader`;
    case 'other-cluster':
      return `${cause.instanceId}: it is in another cluster, which ${cause.leader} leads`;
    case 'gate-refused':
      return `${cause.instanceId}: it passed every gate but that of the operator, which does not succeed`;
    case 'gates':
      return cause.gates.length === 0
        ? `${cause.instanceId} passed its gates only some of the time`
        : `${cause.instanceId} did not pass: ${cause.gates.join(', ')}`;
    case 'not-launched':
      return `only ${cause.launched} of ${cause.expected} were launched${cause.message === undefined ? '' : `: ${cause.message}`}`;
    case 'marked-unhealthy':
      return `${cause.instanceId} is marked Unhealthy, and Auto Scaling would terminate it`;
    case 'not-in-group-service':
      return `${cause.instanceId} is ${cause.lifecycle} in its group`;
    case 'lifetime-over':
      return `${cause.instanceId} is older than the maximum instance lifetime of group ${cause.group}, or soon will be, and Auto Scaling would replace it`;
    case 'no-healthy-voter':
      return `${cause.instanceId} is not a healthy voter`;
    case 'capacity-differs':
      return `the group has ${formatCount(cause.instances, 'server')}, and its desired capacity is ${cause.desired}`;
    case 'zones-unbalanced':
      return `AZRebalance would launch one server and terminate another: ${cause.zones.join(', ')}`;
    case 'refresh-waiting':
      return `an instance refresh of group ${cause.group} waits to replace its servers`;
    case 'held':
      return `${cause.instanceId} is held by ${formatLifecycleHooks(cause.hooks)} of group ${cause.group}`;
    case 'refresh-unknown':
      return `AWS does not say whether an instance refresh of group ${cause.group} waits`;
    case 'out-of-service':
      return `Consul reports them healthy, ${cause.balancers.map(formatBalancer).join(' and ')} does not: see its health check and the security groups`;
  }
}

function describeExternalChange(change: ExternalChange): string {
  switch (change.kind) {
    case 'image':
      return `group ${change.group} launches ${change.imageId}, and the roll is onto ${change.expected}`;
    case 'groups-missing':
      return `neither group ${change.groups.join(' nor ')} exists`;
    case 'launch-source':
      return `group ${change.group} launches from ${change.launchSource}, and the roll expects ${change.expected}`;
    case 'scaled':
      return `group ${change.group} was scaled to ${change.desired}, and the roll expects at most ${change.expected}`;
    case 'other-roll':
      return `roll ${change.rollId} was recorded on the group since this one began`;
    case 'sentinel':
      return `the leader ${change.leader} does not have the sentinel key of the roll`;
    case 'stray-servers':
      return 'the old group has servers that are neither in Raft nor leaving';
  }
}

function formatLeaderAnswers(answers: readonly LeaderAnswer[]): string {
  if (answers.length === 0) return 'no server answers';
  return answers
    .map(({ instanceId, leader }) => `${instanceId} names ${leader === '' ? 'no leader' : leader}`)
    .join(', ');
}
