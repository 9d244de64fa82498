import type { StepReason } from '../../model/decision.js';
import type { SharedIdentity } from '../../model/server.js';
import type { FounderSign, StopReason } from '../../model/stop-reason.js';
import { formatCount } from './format.js';

type StepReasonKind = StepReason['kind'];
type StepReasonOf<K extends StepReasonKind> = Extract<StepReason, { readonly kind: K }>;

/** Why a step is taken, as a clause without a full stop. */
export function describeStepReason(reason: StepReason): string {
  const text = STEP_REASON_TEXTS[reason.kind];
  if (typeof text === 'string') return text;
  // Each entry takes the reason of its own kind.
  return (text as (reason: StepReason) => string)(reason);
}

const STEP_REASON_TEXTS = {
  'about-to-leave': 'no more traffic for what is about to leave',
  'agent-down': 'out of Raft, and its agent stays down',
  'agent-hangs': 'out of Raft, and its agent does not answer',
  'agent-still-up': 'out of Raft, and its agent still runs',
  'alias-pinned': ({ alias }) => `otherwise ${alias} would launch the new image in the old group`,
  'as-before': 'as before the roll',
  'avoid-election': 'a planned transfer avoids an election',
  'balanced-zones': 'one zone has two servers more than another, and AZRebalance would terminate one',
  'before-relaunch': 'it is about to launch servers again',
  canary: 'one server must pass its gates before the others are launched',
  'canary-passed': 'the servers launched so far passed every gate',
  'canary-skipped': 'without a canary, as many as may die while the cluster keeps its quorum',
  'controlled-launches': 'prevents unplanned launches and early registration',
  'copy-of-old-group': 'created empty, so its processes are suspended before its first launch',
  'default-version-kept': 'as before the roll; the default version cannot be deleted',
  'default-version-moved': 'the old group launched $Default, so the new group does too',
  'disaster-recovery': 'for disaster recovery',
  drained: ({ side, remaining }) =>
    `traffic is drained; ${remaining === 1 ? `this is the last ${side} server` : `${formatCount(remaining, `${side} server`)} are in Raft`}`,
  draining: 'new requests go elsewhere, and open ones can end',
  'final-write': 'the new servers must accept a write',
  founder: ({ sign, followers }) =>
    followers === 0 ? describeFounderSign(sign) : `it took the cluster over from ${formatCount(followers, 'server')}`,
  'group-empty': 'it is empty, and none of its servers is in Raft',
  'harmless-first': 'these terminate no server; the group is watched before the others are resumed',
  'identity-claimed': 'it is gone, and Consul would take the server with its node id out of Raft',
  impostor: ({ owner, shares }) => `it has the ${formatIdentity(shares)} of ${owner}`,
  'held-by-hook': 'the servers have failed, and nothing else has completed it',
  'instance-gone': 'its instance is gone, and another server takes its place',
  'keeps-rejoining': ({ requests }) => `rejoined after ${formatCount(requests, 'leave request')}`,
  'kept-empty': 'the old group is kept, empty, with its processes suspended',
  'later-servers-in-service': 'servers that it launches later take traffic too',
  'launches-image': ({ image }) => `servers launched from now on run the ${image} image`,
  'leader-last': 'leader leaves last; the remaining voters elect a new one',
  'leave-refused': ({ message }) => `it refuses to leave (${message})`,
  'leave-unfinished': 'it is still in Raft after an earlier leave request',
  'marked-unhealthy': 'Consul and the load balancers find it healthy, and Auto Scaling would replace it',
  'never-joined': 'it never joined the cluster',
  'never-voted': 'it never voted, and does not stay up to leave',
  'no-longer-launched': 'no group launches from it any more',
  'no-more-launches': 'it must not launch another server',
  'no-next-founder': 'it must not launch another server in place of one that bootstrapped a cluster of its own',
  'no-scale-in': 'Auto Scaling must not choose any of them to terminate',
  'old-servers-left': 'to replace the old servers that have left',
  'only-image-differs': 'the settings of the old group, with the new image',
  'only-new-servers': 'all its servers are new',
  'only-this-roll': 'only this roll may change its servers',
  'original-size': 'the size before the roll',
  'pause-reached': 'the roll stops here for an operator, and not again once it is resumed',
  'orphan-peer': 'its instance is gone, and it still counts towards the quorum',
  'passed-gates': ({ servers }) => (servers === 1 ? 'passed every gate' : 'each passed every gate'),
  'forward-requested': 'requested by an operator',
  'rebalancing-last': 'it may move servers between zones again',
  'confirmed-first': 'a roll is resumed only if Consul confirms it',
  'record-missing': 'the record of the roll was removed from it',
  'replacement-died': 'it died, and another server takes its place',
  'replication-gate': 'new servers must replicate this key to pass their gates',
  resumable: 'any machine with credentials can resume from here',
  rollback: ({ because }) => describeRollbackCause(because),
  'roll-over': 'no group has tags of the roll any more',
  'tags-denied': 'AWS denied the tags of the roll, so it has not begun',
  'run-ends': 'it has not joined the cluster, and no process watches it once this run has ended',
  'roll-complete': 'every step of the roll is done',
  'room-for-old-servers': 'room for old servers while the new ones leave',
  'room-for-surge': 'room for the surge',
  'same-as-old-group': 'the same setting as on the old group',
  'scale-in-needs-min-size': 'otherwise Auto Scaling refuses to terminate its servers',
  'self-healing': 'these may terminate servers, so they are resumed once the group has settled',
  'servers-missing': 'it has fewer servers than the roll needs',
  'servers-stay': 'its size was set below its servers, which leave one at a time',
  'sentinel-unneeded': 'no server is left to check',
  'token-refused': 'it refuses the ACL token, so it cannot be asked to leave',
  'unlaunched-servers': 'servers that were not launched are no longer needed',
  unreachable: 'it does not answer, so it cannot be asked to leave',
  'warm-pool-after-roll': 'its warm pool must not fill before the roll ends',
  'warm-pool-not-empty': 'a group with a warm pool is never empty',
} satisfies { readonly [K in StepReasonKind]: string | ((reason: StepReasonOf<K>) => string) };

/** What a new server has that is another's: `node id`, or `node name`. */
export function formatIdentity(shares: SharedIdentity): string {
  return shares.replace('-', ' ');
}

/** How a founder was recognised. */
export function describeFounderSign(sign: FounderSign): string {
  switch (sign) {
    case 'own-cluster':
      return 'it bootstrapped a cluster of its own instead of joining this one';
    case 'other-cluster':
      return 'it joined another cluster';
    case 'bootstrap-mode':
      return 'it is in bootstrap mode (bootstrap, or bootstrap_expect 1)';
    case 'state-missing':
      return 'it lacks part of the state, as a server does that bootstrapped a cluster of its own before it joined';
  }
}

/** The cause in short: the result of the roll gives all of it. */
function describeRollbackCause(because: StopReason): string {
  switch (because.kind) {
    case 'operator-request':
      return 'requested by an operator';
    case 'unknown':
      return 'reason not recorded';
    case 'downgrade':
      return `${because.instanceId} runs Consul ${because.version}, older than the cluster's ${because.running}`;
    case 'founder':
      return `${because.instanceId}: ${describeFounderSign(because.sign)}`;
    case 'impostor':
      return `${because.instanceId} has the ${formatIdentity(because.shares)} of ${because.owner}`;
    case 'security-weakened':
      return `${because.instanceId} has less protection than the old servers`;
    case 'state-missing':
      return `${because.instanceId} lacks part of the state`;
    case 'launch-source-refused':
      return 'AWS does not let this account create the launch source it needs';
    case 'leave-refused':
      return `${because.instanceId} refuses to leave`;
    case 'timed-out':
      return 'the new servers were not ready in time';
    default:
      return 'the new servers cannot take over';
  }
}
