import { subjectOf } from '../../engine/checks/preflight.js';
import { spokenBalancer } from '../../model/load-balancer.js';
import { INVARIANT, type LeaderAnswer, type Refusal } from '../../model/stop-reason.js';
import { capitalized, counted, enumerated, wholeSpanOf } from './format.js';
import { describeHookEnd } from './hooks.js';
import { describeWaitFor } from './waits.js';

/** An id or a group's name, which is spelled as it is. */
const BEGINS_WITH_NAME = /^\S*[-\d]/;

/** Why something is refused: one sentence with the numbers, and the invariant it upholds where there is one. */
export function describeRefusal(refusal: Refusal): string {
  const invariant = INVARIANT[refusal.kind];
  const reason = reasonOf(refusal);
  const sentence = BEGINS_WITH_NAME.test(reason) ? reason : capitalized(reason);
  return invariant === undefined ? `${sentence}.` : `${sentence} (invariant ${invariant}).`;
}

/** What to do about a refusal, one line each; empty where only waiting or a person's judgement helps. */
export function remediesOf(refusal: Refusal): readonly string[] {
  if (refusal.kind === 'preflight') return refusal.failed.map((failed) => failed.remedy);
  if (refusal.kind === 'downgrade-back') {
    const { cluster } = refusal;
    return [
      `go forward with consul-roll resume --cluster ${cluster}, or back all the same with consul-roll rollback --cluster ${cluster} --allow-downgrade`,
    ];
  }
  if (refusal.kind === 'blind' || refusal.kind === 'step-failed') return [refusal.remedy ?? []].flat();
  if (refusal.kind === 'came-back') {
    return [
      'see in its log why; if its supervisor starts Consul again after a leave, let it not (systemd: Restart=on-failure)',
    ];
  }
  if (refusal.kind === 'ghost') {
    return [
      `if Consul runs there, let it leave (consul leave); if not, consul operator raft remove-peer -id=${refusal.peerId}`,
    ];
  }
  if (refusal.kind === 'too-late') {
    const { cluster } = refusal;
    return [
      `finish with consul-roll resume --cluster ${cluster}, then roll onto the old image: consul-roll upgrade --cluster ${cluster} --ami OLD-IMAGE`,
    ];
  }
  if (refusal.kind === 'hook-failed') {
    return ['see to what the hook found, or let it do no more than warn (on-failure: warn)'];
  }
  if (refusal.kind === 'template-refused') return ['roll with --template launch-template'];
  return refusal.kind === 'old-already-left' ? remediesOf(refusal.because) : [];
}

type RefusalKind = Refusal['kind'];
type RefusalOf = { readonly [K in RefusalKind]: Extract<Refusal, { kind: K }> };

function reasonOf(refusal: Refusal): string {
  return phrase(refusal.kind, refusal);
}

function phrase<K extends RefusalKind>(kind: K, refusal: RefusalOf[K]): string {
  return PHRASES[kind](refusal);
}

const PHRASES: { readonly [K in RefusalKind]: (refusal: RefusalOf[K]) => string } = {
  preflight: ({ failed }) => failed.map(({ check, saw }) => `${subjectOf(check)}: ${saw}`).join('; '),
  'no-leader': ({ answers }) => `no leader that all agree on (${answersOf(answers)})`,
  'two-leaders': ({ answers }) => `the servers name more than one leader (${answersOf(answers)})`,
  'unknown-leader': ({ leader }) => `the leader, ${leader}, is none of the known instances`,
  'quorum-at-risk': ({ instanceId, after }) =>
    `without ${instanceId}, ${after.healthy} of ${counted(after.voters, 'voter')} would be ${after.healthy === 0 ? 'known to be ' : ''}healthy, ` +
    `and a quorum of ${after.quorum} must keep one to spare`,
  'change-in-flight': ({ node }) => `a change of the membership is still under way: ${node}`,
  'too-few-replacements': ({ ready, needed }) =>
    `only ${ready} of ${counted(needed, 'replacement')} passed every gate`,
  'last-in-service': ({ instanceId, balancer }) =>
    `without ${instanceId} nobody would be in service in ${spokenBalancer(balancer)}`,
  'leader-before-followers': ({ instanceId, followers }) =>
    `${instanceId} leads, and ${counted(followers, 'server')} of its side must go first`,
  'still-in-raft': ({ instanceId, peerId }) =>
    `${instanceId} is still in the Raft configuration, as ${peerId}`,
  'agent-alive': ({ instanceId }) => `Consul still answers on ${instanceId}`,
  'group-not-empty': ({ group, instances, peers }) =>
    `group ${group} still has ${counted(instances, 'instance')} and ${counted(peers, 'Raft peer')}`,
  ghost: ({ peerId, node }) =>
    `Raft counts ${node} (${peerId}), and no instance of the cluster's groups stands behind it`,
  'not-frozen': ({ group, running }) => `group ${group} is not frozen: ${enumerated(running)} still run`,
  'not-ours': ({ resource }) => `${resource} was not made by this roll`,
  'changed-by-hand': ({ what }) => `${what}; somebody else changed that during the roll`,
  'came-back': ({ instanceId, leaves }) =>
    `${instanceId} came back after it was asked to leave ${counted(leaves, 'time')}`,
  'old-already-left': ({ left, because }) =>
    `${counted(left, 'old server')} left already, so the way on is for a person to choose: ${reasonOf(because)}`,
  'too-late': () => 'the old group is gone, and every server is new: there is nothing to go back to',
  downgrade: ({ instanceId, version, running }) =>
    `${instanceId} runs Consul ${version}, and the cluster ${running}: an older Consul cannot read what a newer one has logged`,
  'downgrade-back': ({ from, to }) =>
    `a new server with Consul ${from} leads, and going back to Consul ${to} is not guaranteed to read what it has logged`,
  'would-shrink': ({ group, from, to }) =>
    `group ${group} has ${counted(from, 'server')}, and at ${to} Auto Scaling would terminate some of its own choice`,
  'wrong-version': ({ group, version }) =>
    `group ${group} would launch another image on version ${version} of its launch template`,
  'template-refused': ({ message }) => message.replace(/\.$/, ''),
  asked: () => 'an operator asked for it',
  unseen: () => 'only who runs it knows why',
  unattended: ({ released }) =>
    released
      ? 'whoever ran it has given the lock back; how that run ended only its own screen and exit code tell'
      : 'nobody renews the lock any more: whoever ran it has died, or cannot reach the cluster',
  blind: ({ message, forMs }) => `nothing could be read for ${wholeSpanOf(forMs)} (${message})`,
  'step-failed': ({ action, message, times }) =>
    `${action.replaceAll('-', ' ')} failed ${counted(times, 'time')} in a row (${message})`,
  'hook-failed': ({ on, phase, instanceId, run, end, lastLine }) =>
    `the hook ${on} ${instanceId ?? phase} ${describeHookEnd(end)}: ${run}` +
    (lastLine === '' ? '' : ` (${lastLine})`),
  'lock-lost': ({ holder }) => `the lock was taken over by ${holder ?? 'somebody else'}`,
  'timed-out': ({ waitedFor, limitMs, detail }) =>
    `gave up after ${wholeSpanOf(limitMs)} waiting for ${describeWaitFor(waitedFor)}` +
    (detail === '' ? '' : ` (${detail})`),
};

function answersOf(answers: readonly LeaderAnswer[]): string {
  if (answers.length === 0) return 'no server answers';
  return answers
    .map(({ instanceId, leader }) => `${instanceId} names ${leader === '' ? 'nobody' : leader}`)
    .join(', ');
}
