import { listLaunchConfigurations } from '../../src/lib/engine/launch-source/launch-sources.js';
import { strategyOf } from '../../src/lib/engine/strategy/strategies.js';
import { listProcessesToSuspend } from '../../src/lib/engine/strategy/suspended-processes.js';
import { type Action, listDepartingInstances } from '../../src/lib/model/action.js';
import type { Decision, DecisionInput, WaitCondition } from '../../src/lib/model/decision.js';
import type { Group } from '../../src/lib/model/group.js';
import type { Intent, Limits } from '../../src/lib/model/intent.js';
import type { Observation, PreflightFacts } from '../../src/lib/model/observation.js';
import { buildMemory, buildObservation, type ObservationShape } from './observations.js';
import { NEW_IMAGE, OBSERVED_AT_MS } from './servers.js';

/** The limits most tests use: short, but none at zero. */
export const limits = {
  healthTimeoutMs: 600_000,
  drainTimeoutMs: 60_000,
  leaveTimeoutMs: 60_000,
  leaderTimeoutMs: 60_000,
  awsTimeoutMs: 300_000,
  bakeMs: 0,
  successThreshold: 3,
} satisfies Limits;

/** The intent of a roll of this observation's old group, with `change`. */
export function buildIntent(observation: Observation, change: Partial<Intent> = {}): Intent {
  const { old } = observation;
  const size = old?.desired ?? 0;
  return {
    rollId: '7f3a',
    cluster: observation.cluster,
    direction: 'forward',
    imageId: NEW_IMAGE,
    size,
    surge: size,
    oldGroup: 'consul',
    previousLaunchSource: { kind: 'launch-configuration', name: 'consul-lc' },
    newGroup: 'consul-7f3a',
    nextLaunchSource: { kind: 'launch-configuration', name: 'consul-lc-7f3a' },
    original: {
      minSize: old?.minSize ?? 0,
      maxSize: old?.maxSize ?? 0,
      desired: size,
      suspended: old?.suspendedProcesses ?? [],
    },
    keepOld: false,
    startedAtMs: observation.atMs,
    ...change,
  };
}

/** Facts with which every preflight check of the cloud passes. */
export function buildFacts(change: Partial<PreflightFacts> = {}): PreflightFacts {
  return {
    image: { id: NEW_IMAGE, name: 'consul-v2', architecture: 'x86_64', state: 'available', createdAtMs: undefined },
    architectures: ['x86_64'],
    refreshInProgress: false,
    subnets: [{ id: 'subnet-1a', zone: 'eu-west-1a', freeAddresses: 200 }],
    quota: { groupsLeft: 100, launchConfigurationsLeft: 100 },
    autopilot: undefined,
    targetGroups: [],
    launchTemplateUsers: [],
    unsupportedSettings: [],
    healthyAfterMs: {},
    zonalBalancers: [],
    leaveRefusals: [],
    snapshotProblem: undefined,
    peerRemovalRefusals: [],
    strays: [],
    lifecycleHooks: [],
    notCopied: [],
    bootstrap: { kind: 'none' },
    ...change,
  };
}

/** What differs from a roll of five servers in which everything so far went well. */
export interface MidRollShape extends ObservationShape {
  /** Servers the cluster had when the roll began; 5 unless told. */
  readonly size?: number;
  /** The store has the record of the roll; true unless told. */
  readonly isStored?: boolean;
}

/**
 * A roll in progress: tags on both groups, processes suspended, the sentinel written, every gate passed, the old
 * group free to shrink. There is a new group unless `newGroup` is null, empty where `new` is not given.
 */
export function buildMidRoll(shape: MidRollShape = {}, change: Partial<Intent> = {}): DecisionInput {
  const size = shape.size ?? 5;
  const was = { minSize: size, maxSize: size, desired: size, suspended: [] };
  const startedAtMs = OBSERVED_AT_MS - 90_000;
  const intent = buildIntent(buildObservation(shape), { size, surge: size, original: was, startedAtMs, ...change });
  const forward = intent.direction === 'forward';
  const old: Partial<Group> = {
    minSize: 0,
    suspendedProcesses: listProcessesToSuspend(false),
    tags: strategyOf(intent).buildTags(intent, 'old'),
  };
  const fresh: Partial<Group> = {
    suspendedProcesses: listProcessesToSuspend(forward),
    tags: strategyOf(intent).buildTags(intent, 'new'),
  };
  const observation = buildObservation({
    sentinel: intent.rollId,
    ...shape,
    oldGroup: shape.oldGroup === null ? null : { ...old, ...shape.oldGroup },
    newGroup: shape.newGroup === null ? null : { ...fresh, ...shape.newGroup },
    over: { launchConfigurations: [...listLaunchConfigurations(intent)], ...shape.over },
  });
  const passedGates = observation.servers.map((server) => server.instanceId);
  return {
    observation: shape.isStored === false ? observation : withRecord(observation, intent),
    memory: buildMemory({ history: { passedGates, settledStreak: limits.successThreshold, ...shape.history } }),
    intent,
    limits,
  };
}

/** The same observation, with the roll recorded in the store. */
export function withRecord(observation: Observation, intent: Intent): Observation {
  const { raft } = observation;
  return { ...observation, raft: raft && { record: { intent, side: 'old' }, ...raft } };
}

/** A decision in a few words, for tables: `act leave i-0a12`, `wait ready 5`, `stop stopped: timed-out`. */
export function summarizeDecision(decision: Decision | undefined): string {
  switch (decision?.kind) {
    case undefined:
      return 'nothing';
    case 'act':
      return `act ${formatSubject(decision.step.action)}`;
    case 'wait':
      return `wait ${formatSubject(decision.wait.for)}`;
    case 'done':
      return `done ${decision.outcome}`;
    case 'stop':
      return `stop ${decision.outcome}: ${decision.reason.kind}`;
  }
}

/** What an action or a wait is about: its kind, then whatever names its object. */
function formatSubject(thing: Action | WaitCondition): string {
  if (thing.kind === 'leave') return `leave ${listDepartingInstances(thing)}`;
  const named = [
    'instanceId',
    'instanceIds',
    'group',
    'name',
    'to',
    'expected',
    'processes',
    'node',
    'towards',
    'value',
  ];
  const facts = Object.entries(thing).filter(([key, value]) => named.includes(key) && value !== undefined);
  return [thing.kind, ...facts.map(([, value]) => String(value))].join(' ');
}
