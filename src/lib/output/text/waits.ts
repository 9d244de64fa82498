import { isMostlyAssumed } from '../../engine/plan/estimate.js';
import type { HeldBy, Wait, WaitCondition } from '../../model/decision.js';
import type { DurationKind, Estimate, EstimatePart, PathKind, PathPart } from '../../model/estimate.js';
import type { TimeSpent, TimeSum, TimeUse } from '../json/parts.js';

import {
  formatCount,
  formatDuration,
  formatLifecycleHooks,
  formatList,
  formatShortList,
  formatWholeDuration,
  roundEstimateMs,
} from './format.js';
import { describeAwaitedOthers } from './warnings.js';

/**
 * `waiting for i-0a13 to be out of Raft, 12 s of 1 m`; `up to 1 m` for a wait that begins now.
 */
export function describeWait(wait: Wait, nowMs: number): string {
  const limit = nowMs > wait.sinceMs ? describeTimeLeft(wait, nowMs) : `up to ${formatWholeDuration(wait.limitMs)}`;
  return `waiting for ${describeWaitFor(wait.for)}, ${limit}`;
}

/** How much of its limit a wait has used: `12 s of 1 m`. */
export function describeTimeLeft(wait: Wait, nowMs: number): string {
  return `${formatWholeDuration(nowMs - wait.sinceMs)} of ${formatWholeDuration(wait.limitMs)}`;
}

type WaitKind = WaitCondition['kind'];
type WaitOf = { readonly [K in WaitKind]: Extract<WaitCondition, { kind: K }> };

/** What is waited for, as the rest of `waiting for ...`. */
export function describeWaitFor(waitFor: WaitCondition): string {
  // Each entry takes the wait of its own kind.
  const describe = WAIT_TEXTS[waitFor.kind] as (waitFor: WaitCondition) => string;
  return describe(waitFor);
}

const WAIT_TEXTS: { readonly [K in WaitKind]: (waitFor: WaitOf[K]) => string } = {
  ready: ({ side, instanceIds, expected, held }) =>
    instanceIds.length === 0
      ? `${formatCount(expected, `${side} server`)} to be launched and ready`
      : `${formatShortList(instanceIds)} to be ready${formatHeld(held)}`,
  'in-service': ({ instanceIds }) => `${formatShortList(instanceIds)} to be in service in the load balancer`,
  drained: ({ instanceId }) => `the load balancer to drain ${instanceId}`,
  'out-of-raft': ({ instanceId }) => `${instanceId} to be out of Raft`,
  'agent-reachable': ({ instanceId }) => `Consul on ${instanceId} to answer`,
  'agent-down': ({ instanceId }) => `Consul on ${instanceId} to stop and stay down`,
  'orphan-peer': ({ node }) => `Raft to remove peer ${node}, which has no matching instance`,
  terminated: ({ instanceId, held }) => `${instanceId} to be terminated${formatHeld(held)}`,
  'warm-pool-deleted': ({ group }) => `the warm pool of group ${group} to be gone`,
  leadership: ({ towards }) => (towards === undefined ? 'an agreed leader' : `leadership to move to ${towards}`),
  healthy: ({ margin: { voters, healthy, quorum } }) =>
    `at least ${quorum + 1} of the ${voters} other voters to be healthy (${healthy} ${healthy === 1 ? 'is' : 'are'}${healthy === 0 ? ' known to be' : ''})`,
  deleted: ({ group }) => `group ${group} to be deleted`,
  settled: ({ group }) => `Auto Scaling to have nothing to change in group ${group}`,
  sentinel: () => 'the sentinel key to be readable',
  convergence: ({ missing }) => `what was there before the roll: ${describeAwaitedOthers(missing)}`,
  bake: () => 'the bake time to pass with every server healthy',
};

function formatHeld(held: HeldBy | undefined): string {
  return held === undefined ? '' : `, held by ${formatLifecycleHooks(held.hooks)}`;
}

/** `about 5 m`; `about 5 m, an estimate` where most of that was not measured. */
export function describeEstimate(estimate: Estimate, elapsedMs = 0): string {
  const note = isMostlyAssumed(estimate, elapsedMs) ? ', an estimate' : '';
  return `about ${formatWholeDuration(roundEstimateMs(estimate.remainingMs))}${note}`;
}

/** A part of the critical path: `boot 1 m 15 s (4 side by side)`. */
export function describePathPart({ kind, ms, subjects, count }: PathPart): string {
  const beside = subjects.length > 1 && kind !== 'join' && kind !== 'gates' ? ` (${subjects.length} side by side)` : '';
  const name = kind === 'steps' ? formatCount(count, 'step') : PATH_NAMES[kind];
  return `${name} ${formatWholeDuration(ms)}${beside}`;
}

const PATH_NAMES: Readonly<Record<Exclude<PathKind, 'steps'>, string>> = {
  boot: 'boot',
  join: 'join and vote',
  gates: 'gates',
  'in-service': 'load balancer health',
  drain: 'deregistration delay',
  leadership: 'leadership',
  leave: 'leave',
  'agent-down': 'agent shutdown',
  terminate: 'termination',
  delete: 'deletion',
  settle: 'Auto Scaling at rest',
  bake: 'bake',
  hook: 'lifecycle hooks',
  observation: 'observations',
};

/** `5 drains 2 m 30 s`. */
export function describeEstimatePart({ kind, count, ms }: EstimatePart): string {
  return `${ESTIMATE_PART_NAMES[kind](count)} ${formatWholeDuration(ms)}`;
}

const ESTIMATE_PART_NAMES: Readonly<Record<DurationKind, (count: number) => string>> = {
  boot: (count) => formatCount(count, 'boot'),
  service: (count) => `${formatCount(count, 'registration')}`,
  drain: (count) => formatCount(count, 'drain'),
  leave: (count) => (count === 1 ? '1 leave' : `${count} leaves`),
  stop: (count) => `${formatCount(count, 'agent shutdown')}`,
  terminate: (count) => formatCount(count, 'termination'),
  hook: (count) => formatCount(count, 'lifecycle hook'),
  delete: (count) => formatCount(count, 'deletion'),
  interval: () => 'pauses between observations',
  bake: () => 'baking',
  step: () => 'other steps',
};

/** A span of time in words, with the stable names: `12 s, wait: out-of-raft i-0a13`. */
export function describeTimeSpent({ fromMs, toMs, use, for: on, instanceIds }: TimeSpent): string {
  const what = on === null ? use : `${use}: ${on}`;
  return `${formatDuration(toMs - fromMs)}, ${[what, formatList(instanceIds)].filter(Boolean).join(' ')}`;
}

const WAITED_FOR: Readonly<Record<WaitKind, string>> = {
  ready: 'servers to boot, join and pass their gates',
  'in-service': 'servers to be in service in the load balancers',
  drained: 'the load balancers to drain servers',
  'out-of-raft': 'servers to be out of Raft',
  'agent-down': 'Consul on servers that left to stop',
  'agent-reachable': 'Consul on a server to answer',
  terminated: 'instances to be terminated',
  leadership: 'an agreed leader',
  healthy: 'voters to be healthy',
  'orphan-peer': 'Raft to remove a peer without an instance',
  deleted: 'groups to be deleted',
  'warm-pool-deleted': 'warm pools to be deleted',
  settled: 'Auto Scaling to have nothing to change',
  sentinel: 'the sentinel key to be readable',
  convergence: 'what was there before the roll',
  bake: 'the bake time',
};

const USE_TEXTS: Readonly<Record<TimeUse, string>> = {
  wait: 'waiting',
  step: 'its own steps',
  observation: 'observing the cluster before and after steps',
  retry: 'pauses after something failed',
  refusal: 'pauses after the safety check refused a step',
  hook: 'hooks',
  lock: 'waiting for the lock of another run',
  'no-process': 'no process was running',
  'not-recorded': 'not recorded: the process was killed',
};

/** What time was spent on, in words: `waiting for servers to be out of Raft`. */
export function describeTimeUse({ use, for: on }: Pick<TimeSum, 'use' | 'for'>): string {
  if (use !== 'wait' || on === null) return USE_TEXTS[use];
  // Events may be of a later version, with waits that this one does not know.
  return `waiting for ${(WAITED_FOR as Readonly<Record<string, string>>)[on] ?? on}`;
}
