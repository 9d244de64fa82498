import { formatBalancer } from '../../model/load-balancer.js';
import type { LeaderAnswer } from '../../model/raft.js';
import { INVARIANT_BY_REASON, type StopReason } from '../../model/stop-reason.js';
import { capitalize, formatCount, formatList, formatWholeDuration } from './format.js';
import { describeHookEnd } from './hooks.js';
import { describeWaitFor } from './waits.js';

/** An id or a group's name, which is spelled as it is. */
const STARTS_WITH_NAME = /^\S*[-\d]/;

/** Why something is refused: one sentence with the numbers, and the invariant it upholds where there is one. */
export function describeStopReason(refusal: StopReason): string {
  const invariant = INVARIANT_BY_REASON[refusal.kind];
  const reason = formatStopReason(refusal);
  const sentence = STARTS_WITH_NAME.test(reason) ? reason : capitalize(reason);
  return invariant === undefined ? `${sentence}.` : `${sentence} [${invariant}].`;
}

/** What to do about a refusal, one line each; empty where only waiting or a person's judgement helps. */
export function listRemedies(reason: StopReason): readonly string[] {
  if (reason.kind === 'preflight') return reason.failed.flatMap(({ remedy }) => remedy ?? []);
  if (reason.kind === 'rollback-downgrade') {
    const { cluster } = reason;
    return [
      `go forward with consul-roll resume --cluster ${cluster}, or back all the same with consul-roll rollback --cluster ${cluster} --allow-downgrade`,
    ];
  }
  if (reason.kind === 'unreadable' || reason.kind === 'step-failed') return [reason.remedy ?? []].flat();
  if (reason.kind === 'rejoined') {
    return [
      'see in its log why; if its supervisor starts Consul again after a leave, let it not (systemd: Restart=on-failure)',
    ];
  }
  if (reason.kind === 'orphan-peer') {
    return [
      `if Consul runs there, let it leave (consul leave); if not, consul operator raft remove-peer -id=${reason.peerId}`,
    ];
  }
  if (reason.kind === 'old-group-gone') {
    const { cluster } = reason;
    return [
      `finish with consul-roll resume --cluster ${cluster}, then roll onto the old image: consul-roll upgrade --cluster ${cluster} --ami OLD-IMAGE`,
    ];
  }
  if (reason.kind === 'hook-failed') {
    return ['see to what the hook found, or let it do no more than warn (on-failure: warn)'];
  }
  if (reason.kind === 'launch-source-refused') return ['roll with --template launch-template'];
  return reason.kind === 'old-already-left' ? listRemedies(reason.because) : [];
}

type StopReasonKind = StopReason['kind'];
type StopReasonOf = { readonly [K in StopReasonKind]: Extract<StopReason, { kind: K }> };

function formatStopReason(reason: StopReason): string {
  return describeStopReasonOfKind(reason.kind, reason);
}

function describeStopReasonOfKind<K extends StopReasonKind>(kind: K, reason: StopReasonOf[K]): string {
  return STOP_REASON_TEXTS[kind](reason);
}

const STOP_REASON_TEXTS: { readonly [K in StopReasonKind]: (reason: StopReasonOf[K]) => string } = {
  preflight: ({ failed }) => failed.map(({ subject, observed }) => `${subject}: ${observed}`).join('; '),
  'no-leader': ({ answers }) => `no leader that all agree on (${formatLeaderAnswers(answers)})`,
  'two-leaders': ({ answers }) => `the servers name more than one leader (${formatLeaderAnswers(answers)})`,
  'unknown-leader': ({ leader }) => `the leader, ${leader}, is none of the known instances`,
  'quorum-at-risk': ({ instanceId, after }) =>
    `without ${instanceId}, ${after.healthy} of ${formatCount(after.voters, 'voter')} would be ${after.healthy === 0 ? 'known to be ' : ''}healthy, ` +
    `and a quorum of ${after.quorum} must keep one to spare`,
  'membership-change-pending': ({ node }) => `a change of the membership is still under way: ${node}`,
  'too-few-replacements': ({ ready, needed }) =>
    `only ${ready} of ${formatCount(needed, 'replacement')} passed every gate`,
  'last-in-service': ({ instanceId, balancer }) =>
    `without ${instanceId} nobody would be in service in ${formatBalancer(balancer)}`,
  'leader-must-leave-last': ({ instanceId, followers }) =>
    `${instanceId} leads, and ${formatCount(followers, 'server')} of its side must go first`,
  'still-in-raft': ({ instanceId, peerId }) =>
    `${instanceId} is still in the Raft configuration, as ${peerId}`,
  'agent-still-up': ({ instanceId }) => `Consul still answers on ${instanceId}`,
  'group-not-empty': ({ group, instances, peers }) =>
    `group ${group} still has ${formatCount(instances, 'instance')} and ${formatCount(peers, 'Raft peer')}`,
  'orphan-peer': ({ peerId, node }) =>
    `Raft counts ${node} (${peerId}), and no instance of the cluster's groups stands behind it`,
  'processes-not-suspended': ({ group, running }) =>
    `group ${group} is not frozen: ${formatList(running)} still run`,
  'not-owned': ({ resource }) => `${resource} was not made by this roll`,
  'changed-externally': ({ what }) => `${what}; somebody else changed that during the roll`,
  rejoined: ({ instanceId, leaves }) =>
    `${instanceId} came back after it was asked to leave ${formatCount(leaves, 'time')}`,
  'old-already-left': ({ left, because }) =>
    `${formatCount(left, 'old server')} left already, so the way on is for a person to choose: ${formatStopReason(because)}`,
  'old-group-gone': () => 'the old group is gone, and every server is new: there is nothing to go back to',
  downgrade: ({ instanceId, version, running }) =>
    `${instanceId} runs Consul ${version}, and the cluster ${running}: an older Consul cannot read what a newer one has logged`,
  'rollback-downgrade': ({ from, to }) =>
    `a new server with Consul ${from} leads, and going back to Consul ${to} is not guaranteed to read what it has logged`,
  'would-scale-in': ({ group, from, to }) =>
    `group ${group} has ${formatCount(from, 'server')}, and at ${to} Auto Scaling would terminate some of its own choice`,
  'wrong-version': ({ group, version }) =>
    `group ${group} would launch another image on version ${version} of its launch template`,
  'launch-source-refused': ({ message }) => message.replace(/\.$/, ''),
  'operator-request': () => 'an operator asked for it',
  unknown: () => 'only who runs it knows why',
  'runner-gone': ({ released }) =>
    released
      ? 'whoever ran it has given the lock back; how that run ended only its own screen and exit code tell'
      : 'nobody renews the lock any more: whoever ran it has died, or cannot reach the cluster',
  unreadable: ({ message, forMs }) => `nothing could be read for ${formatWholeDuration(forMs)} (${message})`,
  'step-failed': ({ action, message, times }) =>
    `${action.replaceAll('-', ' ')} failed ${formatCount(times, 'time')} in a row (${message})`,
  'hook-failed': ({ on, phase, instanceId, run, end, lastLine }) =>
    `the hook ${on} ${instanceId ?? phase} ${describeHookEnd(end)}: ${run}` +
    (lastLine === '' ? '' : ` (${lastLine})`),
  'lock-lost': ({ holder }) => `the lock was taken over by ${holder ?? 'somebody else'}`,
  'timed-out': ({ waitedFor, limitMs, detail }) =>
    `gave up after ${formatWholeDuration(limitMs)} waiting for ${describeWaitFor(waitedFor)}` +
    (detail === '' ? '' : ` (${detail})`),
};

function formatLeaderAnswers(answers: readonly LeaderAnswer[]): string {
  if (answers.length === 0) return 'no server answers';
  return answers
    .map(({ instanceId, leader }) => `${instanceId} names ${leader === '' ? 'nobody' : leader}`)
    .join(', ');
}
