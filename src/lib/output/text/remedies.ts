import { formatFlag, formatRollFlags, formatScalingCommand, quoteWord } from '../../model/errors.js';
import { buildRecordKey, buildSentinelKey, type Intent } from '../../model/intent.js';
import type { Observation } from '../../model/observation.js';
import { isHealthyVoter, listActiveServers } from '../../model/servers.js';
import type { ExternalChange, LostKeys, StopReason, TimeoutCause } from '../../model/stop-reason.js';
import { isRecorded } from '../../model/tags.js';
import { formatLifecycleHooks } from './format.js';
import type { StopReasonOf } from './stop-reasons.js';

/** What the operator does about a reason. */
interface Remedy {
  /** What to do besides the next command, one line each; empty where nothing but waiting or judgement helps. */
  readonly advice: readonly string[];
  /**
   * `continue`: resume or roll back. `repair`: the same, once the advice is followed. `rollback`: it works at once, and
   * resume once the advice is followed. `watch`, `status`: another process runs the roll, or it is another roll.
   * `lost`: nothing is left to continue.
   */
  readonly next: 'continue' | 'repair' | 'rollback' | 'watch' | 'status' | 'lost';
}

const DAY_S = 86_400;

const CONTINUE = (): Remedy => ({ advice: [], next: 'continue' });
const advise = (...advice: readonly string[]): Remedy => ({ advice, next: 'continue' });

/** A size that consul-roll sets back itself, as its servers leave one at a time. */
function leaveSize({ group }: { readonly group: string }): Remedy {
  return advise(
    `do not set the size of group ${group} back: consul-roll does, and takes servers beyond it out one at a time`,
  );
}

const CHANGE_REMEDIES = {
  image: ({ group, expected }) => ({
    advice: [`to go forward, set group ${group} to launch ${expected} again, which changes no server`],
    next: 'rollback',
  }),
  'groups-missing': () => ({
    advice: ['if no server is left, create a new cluster and restore the snapshot: docs/failure-modes.md'],
    next: 'lost',
  }),
  'launch-source': ({ group, expected }) => ({
    advice: [`set group ${group} to launch from ${expected} again, which changes no server`],
    next: 'repair',
  }),
  scaled: leaveSize,
  'other-roll': () => ({ advice: [], next: 'status' }),
  sentinel: (change) =>
    adviseAdoption(
      'find out which servers have the keys of your cluster: others may have formed one of their own',
      change,
    ),
  'stray-servers': CONTINUE,
} satisfies { readonly [K in ExternalChange['kind']]: (change: Extract<ExternalChange, { kind: K }>) => Remedy };

/** Only an operator can tell that this is the cluster, by its other keys: those of the roll would have told. */
function adviseAdoption(look: string, { cluster, rollId }: LostKeys): Remedy {
  return {
    advice: [
      look,
      'if they are lost, restore the snapshot of the roll: consul snapshot restore FILE',
      `once the leader has the keys of your cluster, say so: consul kv delete ${quoteWord(buildRecordKey(cluster))}; then consul kv put ${quoteWord(buildSentinelKey(cluster))} ${quoteWord(rollId)}`,
    ],
    next: 'repair',
  };
}

function adviseOn(causes: readonly TimeoutCause[]): Remedy {
  return advise(...causes.flatMap((cause) => findCauseAdvice(cause) ?? []));
}

function findCauseAdvice(cause: TimeoutCause): string | undefined {
  switch (cause.kind) {
    case 'leader-refuses-token':
      return `stop Consul on ${cause.instanceId} (systemctl stop consul), which cannot be asked to leave: the others elect a leader that accepts the token, if a quorum of them is healthy`;
    case 'marked-unhealthy':
      return `repair ${cause.instanceId}, or stop what marks it Unhealthy: resume marks it healthy once Consul and the load balancers find it healthy`;
    case 'zones-unbalanced':
      return 'make room for a server in the zone that has the fewest (capacity, free addresses), or take the subnets of that zone out of the group';
    case 'refresh-waiting':
      return `cancel it: aws autoscaling cancel-instance-refresh ${formatFlag('auto-scaling-group-name', cause.group)}`;
    case 'not-in-group-service': {
      const { instanceId, lifecycle, group } = cause;
      if (lifecycle !== 'Standby' || group === undefined) return undefined;
      const launch = formatScalingCommand('resume-processes', group, { 'scaling-processes': 'Launch' });
      const exit = formatScalingCommand('exit-standby', group, { 'instance-ids': instanceId });
      return `put ${instanceId} back into service, which needs Launch: ${launch}; then ${exit}`;
    }
    case 'lifetime-over':
      return `raise the maximum instance lifetime, or Auto Scaling replaces ${cause.instanceId} after the roll: ${formatScalingCommand(
        'update-auto-scaling-group',
        cause.group,
        { 'max-instance-lifetime': Math.ceil(cause.lifetimeMs / 1_000) + DAY_S },
      )}`;
    case 'gate-refused':
      return `see in the log how the gate of the operator ended and what it printed for ${cause.instanceId}; correct the image, or the command`;
    case 'held':
      return `complete it, or wait until it has timed out: aws autoscaling complete-lifecycle-action --lifecycle-action-result CONTINUE ${formatFlag('lifecycle-hook-name', cause.hooks[0] ?? '')} ${formatFlag('auto-scaling-group-name', cause.group)} ${formatFlag('instance-id', cause.instanceId)}`;
    case 'refresh-unknown':
      return `allow autoscaling:DescribeInstanceRefreshes, and check that none waits: aws autoscaling describe-instance-refreshes ${formatFlag('auto-scaling-group-name', cause.group)}`;
    default:
      return undefined;
  }
}

/** The image itself cannot be changed, and its group must keep launching it. */
const OLD_IMAGE_FOUNDS =
  'change what gives the old servers a bootstrap_expect below the size of the cluster, for example a parameter that their boot script reads; then resume launches them again, one at a time. Until then the new servers are the cluster';

const REMEDIES = {
  preflight: ({ failed }) => advise(...failed.flatMap(({ remedy }) => remedy ?? [])),
  'no-leader': CONTINUE,
  'two-leaders': CONTINUE,
  'unknown-leader': ({ leader }) =>
    advise(
      `if ${leader} is a server that was detached from its group, run consul leave on it: the others elect a leader, and resume continues`,
    ),
  'state-lost': (reason) => adviseAdoption('look for the keys of the cluster: consul kv get -recurse -keys', reason),
  'log-overwritten': () => ({
    advice: [
      'do not restart Consul on any server: what it has in memory is lost with it',
      'on each of them: consul snapshot save -stale rescue.snap',
      'then recover them with peers.json: docs/quorum-lost.md',
    ],
    next: 'repair',
  }),
  'quorum-at-risk': CONTINUE,
  'membership-change-pending': CONTINUE,
  'too-few-replacements': CONTINUE,
  'leader-must-leave-last': CONTINUE,
  'last-in-service': CONTINUE,
  'still-in-raft': CONTINUE,
  'agent-still-up': CONTINUE,
  'group-not-empty': CONTINUE,
  'orphan-peer': ({ peerId }) =>
    advise(
      `if Consul runs there, run consul leave on it; if not, run consul operator raft remove-peer -id=${quoteWord(peerId)}`,
    ),
  'processes-not-suspended': () =>
    advise('stop what resumes them, for example Terraform or a scheduled job: the roll suspends them again by itself'),
  'must-stay-suspended': CONTINUE,
  unsettled: ({ causes }) => adviseOn(causes),
  'unproved-heir': CONTINUE,
  'not-owned': () => ({ advice: [], next: 'status' }),
  unconfirmed: () => ({ advice: [], next: 'status' }),
  'changed-externally': ({ change }) => {
    // Each entry takes the change of its own kind.
    return (CHANGE_REMEDIES[change.kind] as (change: ExternalChange) => Remedy)(change);
  },
  founder: ({ sign, followers, side }) =>
    advise(
      sign === 'other-cluster'
        ? 'check retry_join, its tags and the gossip key in the image'
        : side === 'old'
          ? OLD_IMAGE_FOUNDS
          : 'remove bootstrap, and bootstrap_expect below the size of the cluster, from the image and its boot script: new servers only join',
      ...(followers === 0
        ? []
        : [
            'before Consul is restarted on an old server, save what each of them has: consul snapshot save -stale rescue.snap (docs/quorum-lost.md)',
            'compare the keys with the snapshot of the roll (consul snapshot restore, if any are missing)',
          ]),
    ),
  impostor: ({ shares }) =>
    advise(
      shares === 'node-id'
        ? "delete node-id, and everything else in Consul's data folder, from the image before it is made"
        : 'give each server a node name of its own, for instance its instance id: leave node_name out of the image, and make it in the boot script',
    ),
  'security-weakened': () =>
    advise('turn it on in the image; if it is meant to be off, roll with --allow-weaker-security'),
  'state-missing': () =>
    advise(
      'find out whether the image bootstraps a cluster (bootstrap_expect) before it joins: then its Raft log differs permanently',
    ),
  'leave-refused': ({ remedy }) => (remedy === '' ? CONTINUE() : { advice: [remedy], next: 'repair' }),
  'launch-abandoned': ({ hooks }) =>
    advise(
      `make sure that what completes ${formatLifecycleHooks(hooks)} does so for the new servers too: EventBridge rules, SSM associations and Lambda functions may name the old group`,
    ),
  'replacements-die': ({ instanceId }) =>
    advise(`find out why Consul ends, in its log on ${instanceId}: resume terminates it and launches another server`),
  rejoined: () =>
    advise(
      'find the cause in its log; if its supervisor restarts Consul after a leave, turn that off on every old server, one at a time (systemd: Restart=on-failure; supervisord: autorestart=unexpected, then supervisorctl update, which restarts Consul)',
    ),
  'old-already-left': ({ because }) => findRemedy(because),
  'new-group-gone': ({ cluster }) =>
    advise(`finish the rollback, then roll again: consul-roll upgrade ${formatFlag('cluster', cluster)} --ami AMI`),
  'old-group-gone': ({ cluster }) =>
    advise(
      `finish with consul-roll resume ${formatFlag('cluster', cluster)}, then roll onto the old image: consul-roll upgrade ${formatFlag('cluster', cluster)} --ami OLD-IMAGE`,
    ),
  downgrade: CONTINUE,
  'rollback-downgrade': ({ cluster }) =>
    advise(
      `roll forward with consul-roll resume ${formatFlag('cluster', cluster)}, or roll back anyway with consul-roll rollback ${formatFlag('cluster', cluster)} --allow-downgrade`,
    ),
  'too-many-launches': CONTINUE,
  'would-scale-in': leaveSize,
  'wrong-version': CONTINUE,
  'launch-source-refused': () => advise('roll with --launch-source launch-template'),
  'operator-request': CONTINUE,
  unknown: CONTINUE,
  'runner-gone': CONTINUE,
  unreadable: ({ remedy }) => advise(...(remedy === undefined ? [] : [remedy])),
  'step-failed': ({ remedy }) => advise(...(remedy === undefined ? [] : [remedy])),
  'hook-failed': () => advise('fix what the hook reports, or let its failure only warn (on-failure: warn)'),
  'lock-lost': () => ({ advice: [], next: 'watch' }),
  'timed-out': ({ causes }) => adviseOn(causes),
} satisfies { readonly [K in StopReason['kind']]: (reason: StopReasonOf<K>) => Remedy };

function findRemedy(reason: StopReason): Remedy {
  // Each entry takes the reason of its own kind.
  return (REMEDIES[reason.kind] as (reason: StopReason) => Remedy)(reason);
}

/** What the operator can do besides the next command, one line each. */
export function listRemedies(reason: StopReason): readonly string[] {
  return findRemedy(reason).advice;
}

/** True if `resume` continues without anything being done before it. */
export function canResume(reason: StopReason | undefined): boolean {
  return reason === undefined || findRemedy(reason).next === 'continue';
}

/** Another way than to resume in the direction of the roll. */
interface OtherWay {
  /** What it does here: `roll back`. */
  readonly does: string;
  readonly command: 'rollback' | 'resume --forward';
}

/**
 * The next safe command of a roll that stopped or was interrupted, in words.
 *
 * @param other undefined where there is no other way
 */
export function describeNextCommand(
  reason: StopReason | undefined,
  roll: Parameters<typeof formatRollFlags>[0],
  other: OtherWay | undefined,
): string {
  const { cluster } = roll;
  const lost = reason && findLostKeys(reason);
  const flags =
    lost === undefined ? formatRollFlags(roll) : `${formatFlag('cluster', cluster)} ${formatFlag('roll', lost.rollId)}`;
  const resume = `resume with: consul-roll resume ${flags}`;
  const rollback = other && `${other.does} with: consul-roll ${other.command} ${flags}`;
  const either = rollback === undefined ? resume : `${resume}, or ${rollback}`;
  switch (reason === undefined ? 'continue' : findRemedy(reason).next) {
    case 'continue':
      return either;
    case 'repair':
      return `then ${either}`;
    case 'rollback':
      return rollback === undefined ? `then ${resume}` : `${rollback}, which needs none of this; or then ${resume}`;
    case 'watch':
      return `follow it with: consul-roll status ${formatFlag('cluster', cluster)} --watch`;
    case 'status':
      return `see what is in progress: consul-roll status ${formatFlag('cluster', cluster)}`;
    case 'lost':
      return 'see what is left: aws autoscaling describe-auto-scaling-groups';
  }
}

/** The store no longer confirms the roll, so that the operator must name it. */
function findLostKeys(reason: StopReason): LostKeys | undefined {
  if (reason.kind === 'changed-externally') return reason.change.kind === 'sentinel' ? reason.change : undefined;
  return reason.kind === 'state-lost' ? reason : undefined;
}

/** False once the old group is deleted, kept aside or handed over: the new servers are the cluster then. */
function canRollBack(intent: Intent | undefined, observation: Observation | undefined): boolean {
  if (intent?.direction === 'rollback') return false;
  const { old, new: group } = observation ?? {};
  return group === undefined || (isRecorded(old) && !old.deleting);
}

/** True for a rollback in which as many new servers as the cluster needs are healthy voters: they could be all of it. */
function canGoForward(intent: Intent | undefined, observation: Observation | undefined): boolean {
  if (intent?.direction !== 'rollback' || observation === undefined) return false;
  const { old, new: group } = observation;
  const healthy = listActiveServers(observation, 'new').filter((server) => isHealthyVoter(observation, server));
  return isRecorded(old) && !old.deleting && group?.deleting === false && healthy.length >= intent.size;
}

/** @param undo what `rollback` does here */
export function findOtherWay(
  intent: Intent | undefined,
  observation: Observation | undefined,
  undo: string,
): OtherWay | undefined {
  if (canGoForward(intent, observation)) return { does: 'go forward again', command: 'resume --forward' };
  return canRollBack(intent, observation) ? { does: undo, command: 'rollback' } : undefined;
}
